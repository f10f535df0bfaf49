/**
 * What the browser says of the page in a tab: whether Tabtalk may look at it, and whether it is still the same one. Asked
 * after a picture was taken, it tells what that picture can show: the browser knows of a navigation before a page has its
 * first pixel on the screen.
 */

import { hostOf, isBlocked, isFrameBlocked } from '../lib/blocklist.js';
import { readSettings } from '../lib/settings.js';
import { Veils } from './veils.js';

/**
 * @typedef {import('../lib/blocklist.js').Rules} Rules
 * @typedef {{tabId: number, frameId: number, url: string}} Navigation
 * @typedef {'clear'|'blocked'|'gone'} Finding `gone`: there is no page, such as after a crash
 *
 * @typedef {object} Verdict
 * @property {Finding} finding
 * @property {string} page names the document and what is covered in it; another one has another name
 * @property {string} past changes when a blocked page or frame was there meanwhile, and when that is not known
 * @property {number} blockedAt ms since the Unix epoch: when a blocked page or frame last came up in the tab, as far as known; 0 for never
 * @property {boolean} covered what is secret in the page is blacked out, as far as that can be known
 * @property {string} title hostile text; empty unless clear
 * @property {string} host of its address; empty unless clear
 */

/** Nobody tells of a page that crashed, or of a frame that has left a page. */
const LOOK_MS = 1000;
/** Frames of these pages are on no screen. */
const UNSEEN = ['prerender', 'cached', 'pending_deletion'];

/** @returns {Promise<Rules>} */
export async function readRules() {
  const [{ blocked, allowed }, files] = await Promise.all([readSettings(), chrome.extension.isAllowedFileSchemeAccess()]);
  return { blocked, allowed, files, own: chrome.runtime.getURL('') };
}

export class PageGuard {
  #onChange;
  #veils = new Veils();
  /** While it attends to what tabs do. @type {ReturnType<typeof setInterval>|null} */
  #attending = null;
  /** How often something blocked came up, of each tab that was asked for. @type {Map<number, number>} */
  #sightings = new Map();
  /** When one last came up, in any tab: the person may go there next. @type {Map<number, number>} */
  #blockedAt = new Map();
  /** What came up before this worker began is not known. */
  #life = crypto.randomUUID();
  /** @type {Rules|null} */
  #rules = null;

  /** The tabs that are being told of, and whether there is more to tell. @type {Map<number, boolean>} */
  #telling = new Map();

