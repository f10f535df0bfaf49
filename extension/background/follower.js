/** Where the person goes, told while they want to be followed: the tab in front, whenever it is another. */

import { follows } from '../lib/following.js';

/** @returns {Promise<chrome.tabs.Tab|null>} the tab in front of the window that the person used last */
export async function frontTab() {
  // Asked in two steps: `lastFocusedWindow` of a tab query finds nothing while only the panel has the focus (seen headless).
  const window = await chrome.windows.getLastFocused({ windowTypes: ['normal'] }).catch(() => null);
  const [tab] = window ? await chrome.tabs.query({ active: true, windowId: window.id }) : [];
  return tab ?? null;
}

export class Follower {
  #onMove;
  #count = 0;

  /** @param {(tabId: number) => void} onMove */
  constructor(onMove) {
    this.#onMove = onMove;
  }

  attend() {
    chrome.tabs.onActivated.addListener(this.#onChange);
    chrome.windows.onFocusChanged.addListener(this.#onChange);
  }

  rest() {
    chrome.tabs.onActivated.removeListener(this.#onChange);
    chrome.windows.onFocusChanged.removeListener(this.#onChange);
  }

  /** Of a window in the background or of another program, too: then the tab in front is the same as before. */
  #onChange = async () => {
    const turn = ++this.#count;
    const tab = (await follows()) ? await frontTab() : null;
    if (tab?.id !== undefined && turn === this.#count) this.#onMove(tab.id);
  };
}
