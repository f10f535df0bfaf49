/**
 * The veils over what is secret in pages that are looked at: a style sheet that no page can take back, and a script that
 * finds the fields. Put on each document that the extension may script, and taken away when nobody looks any more.
 */

const SHEET = 'page/veil.css';
const SCRIPT = 'page/veil.js';

/**
 * @typedef {object} Covered
 * @property {Map<string, Promise<boolean>>} documents by id, whether they are covered
 * @property {number} count of all that was ever covered, when the last of these was
 */

export class Veils {
  /** @type {Map<number, Covered>} */
  #tabs = new Map();
  #count = 0;
  /** What is being taken off a tab, by its id: put on again before it is off, a veil would go with it. @type {Map<number, Promise<unknown>>} */
  #lifting = new Map();

  /**
   * Settles once all that can be is covered, and has been on the screen so.
   * @param {number} tabId
   * @param {readonly string[]} documents the page's own first
   * @returns {Promise<{covered: boolean, count: number}>} covered: the page itself is; count: grows with each that was covered
   */
  async put(tabId, documents) {
    const tab = this.#tabs.get(tabId) ?? { documents: new Map(), count: 0 };
    this.#tabs.set(tabId, tab);
    for (const id of tab.documents.keys()) if (!documents.includes(id)) tab.documents.delete(id);
    const [covered] = await Promise.all(documents.map((id) => tab.documents.get(id) ?? this.#cover(tab, tabId, id)));
    return { covered, count: tab.count };
  }

  /** Another leave to script this tab was given: what could not be covered may be now. @param {number} tabId */
  async retry(tabId) {
    const { documents } = this.#tabs.get(tabId) ?? { documents: new Map() };
    for (const [id, covered] of documents) if (!(await covered)) documents.delete(id);
  }

  /** Nobody looks at this tab any more. @param {number} tabId */
  async lift(tabId) {
    const { documents } = this.#tabs.get(tabId) ?? { documents: new Map() };
    this.#tabs.delete(tabId);
    const each = [...documents].map(async ([id, covered]) => (await covered) && uncover({ tabId, documentIds: [id] }));
    const lifting = Promise.all([this.#lifting.get(tabId), ...each]);
    this.#lifting.set(tabId, lifting);
    await lifting;
    if (this.#lifting.get(tabId) === lifting) this.#lifting.delete(tabId);
  }

  /** Nobody looks at anything any more. */
  async liftAll() {
    await Promise.all([...this.#tabs.keys()].map((tabId) => this.lift(tabId)));
  }

  /** @param {Covered} tab @param {number} tabId @param {string} id */
  #cover(tab, tabId, id) {
    const covering = this.#coverOnceLifted(tab, tabId, id);
    tab.documents.set(id, covering);
    return covering;
  }

  /** @param {Covered} tab @param {number} tabId @param {string} id */
  async #coverOnceLifted(tab, tabId, id) {
    await this.#lifting.get(tabId);
    const covered = await cover({ tabId, documentIds: [id] });
    if (covered) tab.count = ++this.#count;
    return covered;
  }
}

/** @param {chrome.scripting.InjectionTarget} target @returns {Promise<boolean>} */
async function cover(target) {
  try {
    await chrome.scripting.insertCSS({ target, files: [SHEET], origin: 'USER' });
    await chrome.scripting.executeScript({ target, files: [SCRIPT], injectImmediately: true });
    return true;
  } catch {
    return false; // A page that the extension may not script, or that has gone.
  }
}

/** @param {chrome.scripting.InjectionTarget} target */
async function uncover(target) {
  await Promise.allSettled([
    chrome.scripting.removeCSS({ target, files: [SHEET], origin: 'USER' }),
    chrome.scripting.executeScript({ target, func: () => globalThis.tabtalkVeil?.(), injectImmediately: true }),
  ]);
}
