/** Where the person points: over the page in a tab, or in a window of ours that shows the picture. */

import { isBox } from '../lib/box.js';

/**
 * @typedef {{box: import('../lib/box.js').Box|null}|null} Answer box: null when the person left; null as a whole where the page cannot be pointed at
 */

const SCRIPTS = ['point/boxes.js', 'point/marker.js', 'point/overlay.js'];
/** The window's size, as shares of the browser window that it lies over. */
const WINDOW_SHARE = 0.85;
const LEAST_PX = 360;

/**
 * @param {number} tabId
 * @returns {Promise<Answer>}
 */
export async function pointInTab(tabId) {
  if (!(await isShown(tabId)) || !(await isOpenToUs(tabId))) return null;
  const inPage = { target: { tabId }, files: SCRIPTS, injectImmediately: true };
  // A page that is left takes the sheet along, and with it the answer.
  const [{ result }] = await chrome.scripting.executeScript(inPage).catch(() => [{ result: { box: null } }]);
  if (result?.box === null) return { box: null };
  return isBox(result?.box) ? { box: result.box } : null;
}

/** @param {number} tabId */
export async function leaveTab(tabId) {
  await chrome.scripting.executeScript({ target: { tabId }, func: () => globalThis.tabtalkLeavePointing?.(), injectImmediately: true });
}

/** Over the browser's window, in the shape of the picture. @param {{width: number, height: number}} picture */
export async function openPointWindow(picture) {
  const over = await chrome.windows.getLastFocused({ windowTypes: ['normal'] });
  const { left = 0, top = 0, width = 1200, height = 800 } = over;
  const scale = Math.min((width * WINDOW_SHARE) / picture.width, (height * WINDOW_SHARE) / picture.height);
  const size = {
    width: Math.max(LEAST_PX, Math.round(picture.width * scale)),
    height: Math.max(LEAST_PX, Math.round(picture.height * scale)),
  };
  await chrome.windows.create({
    url: 'point/point.html',
    type: 'popup',
    focused: true,
    left: Math.max(0, left + Math.round((width - size.width) / 2)),
    top: Math.max(0, top + Math.round((height - size.height) / 2)),
    ...size,
  });
}

/** In front, in a window that is not minimized: there the person sees it. @param {number} tabId */
async function isShown(tabId) {
  const tab = await chrome.tabs.get(tabId);
  if (!tab.active) return false;
  const window = await chrome.windows.get(tab.windowId);
  return window.state !== 'minimized';
}

/** A page of the browser's own, or one that we were not invoked on, is not. @param {number} tabId */
function isOpenToUs(tabId) {
  const asked = chrome.scripting.executeScript({ target: { tabId }, func: () => true, injectImmediately: true });
  return asked.then(() => true, () => false);
}