  /** @param {(tabId: number) => Promise<void>} onChange the page of a tab that was asked for may be another one; settles once that is seen to */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  /**
   * What the page is now. A page that is clear is covered before this settles.
   * @param {number} tabId
   * @returns {Promise<Verdict>}
   */
  async judge(tabId) {
    this.#attend();
    if (!this.#sightings.has(tabId)) this.#sightings.set(tabId, 0);
    const { documents, ...found } = await this.#read(tabId);
    const sightings = this.#sightings.get(tabId);
    const past = { past: `${this.#life} ${sightings}`, blockedAt: this.#blockedAt.get(tabId) ?? 0 };
    // Nobody looks any more, so nothing is put there.
    if (found.finding !== 'clear' || sightings === undefined) return { ...found, page: documents[0] ?? '', ...past, covered: false };
    const { covered, count } = await this.#veils.put(tabId, documents);
    return { ...found, page: `${documents[0]} ${count}`, ...past, covered };
  }

  /** @param {number} tabId @returns {Promise<{title: string, site: string}>} hostile text; empty unless the page may be looked at */
  async nameOf(tabId) {
    const { title, host } = await this.#read(tabId);
    return { title, site: host };
  }

  /** The list of blocked sites is another one, or a page may have changed and nobody told. */
  recheck() {
    for (const tabId of this.#sightings.keys()) this.#tell(tabId);
  }

  /** The person pressed in this tab, so that the extension may script its page. @param {number} tabId */
  invited(tabId) {
    return this.#veils.retry(tabId);
  }

  /** Nobody looks at this tab any more. @param {number} tabId */
  leave(tabId) {
    this.#sightings.delete(tabId);
    return this.#veils.lift(tabId);
  }

  /** Nobody looks at any tab any more: navigations need not wake this worker. */
  rest() {
    this.#veils.liftAll();
    this.#sightings.clear();
    if (!this.#attending) return;
    clearInterval(this.#attending);
    this.#attending = null;
    chrome.webNavigation.onBeforeNavigate.removeListener(this.#onBegun);
    chrome.webNavigation.onCommitted.removeListener(this.#onCommitted);
    chrome.tabs.onUpdated.removeListener(this.#onMoved);
    chrome.tabs.onReplaced.removeListener(this.#onReplaced);
    chrome.tabs.onRemoved.removeListener(this.#onRemoved);
    this.#blockedAt.clear();
  }

  /** For as long as a conversation runs, this worker does: it holds the native port. */
  #attend() {
    if (this.#attending) return;
    this.#attending = setInterval(() => this.recheck(), LOOK_MS);
    chrome.webNavigation.onBeforeNavigate.addListener(this.#onBegun);
    chrome.webNavigation.onCommitted.addListener(this.#onCommitted);
    chrome.tabs.onUpdated.addListener(this.#onMoved);
    chrome.tabs.onReplaced.addListener(this.#onReplaced);
    chrome.tabs.onRemoved.addListener(this.#onRemoved);
  }

  /** @param {number} tabId @returns {Promise<Pick<Verdict, 'finding'|'title'|'host'> & {documents: string[]}>} */
  async #read(tabId) {
    const rules = (this.#rules = await readRules());
    const [tab, frames] = await Promise.all([
      chrome.tabs.get(tabId).catch(() => null),
      chrome.webNavigation.getAllFrames({ tabId }).catch(() => null),
    ]);
    const page = frames?.find(({ frameId }) => frameId === 0);
    const parts = (frames ?? []).filter((frame) => frame !== page && !UNSEEN.includes(frame.documentLifecycle));
    const documents = page ? [page, ...parts].map(({ documentId }) => documentId) : [];
    // A crash leaves the frames as they were.
    if (!tab || !page || tab.discarded || tab.status === 'unloaded') return { finding: 'gone', title: '', host: '', documents };
    const blocked =
      [tab.url, page.url, tab.pendingUrl ?? page.url].some((url) => isBlocked(url, rules)) ||
      parts.some(({ url }) => isFrameBlocked(url, rules));
    if (blocked) return { finding: 'blocked', title: '', host: '', documents };
    return { finding: 'clear', title: tab.title ?? '', host: hostOf(tab.url), documents };
  }

  /** @param {Navigation} details */
  #onBegun = (details) => this.#onNavigation(details, false);

  /** @param {Navigation} details */
  #onCommitted = (details) => this.#onNavigation(details, true);

  /** @param {number} _added @param {number} removed */
  #onReplaced = (_added, removed) => this.#onMoved(removed);

  /** @param {number} tabId */
  #onMoved = (tabId) => {
    if (this.#sightings.has(tabId)) this.#tell(tabId);
  };

  /** @param {number} tabId */
  #onRemoved = (tabId) => {
    this.#blockedAt.delete(tabId);
    this.#onMoved(tabId);
  };

  /** @param {Navigation} details @param {boolean} committed */
  #onNavigation({ tabId, frameId, url }, committed) {
    const sightings = this.#sightings.get(tabId);
    const blocked = !this.#rules || (frameId === 0 ? isBlocked(url, this.#rules) : isFrameBlocked(url, this.#rules));
    if (blocked && committed) this.#blockedAt.set(tabId, Date.now());
    if (sightings === undefined) return;
    if (blocked && committed) this.#sightings.set(tabId, sightings + 1);
    if (blocked || frameId === 0) this.#tell(tabId);
  }

  /** A page can change its title a thousand times a second. @param {number} tabId */
  async #tell(tabId) {
    if (this.#telling.has(tabId)) {
      this.#telling.set(tabId, true);
      return;
    }
    do {
      this.#telling.set(tabId, false);
      await this.#onChange(tabId);
    } while (this.#telling.get(tabId));
    this.#telling.delete(tabId);
  }
}
