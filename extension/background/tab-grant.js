/**
 * The right to capture one tab, and the pixel size to ask for. Without the exact size Chromium letterboxes the tab into a
 * size of its own, which costs legibility.
 */

import { CodedError } from '../lib/messages.js';

/**
 * @typedef {object} TabView how a tab stands now
 * @property {number} width pixels to capture; 0 while unknown
 * @property {number} height
 * @property {number} ratio device pixels to one device-independent pixel
 *
 * @typedef {TabView & {streamId: string, tabId: number}} TabGrant streamId: for getUserMedia, once, within seconds
 */

/** Longest side of a picture in pixels: 13 px text stays legible, and a picture stays well below 1 MB. */
export const MAX_SIDE = 1920;
/** How long a capture waits for a page to tell its device pixel ratio. */
const RATIO_PATIENCE_MS = 400;

/**
 * @param {number} tabId
 * @returns {Promise<TabGrant>}
 * @throws {CodedError} `tab-forbidden`: a page of the browser, the web store, or a tab Tabtalk was not invoked on
 */
export async function grantTab(tabId) {
  try {
    const [streamId, view] = await Promise.all([
      chrome.tabCapture.getMediaStreamId({ targetTabId: tabId }),
      viewTab(tabId, 1, true),
    ]);
    return { streamId, tabId, ...view };
  } catch (error) {
    throw new CodedError('tab-forbidden', String(/** @type {Error} */ (error)?.message ?? error));
  }
}

/**
 * @param {number} tabId
 * @param {number} ratio as far as known
 * @param {boolean} measure ask the page for its ratio
 * @returns {Promise<TabView>}
 */
export async function viewTab(tabId, ratio, measure) {
  const [tab, measured] = await Promise.all([chrome.tabs.get(tabId), measure ? ratioOf(tabId) : null]);
  const used = measured ?? ratio;
  return { ratio: used, ...captureSize(tab.width ?? 0, tab.height ?? 0, used) };
}

/**
 * Even, as video is; the aspect is kept where the cap bites. 0 x 0 where the size is unknown.
 * @param {number} width of the tab in device-independent pixels
 * @param {number} height
 * @param {number} ratio device pixels to one of those
 * @returns {{width: number, height: number}}
 */
export function captureSize(width, height, ratio) {
  if (width <= 0 || height <= 0) return { width: 0, height: 0 };
  const scale = Math.min(ratio, MAX_SIDE / Math.max(width, height));
  const even = (/** @type {number} */ side) => Math.max(2, Math.round((side * scale) / 2) * 2);
  return { width: even(width), height: even(height) };
}

/**
 * A page's own ratio has its zoom in it. A page that may not be asked, or that hangs, does not tell.
 * @param {number} tabId
 * @returns {Promise<number|null>}
 */
async function ratioOf(tabId) {
  const asked = Promise.all([
    chrome.scripting.executeScript({ target: { tabId }, func: () => devicePixelRatio, injectImmediately: true }),
    chrome.tabs.getZoom(tabId),
  ]).then(([[{ result }], zoom]) => (typeof result === 'number' && zoom > 0 ? result / zoom : null));
  /** @type {Promise<null>} */
  const impatient = new Promise((resolve) => {
    setTimeout(resolve, RATIO_PATIENCE_MS, null);
  });
  return Promise.race([asked, impatient]).catch(() => null);
}
