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
 * @property {() => void} onChange `finding` or `covered` is another one
 * @property {() => void} onClosed nobody looks at the page any more
 */

/**
 * The browser may go on showing the page before until the new one has something to show, four seconds at most
 * (`kNewContentRenderingDelay`), so after a blocked page pictures wait until one page has been there for longer than that.
 */
const SETTLES_MS = 5000;
/** A frame may be so old when it comes: one of the page as it was before it was covered. */
const COMES_MS = 100;
/** While it waits for a page to become clear. */
const LOOK_MS = 1000;

export class ClearedFrames {
  /** What the person is told. @type {Finding} */
  finding;
  /** What is secret in the page is blacked out. */
  covered;
  #frames;
  #guard;
  #last;
  /** Pictures taken from then on show nothing but what was found clear; ms since the Unix epoch, Infinity for none. */
  #since = Date.now();
  /** From then on a page that came after a blocked one shows itself and nothing else. */
  #settled = Infinity;
  #clear = new Bell();
  /** The last picture was thrown away. */
  #thrown = false;
  #asked = 0;
  #noted = 0;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #timer;
  #life = new AbortController();
  /** Found clear before anyone asked for it. @type {Jpeg|null} */
  #ahead = null;

  /** @param {Frames} frames @param {Guard} guard */
  constructor(frames, guard) {
    this.#frames = frames;
    this.#guard = guard;
    this.#last = guard.first;
    this.finding = guard.first.finding;
    this.covered = guard.first.covered;
    const settled = guard.first.blockedAt + SETTLES_MS;
    if (this.finding === 'clear' && settled <= Date.now()) return;
    this.#since = Infinity;
    this.#settled = this.finding === 'clear' ? settled : Infinity;
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

  /** What there is to be taken. @returns {import('./frames.js').Look} */
  look() {
    const look = this.#frames.look();
    return this.#thrown ? { ...look, grade: 'large' } : look;
  }

  /** Has the first picture at hand when it is asked for: it is wanted for certain, and when everything waits for it. */
  async takeAhead() {
    await this.#frames.whenFresh(this.#life.signal);
    this.#ahead = await this.#cleared(await this.#frames.take());
  }

  /** @returns {Promise<Jpeg|null>} */
  async take() {
    await this.#painted();
    const newest = await this.#frames.take();
    const picture = newest && newest === this.#ahead && newest.time >= this.#since ? newest : await this.#cleared(newest);
    this.#ahead = null;
    // The source counts as taken what nobody got to see.
    if (picture) this.#thrown = false;
    return picture;
  }

  /** @param {import('./workers/frame-worker.js').Box} box @returns {Promise<Jpeg|null>} */
  async takePart(box) {
    await this.#painted();
    return this.#cleared(await this.#frames.takePart(box));
  }

  renew() {
    this.#frames.renew();
  }

  close() {
    if (this.#closed) return;
    this.#life.abort();
    clearTimeout(this.#timer);
    this.#frames.close();
    this.#guard.onClosed();
  }

  /** Asks what the page is now. */
  async check() {
    const turn = ++this.#asked;
    const verdict = await this.#guard.judge().catch(() => null);
    if (turn < this.#noted || this.#closed) return;
    this.#noted = turn;
    this.#note(verdict);
    if (this.#since === Infinity) this.#wait(Math.min(LOOK_MS, Math.max(0, this.#settled - Date.now())));
  }

  /** Asks what the page is now. @returns {Promise<number>} what was captured from then on and before this was asked is of clear pages; ms since the Unix epoch, Infinity for nothing */
  async clearSince() {
    await this.check();
    return this.#closed ? Infinity : this.#since;
  }

  get #closed() {
    return this.#life.signal.aborted;
  }

  /** @param {Jpeg|null} picture */
  async #cleared(picture) {
    if (!picture) return null;
    await this.check();
    if (this.#closed) return null;
    if (picture.time >= this.#since) return picture;
    this.#thrown = true;
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
      this.#since = Date.now() + COMES_MS;
    }
    if (verdict?.finding === 'clear' && verdict.covered !== this.covered) {
      this.covered = verdict.covered;
      this.#guard.onChange();
    }
  }

  /** Until a frame can show the page as it was found. */
  async #painted() {
    const wait = this.#since - Date.now();
    if (wait <= 0 || this.#since === Infinity) return;
    await new Promise((resolve) => {
      setTimeout(resolve, wait);
    });
    const soon = AbortSignal.timeout(COMES_MS);
    this.#frames.renew();
    await this.#frames.whenFresh(soon);
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

  /** @param {number} ms until it asks again */
  #wait(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.check(), ms);
  }
}
