/**
 * The right to capture one tab, and the pixel size to ask for. Without the exact size Chromium letterboxes the tab into a
 * size of its own, which costs legibility.
 */

import { CodedError } from '../lib/messages.js';

/**
 * @typedef {object} TabGrant
 * @property {string} streamId for getUserMedia, once, within seconds
 * @property {number} tabId
 * @property {number} width pixels to capture
 * @property {number} height
 * @property {string} title hostile text
 *
 * @typedef {{width: number, height: number}} Size
 */

/** Longest side of a picture in pixels: 13 px text stays legible, and a picture stays well below 1 MB. */
export const MAX_SIDE = 1920;
/** A page whose script hangs does not tell its device pixel ratio; the capture must not wait for it. */
const RATIO_PATIENCE_MS = 400;

/**
 * @param {number} tabId
 * @returns {Promise<TabGrant>}
 * @throws {CodedError} `tab-forbidden`: a page of the browser, the web store, or a tab Tabtalk was not invoked on
 */
export async function grantTab(tabId) {
  try {
    const [streamId, size, tab] = await Promise.all([
      chrome.tabCapture.getMediaStreamId({ targetTabId: tabId }),
      sizeOf(tabId),
      chrome.tabs.get(tabId),
    ]);
    return { streamId, tabId, ...size, title: tab.title ?? '' };
  } catch (error) {
    throw new CodedError('tab-forbidden', String(/** @type {Error} */ (error)?.message ?? error));
  }
}

/** The pixel size of a tab, as it is now. @param {number} tabId @returns {Promise<Size>} */
export async function sizeOf(tabId) {
  const [tab, ratio] = await Promise.all([chrome.tabs.get(tabId), screenRatio(tabId)]);
  return captureSize(tab.width ?? 0, tab.height ?? 0, ratio);
}

/**
 * Even, as video is; the aspect is kept where the cap bites. 0 x 0 where the size is unknown.
 * @param {number} width of the tab in device-independent pixels
 * @param {number} height
 * @param {number} ratio device pixels to one of those
 * @returns {Size}
 */
export function captureSize(width, height, ratio) {
  if (width <= 0 || height <= 0) return { width: 0, height: 0 };
  const scale = Math.min(ratio, MAX_SIDE / Math.max(width, height));
  const even = (/** @type {number} */ side) => Math.max(2, Math.round((side * scale) / 2) * 2);
  return { width: even(width), height: even(height) };
}

/** Device pixels per device-independent pixel. A page's own ratio has its zoom in it. @param {number} tabId */
async function screenRatio(tabId) {
  const asked = Promise.all([
    chrome.scripting.executeScript({ target: { tabId }, func: () => devicePixelRatio, injectImmediately: true }),
    chrome.tabs.getZoom(tabId),
  ]).then(([[{ result }], zoom]) => (typeof result === 'number' && zoom > 0 ? result / zoom : 1));
  const impatient = new Promise((resolve) => {
    setTimeout(resolve, RATIO_PATIENCE_MS, 1);
  });
  return /** @type {Promise<number>} */ (Promise.race([asked, impatient]).catch(() => 1));
}
