/**
 * The pictures of a tab, of pages that Tabtalk may look at and of no others. A picture is handed out only when the page,
 * asked for after the picture was taken, is the one that was found clear before it was taken. Otherwise it is thrown away
 * and another asked for.
 */

import { Bell } from './bell.js';

/**
 * @typedef {import('./frames.js').Frames} Frames
 * @typedef {import('./frames.js').Jpeg} Jpeg
 * @typedef {import('../background/page-guard.js').Verdict} Verdict
 * @typedef {import('../background/page-guard.js').Finding} Finding
 *
 * @typedef {object} Guard
 * @property {Verdict} first found before the capture began
 * @property {() => Promise<Verdict>} judge what the page is now
 * @property {() => void} onChange `finding` is another one
 */

/**
 * The browser may go on showing the page before until the new one has something to show, four seconds at most
 * (`kNewContentRenderingDelay`), so after a blocked page pictures wait until one page has been there for longer than that.
 */
const SETTLES_MS = 5000;
/** A page that crashes, a frame that leaves a page, a service worker that was restarted: nobody tells of these. */
const LOOK_MS = 1000;

export class ClearedFrames {
  /** What the person is told. @type {Finding} */
  finding = 'clear';
  #frames;
  #guard;
  #last;
  /** Pictures taken from then on show nothing but what was found clear; ms since the Unix epoch, Infinity for none. */
  #since = Date.now();
  /** From then on a page that came after a blocked one shows itself and nothing else. */
  #settled = Infinity;
  #clear = new Bell();
  #asked = 0;
  #noted = 0;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #timer;
  #closed = false;

  /** @param {Frames} frames @param {Guard} guard */
  constructor(frames, guard) {
    this.#frames = frames;
    this.#guard = guard;
    this.#last = guard.first;
    this.#wait(LOOK_MS);
  }

  get size() {
    return this.#frames.size;
  }

  /** Waits for a frame of a clear page that was not taken yet. @param {AbortSignal} signal */
  async whenFresh(signal) {
    while (!signal.aborted) {
      await this.#frames.whenFresh(signal);
      if (this.#since < Infinity) return;
      await this.#clear.wait(signal);
    }
  }

  /** @returns {Promise<Jpeg|null>} */
  async take() {
    return this.#cleared(await this.#frames.take());
  }

  renew() {
    this.#frames.renew();
  }

  /** @param {{width: number, height: number}} size */
  resize(size) {
    return this.#frames.resize(size);
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#frames.close();
  }

  /** Asks what the page is now. */
  async look() {
    const turn = ++this.#asked;
    const verdict = await this.#guard.judge().catch(() => null);
    if (turn < this.#noted || this.#closed) return;
    this.#noted = turn;
    this.#note(verdict);
    this.#wait(Math.min(LOOK_MS, Math.max(0, this.#settled - Date.now())));
  }

  /** @param {Jpeg|null} picture */
  async #cleared(picture) {
    if (!picture) return null;
    await this.look();
    if (this.#closed) return null;
    if (picture.time >= this.#since) return picture;
    this.#frames.renew();
    return null;
  }

  /** @param {Verdict|null} verdict null: nobody answers */
  #note(verdict) {
    const before = this.#last;
    if (verdict) this.#last = verdict;
    const another = before.page !== verdict?.page;
    if (verdict?.finding !== 'clear') {
      this.#since = Infinity;
      this.#settled = Infinity;
      this.#tell(verdict?.finding ?? 'blocked');
    } else if (before.past !== verdict.past || (this.#since === Infinity && (this.#settled === Infinity || another))) {
      this.#since = Infinity;
      this.#settled = Date.now() + SETTLES_MS;
    } else if (this.#since === Infinity) {
      if (Date.now() >= this.#settled) this.#open();
    } else if (another) {
      this.#since = Date.now();
    }
  }

  #open() {
    this.#since = Date.now();
    this.#settled = Infinity;
    this.#frames.renew();
    this.#clear.ring();
    this.#tell('clear');
  }

  /** @param {Finding} finding */
  #tell(finding) {
    if (finding === this.finding) return;
    this.finding = finding;
    this.#guard.onChange();
  }

  /** @param {number} ms until it looks again */
  #wait(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.look(), ms);
  }
}
