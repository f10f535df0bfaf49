/**
 * What is looked through: a screen, a tab by its stream, or a tab by one still after the other, and nothing of a tab but
 * what was found clear. Opened here; which of them are the ones, and until when, is for `capture.js`.
 */

import { ClearedFrames } from './cleared-frames.js';
import { ClearedSound } from './cleared-sound.js';

/**
 * @typedef {import('../lib/status.js').Source} Source
 * @typedef {import('../lib/status.js').SourceKind} SourceKind
 * @typedef {import('./frames.js').Frames|ClearedFrames} Frames
 * @typedef {import('./tab-sound.js').SoundChunk} SoundChunk
 * @typedef {import('../background/page-guard.js').Verdict} Verdict
 * @typedef {import('../background/tab-grant.js').TabView} TabView
 *
 * @typedef {object} Wanted what to look at
 * @property {SourceKind} kind
 * @property {number|null} tabId
 * @property {string} title
 * @property {boolean} [followed] the person went to this tab, and did not press there
 *
 * @typedef {{frames: Frames|null, sound: ClearedSound|null, tabId: number|null, followed: boolean, ratio: number, source: Source}} Eyes
 *
 * @typedef {object} EyesDevices
 * @property {typeof import('../lib/messages.js').request} request
 * @property {typeof import('./frames.js').Frames.openTab} openTab
 * @property {typeof import('./frames.js').Frames.openScreen} openScreen
 * @property {typeof import('./frames.js').Frames.openStills} openStills
 * @property {typeof import('./tab-sound.js').TabSound.open} openTabSound
 *
 * @typedef {object} OpenerHandlers
 * @property {(frames: Frames|null) => boolean} isSeen it is looked through these now; of others nothing but `onClosed` is told
 * @property {() => void} onFinding the page of the tab may be looked at no more, or again
 * @property {(error: import('../lib/messages.js').CodedError) => void} onBlind no still can be had
 * @property {(chunk: SoundChunk, since: number) => void} onSound of the tab; since: ms since the Unix epoch, when its page was found clear
 * @property {() => void} onEnded the tab was closed, or the browser's own button stopped the sharing
 * @property {(tabId: number|null) => void} onClosed nobody looks at this tab through these any more
 */

export class EyesOpener {
  #devices;
  #handlers;

  /** @param {EyesDevices} devices @param {OpenerHandlers} handlers */
  constructor(devices, handlers) {
    this.#devices = devices;
    this.#handlers = handlers;
  }

  /**
   * @param {Wanted} wanted
   * @param {{sound: boolean}} how the tab's sound comes along, where there is a stream
   * @returns {Promise<Eyes>}
   * @throws {import('../lib/messages.js').CodedError} `tab-forbidden`, `page-blocked`, `screen-denied`, ...
   */
  async open({ kind, tabId, title, followed = false }, { sound }) {
    if (kind === 'voice') return blind('voice');
    if (kind === 'screen') return this.#openScreen();
    return followed ? this.#openFollowed(tabId) : this.#openGiven(tabId, title, sound);
  }

  async #openScreen() {
    // The browser's picker takes the focus, which closes the panel that asked for it.
    const picked = this.#devices.openScreen(() => this.#onEnded(frames));
    const shown = () => this.#devices.request('background', 'show-panel').catch(() => {});
    picked.then(shown, shown);
    const frames = await picked;
    const kind = /** @type {const} */ ('screen');
    return { ...blind(kind), frames, source: { kind, title: '', site: '', ...frames.size } };
  }

  /** A stream of the tab that was pressed on. @param {number|null} tabId @param {string} title @param {boolean} withSound */
  async #openGiven(tabId, title, withSound) {
    const grant = await this.#devices.request('background', 'grant-tab', { tabId });
    const opening = this.#devices.openTab(grant, () => this.#onEnded(eyes.frames), { sound: withSound });
    const settled = () => this.#devices.request('background', 'capture-settled').catch(() => {});
    opening.then(settled, settled);
    const source = await opening;
    const eyes = this.#clearedEyes(source, tabId, grant);
    eyes.source.title ||= title;
    return { ...eyes, sound: source.sound && this.#clearedSound(source.sound, eyes.frames) };
  }

  /** Without a stream, and not brought to the front by its beginning: one still after the other. @param {number|null} tabId */
  async #openFollowed(tabId) {
    const view = await this.#devices.request('background', 'follow-tab', { tabId });
    const take = () => this.#devices.request('background', 'take-still', { tabId });
    const frames = this.#devices.openStills(take, (error) => this.#handlers.isSeen(eyes.frames) && this.#handlers.onBlind(error));
    const eyes = this.#clearedEyes(frames, tabId, view);
    return { ...eyes, followed: true };
  }

  /** @param {import('./frames.js').Frames} source @param {number|null} tabId @param {TabView & {verdict: Verdict}} view */
  #clearedEyes(source, tabId, { width, height, ratio, verdict }) {
    const frames = new ClearedFrames(source, {
      first: verdict,
      judge: () => this.#devices.request('background', 'judge-page', { tabId }),
      onChange: () => this.#handlers.isSeen(frames) && this.#handlers.onFinding(),
      onClosed: () => this.#handlers.onClosed(tabId),
    });
    frames.takeAhead();
    const { title, host: site } = verdict;
    return { ...blind('tab'), frames, tabId, ratio, source: { kind: /** @type {const} */ ('tab'), title, site, width, height } };
  }

  /** @param {MediaStreamTrack} track @param {ClearedFrames} frames of the same tab */
  #clearedSound(track, frames) {
    const open = (/** @type {(chunk: SoundChunk) => void} */ onChunk) => this.#devices.openTabSound(track, onChunk);
    return new ClearedSound(open, frames, this.#handlers.onSound);
  }

  /** @param {Frames} frames */
  #onEnded(frames) {
    if (this.#handlers.isSeen(frames)) this.#handlers.onEnded();
  }
}

/** @param {SourceKind} kind @param {string} [title] @returns {Eyes} */
export function blind(kind, title = '') {
  return { frames: null, sound: null, tabId: null, followed: false, ratio: 1, source: { kind, title, site: '', width: 0, height: 0 } };
}
