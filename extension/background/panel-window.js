/**
 * The panel as a window. When the browser begins to capture a tab it gives that tab's window the focus, and a panel that
 * loses the focus closes (seen with Chromium 156 on Linux; documented for macOS:
 * developer.chrome.com/docs/extensions/how-to/web-platform/screen-capture). The person did not close it, so for a moment
 * around the beginning of a capture it is opened again, whenever in its opening or life that strikes it.
 */

/** How long a capture may take to begin, and how long after that the focus may still move. */
const BEGINS_MS = 5000;
const UNSETTLED_MS = 1000;
const LOOK_MS = 100;
/** Someone who closes it twice in that moment means it. */
const MOST_OPENINGS = 3;

export class PanelWindow {
  #keepUntil = 0;
  /** @type {Promise<void>|null} */
  #keeping = null;
  #aside = false;
  /** Over which it is kept; null until one is in front. @type {number|null} */
  #tab = null;

  /** A capture is about to begin: a panel that is open stays open. */
  async keepOpen() {
    if (await isOpen()) await this.keepShown(null, BEGINS_MS);
  }

  /** The capture has begun, or will not. */
  settle() {
    this.#keepUntil = Math.min(this.#keepUntil, Date.now() + UNSETTLED_MS);
  }

  /**
   * Opens the panel unless it is open, and keeps it for a while.
   * @param {number|null} [tab] over which, if that is still in front; otherwise over the one that is
   * @param {number} [ms]
   */
  keepShown(tab = null, ms = UNSETTLED_MS) {
    this.#keepUntil = Math.max(this.#keepUntil, Date.now() + ms);
    this.#tab = tab;
    this.#keeping ??= this.#keep().finally(() => {
      this.#keeping = null;
    });
    return this.#keeping;
  }

  /** After something else of the browser had the focus, such as the picker for a screen. */
  async bringBack() {
    const window = await chrome.windows.getLastFocused({ windowTypes: ['normal'] });
    if (window.id !== undefined && !window.focused) await chrome.windows.update(window.id, { focused: true });
    await this.keepShown();
  }

  /** Out of the way of something else that needs the focus; the panel closes itself. */
  async stepAside() {
    this.#aside = await isOpen();
    this.#keepUntil = 0;
  }

  /** It comes back if it was open before it stepped aside. */
  async comeBack() {
    if (!this.#aside) return;
    this.#aside = false;
    await this.bringBack();
  }

  async #keep() {
    for (let openings = 0; Date.now() < this.#keepUntil && openings < MOST_OPENINGS; ) {
      const front = await tabInFront();
      this.#tab ??= front;
      // Whoever goes to another tab leaves the panel behind.
      if (front !== this.#tab) this.#keepUntil = 0;
      else if (!(await isOpen()) && (await open())) openings += 1;
      await pause(LOOK_MS);
    }
  }
}

/** @returns {Promise<boolean>} */
async function isOpen() {
  const contexts = await chrome.runtime.getContexts({ contextTypes: ['POPUP'] });
  return contexts.length > 0;
}

/**
 * The tab that a panel asked for there belongs over; null where that is not known, or where none could be, as in an app's window.
 * @param {chrome.tabs.Tab} [tab] in which somebody pressed a key
 * @returns {Promise<number|null>}
 */
export async function placeOf(tab) {
  const window = tab && (await chrome.windows.get(tab.windowId).catch(() => null));
  return window?.type === 'normal' ? (tab?.id ?? null) : null;
}

/** Of the window that had the focus last, whether or not the panel has it now. @returns {Promise<number|null>} */
async function tabInFront() {
  const window = await chrome.windows.getLastFocused({ windowTypes: ['normal'] }).catch(() => null);
  const [tab] = window ? await chrome.tabs.query({ active: true, windowId: window.id }) : [];
  return tab?.id ?? null;
}

/** Without a focused window of the browser there is no place for a panel. @returns {Promise<boolean>} whether it opened */
function open() {
  return chrome.action.openPopup().then(() => true, () => false);
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
