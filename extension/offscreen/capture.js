/**
 * The ears and eyes of a conversation: a microphone, and one source of pictures or none, with the tab's sound if that is wanted.
 * Opening takes time, and what was overtaken meanwhile, by another choice or by the end, is closed as soon as it is open.
 */

import { codedOf } from '../lib/messages.js';
import { ClearedFrames } from './cleared-frames.js';
import { Ears } from './ears.js';
import { EyesOpener, blind } from './eyes.js';
import { JustSaid } from './just-said.js';

/**
 * @typedef {import('../lib/status.js').SourceKind} SourceKind
 * @typedef {import('./microphone.js').Device} Device
 * @typedef {import('./eyes.js').Frames} Frames
 * @typedef {import('../background/page-guard.js').Finding} Finding
 * @typedef {import('./eyes.js').Eyes} Eyes
 * @typedef {import('./eyes.js').Wanted} Wanted
 *
 * @typedef {object} SoundWish of the tab's sound
 * @property {boolean} heard Gemini hears it
 * @property {boolean} softened it is softer for the person while somebody speaks
 * @property {boolean} kept the last of it can be asked about
 *
 * @typedef {import('./eyes.js').EyesDevices & {openMicrophone: typeof import('./microphone.js').Microphone.open}} CaptureDevices
 *
 * @typedef {object} EyesHandlers
 * @property {() => void} onLook the source changed
 * @property {(error: import('../lib/messages.js').CodedError, essential: boolean) => void} onBlind a source cannot be opened; the one before stays
 * @property {(chunk: import('./tab-sound.js').SoundChunk) => void} onSound of the tab, where Gemini is to hear it
 * @property {() => void} onFinding the page of the tab may be looked at no more, or again
 * @property {(kind: SourceKind) => void} onEnded the tab was closed, or the browser's own button stopped the sharing
 */

export class Capture {
  /** Settles when it looks at what was wanted last, or cannot. */
  looked = Promise.resolve();
  #devices;
  #handlers;
  #ears;
  #opener;
  #eyes = blind('voice');
  /** The number of the latest opening. */
  #looking = 0;
  /** Nothing is captured until it is told to look again. */
  #stopped = false;
  /** The tab that the person pressed on last, and that may have been closed since; null once it is something else. @type {Wanted|null} */
  #given = null;
  /** What is being opened, and not overtaken. @type {Wanted|null} */
  #opening = null;
  /** Until it settles something of that tab may still be opened, if only to be closed. @type {Map<number, Promise<unknown>>} */
  #openings = new Map();
  /** @type {SoundWish} */
  #soundWish = { heard: false, softened: false, kept: false };
  #justSaid = new JustSaid();
  /** Settles when it fits the tab as it was asked to. */
  #fitted = Promise.resolve();

