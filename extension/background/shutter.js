/**
 * Takes a picture of a tab that is in front, and of no other: one that was not in front all the while yields none, since the
 * picture may show another.
 */

import { CodedError } from '../lib/messages.js';

/**
 * @typedef {object} Still
 * @property {string} jpeg in base64
 * @property {number} time ms since the Unix epoch; it shows nothing from before
 */

/** Fine enough to be encoded once more. */
const JPEG = /** @type {const} */ ({ format: 'jpeg', quality: 95 });
/** The browser takes two a second (MAX_CAPTURE_VISIBLE_TAB_CALLS_PER_SECOND), by its own clock. */
const SECOND_MS = 1050;

export class Shutter {
  /** When the last two were taken, or will be; ms since the Unix epoch. */
  #times = [-Infinity, -Infinity];

  /**
   * @param {number} tabId
   * @returns {Promise<Still|null>} null when the tab is not in front, or was not all the while
   * @throws {CodedError} `tab-forbidden`: the browser does not give it
   */
  async take(tabId) {
    if (!(await standingOf(tabId))) return null;
    await this.#turn();
    const before = await standingOf(tabId);
    if (!before) return null;
    const time = Date.now();
    try {
      const url = await chrome.tabs.captureVisibleTab(before.windowId, JPEG);
      const after = await standingOf(tabId);
      const same = after?.windowId === before.windowId && after.since === before.since;
      return same ? { jpeg: url.slice(url.indexOf(',') + 1), time } : null;
    } catch (error) {
      throw new CodedError('tab-forbidden', String(/** @type {Error} */ (error)?.message ?? error));
    }
  }

  /** Until the browser takes one more. */
  async #turn() {
    const now = Date.now();
    const at = Math.max(now, this.#times[0] + SECOND_MS);
    this.#times = [this.#times[1], at];
    if (at > now) await new Promise((resolve) => void setTimeout(resolve, at - now));
  }
}

/**
 * Where the tab is in front, and since when: another may be there for a moment, of which no event has come yet.
 * @param {number} tabId
 * @returns {Promise<{windowId: number, since: number}|null>} null when it is not, or its window is on no screen
 */
async function standingOf(tabId) {
  const tab = await chrome.tabs.get(tabId).catch(() => null);
  if (!tab?.active) return null;
  const window = await chrome.windows.get(tab.windowId).catch(() => null);
  return window && window.state !== 'minimized' ? { windowId: tab.windowId, since: tab.lastAccessed } : null;
}