  /** @param {CaptureDevices} devices @param {import('./ears.js').EarsHandlers & EyesHandlers} handlers */
  constructor(devices, handlers) {
    this.#devices = devices;
    this.#handlers = handlers;
    this.#ears = new Ears(devices.openMicrophone, handlers);
    this.#opener = new EyesOpener(devices, {
      isSeen: (frames) => frames === this.frames,
      onFinding: () => handlers.onFinding(),
      onBlind: (error) => handlers.onBlind(error, false),
      onSound: (chunk, since) => this.#hearTab(chunk, since),
      onEnded: () => this.#onEnded(),
      onClosed: (tabId) => this.#leave(tabId),
    });
  }

  get source() {
    return this.#eyes.source;
  }

  /** @returns {Frames|null} */
  get frames() {
    return this.#eyes.frames;
  }

  /** The tab that is captured now, or null. */
  get tabId() {
    return this.frames ? this.#eyes.tabId : null;
  }

  /** Whether the page of the tab may be looked at. @returns {Finding} */
  get finding() {
    return this.frames instanceof ClearedFrames ? this.frames.finding : 'clear';
  }

  /** What is secret in the page of the tab is blacked out; there may be no page. */
  get covered() {
    return this.frames instanceof ClearedFrames ? this.frames.covered : true;
  }

  /** What the tab sounds like passes through here. */
  get sound() {
    return this.#eyes.sound;
  }

  /** Gemini hears the tab, under a microphone, be it muted. */
  get hearsTab() {
    return this.sound !== null && this.#ears.isOpen && this.#soundWish.heard && this.finding === 'clear';
  }

  /** The last of what the tab sounds like is kept. */
  get keepsTab() {
    return this.sound !== null && this.#soundWish.kept && this.finding === 'clear';
  }

  /** What the tab sounded like last, of the page that is there now. @returns {Promise<Uint8Array|null>} s16le mono 16 kHz; null for nothing */
  async justSaid() {
    if (!(this.frames instanceof ClearedFrames)) return null;
    const since = await this.frames.clearSince();
    this.#justSaid.follow(since);
    return this.keepsTab ? this.#justSaid.take(Date.now()) : null;
  }

  /** Loudness now, 0..1. */
  get level() {
    return this.#ears.level;
  }

  get isDeaf() {
    return this.#ears.isDeaf;
  }

  /** The microphone gives sound. */
  get isHearing() {
    return this.#ears.isHearing;
  }

  /** @param {Device} chosen to listen to from the next `listen` on @returns {boolean} whether that is another than before */
  choose(chosen) {
    return this.#ears.choose(chosen);
  }

  /** The devices of the computer are others than before. */
  reconsider() {
    return this.#ears.reconsider();
  }

  /** @param {{essential?: boolean}} [how] essential: without it there is no conversation */
  listen(how) {
    return this.#ears.listen(how);
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.#ears.mute(muted);
  }

  /**
   * The new eyes open before the old ones close. A tab that is seen, or being opened, is not opened again: the browser lets
   * nobody capture a tab twice.
   * @param {Wanted} wanted
   * @param {{essential?: boolean}} [how]
   */
  look(wanted, { essential = false } = {}) {
    const { tabId } = wanted;
    if (tabId !== null && tabId === this.#openingTab && !seesLess(this.#opening, wanted)) return this.looked;
    this.looked = this.#look(wanted, essential);
    if (tabId !== null) this.#note(tabId, this.looked);
    return this.looked;
  }

  /** What is to become of the tab's sound, of this one and of those that come. @param {SoundWish} wish @returns {Promise<void>} settles when it is so, or cannot be */
  async wishSound(wish) {
    this.#soundWish = wish;
    if (!wish.kept) this.#justSaid.clear();
    // What is being opened brings its sound along, and must not be overtaken.
    for (let looked = null; looked !== this.looked; await looked) looked = this.looked;
    if (this.#wantsSound) {
      await this.#reopenForSound();
    } else {
      this.#closeSound();
      this.#eyes = { ...this.#eyes, sound: null };
    }
  }

  /** The eyes go along, from a tab to another. Paused, they will be there. @param {number} tabId */
  follow(tabId) {
    if (!this.#given) return this.looked;
    const wanted = { kind: /** @type {const} */ ('tab'), tabId, title: '', followed: true };
    if (!this.#stopped) return this.look(wanted);
    if (tabId !== this.#eyes.tabId) this.#aim(wanted);
    return this.looked;
  }

  /** The eyes go along no more, but back to the tab that they were given. */
  async unfollow() {
    const given = this.#given;
    if (!given || !this.#eyes.followed) return;
    if (this.#stopped) {
      this.#aim(given);
      return;
    }
    const looked = this.look(given);
    await looked;
    // What came meanwhile holds.
    if (looked !== this.looked || !this.#eyes.followed) return;
    // It may have gone, or the browser may not give it any more.
    if (this.#stopped) this.#aim(given);
    else this.closeEyes();
  }

  /** Looks again where it looked before it stopped. */
  lookAgain() {
    const { source, tabId, followed } = this.#eyes;
    return this.look({ kind: source.kind, title: source.title, tabId, followed });
  }

  /** Without a picture from here on. */
  closeEyes() {
    this.#overtake();
    this.#see(blind('voice'));
  }

  /** The tab may show another page, or have another size. @param {{moved?: boolean}} [how] moved: to another screen, maybe */
  refit({ moved = false } = {}) {
    // One after the other: what is learned of a tab first must not stand in the way of what is learned later.
    const fitting = this.#fitted.then(() => this.#refit(moved));
    this.#fitted = fitting.catch(() => {});
    return fitting;
  }

  /** The page of a tab may be another one. @param {number} tabId */
  async recheck(tabId) {
    if (tabId !== this.tabId || !(this.frames instanceof ClearedFrames)) return;
    this.#justSaid.follow(await this.frames.clearSince());
    await this.refit();
  }

  /** Nothing at all is captured from here on; what it looked at is remembered. */
  stop() {
    this.#ears.stop();
    this.#overtake();
    this.#stopped = true;
    this.#closeForNow();
  }

  get #openingTab() {
    return this.#opening?.tabId ?? null;
  }

  /** @param {number} tabId @param {Promise<void>} looked */
  #note(tabId, looked) {
    const all = Promise.all([this.#openings.get(tabId), looked]);
    this.#openings.set(tabId, all);
    all.then(() => this.#openings.get(tabId) === all && this.#openings.delete(tabId));
  }

  get #wantsSound() {
    return this.#soundWish.heard || this.#soundWish.softened || this.#soundWish.kept;
  }

  /** It is remembered what was looked at. */
  #closeForNow() {
    const { frames } = this.#eyes;
    this.#closeSound();
    this.#eyes = { ...this.#eyes, frames: null, sound: null };
    frames?.close();
  }

  /** Nothing of it is kept either. */
  #closeSound() {
    this.sound?.close();
    this.#justSaid.clear();
  }

  /** Sound comes along only from the beginning of a capture, and the browser lets nobody capture a tab twice. */
  async #reopenForSound() {
    const { frames, sound, followed, tabId } = this.#eyes;
    if (sound || !frames || followed || tabId === null || this.finding !== 'clear') return;
    this.#closeForNow();
    await this.lookAgain();
  }

  /** @param {boolean} moved */
  async #refit(moved) {
    const eyes = this.#eyes;
    if (!eyes.frames || eyes.tabId === null) return;
    const asked = { tabId: eyes.tabId, ratio: eyes.ratio, moved };
    const view = await this.#devices.request('background', 'view-tab', asked).catch((error) => {
      // That it has gone is told otherwise.
      if (codedOf(error).code !== 'tab-lost') throw error;
    });
    if (!view || this.#eyes !== eyes) return;
    const { title, site, width, height, ratio } = view;
    const { source } = eyes;
    const resized = width !== source.width || height !== source.height;
    if (!resized && title === source.title && site === source.site) return;
    this.#see({ ...eyes, ratio, source: { ...source, title, site, width, height } });
  }

  /** @param {Wanted} wanted @param {boolean} essential */
  async #look(wanted, essential) {
    const turn = this.#overtake();
    this.#stopped = false;
    if (wanted.tabId !== null && wanted.tabId === this.tabId && !seesLess(this.#eyes, wanted)) {
      // Pressed there, it may be covered where it was not.
      await this.#devices.request('background', 'invited', { tabId: wanted.tabId }).catch(() => {});
      await this.recheck(wanted.tabId).catch(() => {});
      return;
    }
    this.#opening = wanted;
    if (!this.frames) this.#aim(wanted);
    const overtaken = wanted.tabId === null ? undefined : this.#openings.get(wanted.tabId);
    if (overtaken) await overtaken;
    if (turn !== this.#looking) return;
    try {
      const eyes = await this.#opener.open(wanted, { sound: this.#wantsSound });
      if (turn !== this.#looking) {
        eyes.sound?.close();
        eyes.frames?.close();
        return;
      }
      if (!wanted.followed) this.#given = wanted.kind === 'tab' ? wanted : null;
      this.#see(eyes);
    } catch (error) {
      if (turn === this.#looking) this.#opening = null;
      this.#leave(wanted.tabId);
      if (turn !== this.#looking) return;
      const coded = codedOf(error);
      // One can talk about anything beside a page that is not looked at.
      const needed = essential && coded.code !== 'page-blocked';
      if (!this.frames && !needed) {
        this.#given = null;
        this.#see(blind('voice'));
      }
      this.#handlers.onBlind(coded, needed);
    } finally {
      if (turn === this.#looking) this.#opening = null;
    }
  }

  /** Other eyes may be on the same tab by now, or about to be. @param {number|null} tabId */
  #leave(tabId) {
    if (tabId === null || tabId === this.tabId || tabId === this.#openingTab) return;
    this.#devices.request('background', 'leave-page', { tabId }).catch(() => {});
  }

  /** Without frames: where it will look. @param {Wanted} wanted */
  #aim({ kind, tabId, title, followed = false }) {
    this.#eyes = { ...blind(kind, title), tabId, followed };
  }

  /** What is opening will be closed as soon as it is open. @returns {number} the number of what comes instead */
  #overtake() {
    this.#opening = null;
    return ++this.#looking;
  }

  /** @param {import('./tab-sound.js').SoundChunk} chunk @param {number} since when its page was found clear */
  #hearTab(chunk, since) {
    if (this.#soundWish.heard) this.#handlers.onSound(chunk);
    this.#justSaid.follow(since);
    if (this.#soundWish.kept) this.#justSaid.hear(chunk);
  }

  /** @param {Eyes} eyes */
  #see(eyes) {
    const { frames, sound } = this.#eyes;
    if (sound !== eyes.sound) this.#closeSound();
    this.#eyes = eyes;
    if (frames !== eyes.frames) frames?.close();
    this.#handlers.onLook();
  }

  #onEnded() {
    const { kind } = this.source;
    this.closeEyes();
    this.#handlers.onEnded(kind);
  }
}

/** What is followed is seen less well than what was pressed on. @param {{followed?: boolean}|null} eyes @param {Wanted} wanted */
function seesLess(eyes, wanted) {
  return eyes?.followed === true && !wanted.followed;
}
