/**
 * When a picture goes out: by how much the view has changed since the last, and with what is said or typed. Once a second at
 * most, and never with more than two that the host has not acknowledged.
 */

import { Bell } from './bell.js';

/**
 * @typedef {import('./frames.js').Frames} Frames
 * @typedef {import('./frames.js').Jpeg} Jpeg
 * @typedef {import('./frames.js').Grade} Grade
 * @typedef {import('./frames.js').Look} Look
 * @typedef {Pick<Frames, 'whenFresh'|'look'|'renew'|'take'>} Source
 * @typedef {(picture: Jpeg) => number} Send returns the sequence number, -1 when it was not sent
 *
 * @typedef {object} Pace in ms
 * @property {number} gap since the last picture, at least
 * @property {number} patience since such a change was first seen: it may go back to what it was, or turn out to be restless
 */

export const MAX_UNACKNOWLEDGED = 2;
/** Between two pictures, whatever for. */
const INTERVAL_MS = 1000;
/** What is large goes out when nothing has moved for so long, or after so much of moving: a video never comes to rest. */
const SETTLE_MS = 200;
const MOVING_MS = 2000;
/** So much older than a question the view may be that belongs to it: 300 ms, less what the beginning of speech is guessed wrong by. */
const CURRENT_MS = 200;
/** How long a frame that was asked for is waited for before the newest there is stands for now. */
const RENEWAL_MS = 150;

/** @type {{[grade in Grade]: Pace}} */
export const PACES = {
  none: { gap: 60_000, patience: 0 },
  faint: { gap: 10_000, patience: 1500 },
  small: { gap: INTERVAL_MS, patience: 1500 },
  large: { gap: INTERVAL_MS, patience: 0 },
};

/**
 * When a picture of the view is due.
 * @param {Look} look
 * @param {number} since when a change was first seen that was not gone again; all times in ms on one clock
 * @param {number} sentAt when the last picture went
 */
export function dueAt({ grade, movedAt }, since, sentAt) {
  const { gap, patience } = PACES[grade];
  const settled = grade === 'large' ? Math.min(movedAt + SETTLE_MS, since + MOVING_MS) : -Infinity;
  return Math.max(sentAt + gap, since + patience, settled);
}

export class FrameFlow {
  #send;
  #now;
  #sentAt = -Infinity;
  /** The picture that was sent last. @type {Jpeg|null} */
  #sent = null;
  /** What it shows, as far as the source itself tells changes from it. @type {Source|null} */
  #shown = null;
  /** @type {Set<number>} */
  #unacknowledged = new Set();
  #acknowledged = new Bell();
  /** @type {AbortController|null} */
  #running = null;
  /** What it runs with. @type {Source|null} */
  #source = null;

  /** @param {Send} send @param {() => number} [now] ms, on the clock of `Look` */
  constructor(send, now = () => performance.now()) {
    this.#send = send;
    this.#now = now;
  }

  /** Sends what changes from now on; another source that ran before stops. @param {Source} frames */
  run(frames) {
    if (this.#running && this.#source === frames) return;
    this.stop();
    this.#source = frames;
    this.#running = new AbortController();
    this.#loop(frames, this.#running.signal);
  }

  stop() {
    this.#running?.abort();
    this.#running = null;
    this.#source = null;
  }

  /**
   * Sends what the source looks like, even if it was sent before.
   * @param {Source} frames
   * @param {AbortSignal} patience ends the wait for a source that shows nothing yet, for its JPEG, which then follows as soon as
   *   there is one, for the host's acknowledgement, and for the time between two pictures
   * @returns {Promise<boolean>} whether it was sent by then
   */
  sendCurrent(frames, patience) {
    return Promise.race([this.#sendCurrent(frames, patience), aborted(patience)]);
  }

  /**
   * Sends what the source looks like now, unless the last picture shows it as it was then.
   * @param {Source} frames
   * @param {number} moment ms since the Unix epoch: when a question was typed
   * @param {AbortSignal} patience as for `sendCurrent`
   * @returns {Promise<boolean>} whether there is such a picture by then
   */
  sendFresh(frames, moment, patience) {
    return this.sendSince(frames, moment - CURRENT_MS, patience);
  }

  /**
   * Sends what the source looks like now, unless a picture of it was taken since.
   * @param {Source} frames
   * @param {number} since ms since the Unix epoch: when a question was begun to be spoken
   * @param {AbortSignal} patience as for `sendCurrent`
   * @returns {Promise<boolean>} whether there is such a picture by then
   */
  sendSince(frames, since, patience) {
    return Promise.race([this.#sendSince(frames, since, patience), aborted(patience)]);
  }

  /**
   * Sends a part of what the source looks like; the whole comes no sooner than after any other picture.
   * @param {Jpeg} picture @param {AbortSignal} patience as for `sendCurrent` @returns {Promise<boolean>}
   */
  async sendPart(picture, patience) {
    await this.#whenAllowed(patience);
    return !patience.aborted && this.#post(picture);
  }

  /** The host is done with this picture and those before it. @param {number} sequence */
  acknowledge(sequence) {
    for (const sent of this.#unacknowledged) if (sent <= sequence) this.#unacknowledged.delete(sent);
    this.#acknowledged.ring();
  }

  /** The host or its connection was lost: what was on its way may never be acknowledged, nor seen. */
  reset() {
    this.#sentAt = -Infinity;
    this.#sent = this.#shown = null;
    this.acknowledge(Infinity);
  }

  /** @param {Source} frames @param {number} since @param {AbortSignal} patience */
  async #sendSince(frames, since, patience) {
    await this.#whenAllowed(patience, () => this.#shows(frames, since));
    if (this.#shows(frames, since)) return true;
    await renewed(frames, patience);
    return this.#sendCurrent(frames, patience, () => this.#shows(frames, since));
  }

  /** @param {Source} frames @param {AbortSignal} patience */
  async #sendCurrent(frames, patience, enough = () => false) {
    let picture = await frames.take();
    if (!picture) {
      await frames.whenFresh(patience);
      picture = await frames.take();
    }
    await this.#whenAllowed(patience, enough);
    return enough() || (picture !== null && this.#dispatch(frames, picture));
  }

  /** @param {Source} frames @param {AbortSignal} signal */
  async #loop(frames, signal) {
    /** @type {Grade|null} */
    let grade = null;
    let since = this.#now();
    while (!signal.aborted) {
      const look = frames.look();
      if (look.grade !== grade) since = this.#now();
      grade = look.grade;
      const wait = (this.#shown === frames ? dueAt(look, since, this.#sentAt) : this.#sentAt + INTERVAL_MS) - this.#now();
      if (wait > 0) {
        await freshWithin(frames, wait, signal);
      } else if (await this.#sendNext(frames, grade, signal)) {
        grade = null;
      } else {
        // Nothing to be seen yet, or not to be shown: another frame may be.
        await freshWithin(frames, INTERVAL_MS, signal);
        await pause(SETTLE_MS, signal);
      }
    }
  }

  /** @param {Source} frames @param {Grade} grade @param {AbortSignal} signal @returns {Promise<boolean>} whether it was sent */
  async #sendNext(frames, grade, signal) {
    await this.#whenAllowed(signal);
    if (grade === 'none') await renewed(frames, signal);
    const before = this.#sent;
    const picture = await frames.take();
    if (!signal.aborted && picture && this.#dispatch(frames, picture)) return true;
    // It may have gone with a question meanwhile; else what was taken here stays to be shown.
    if (this.#sent === before) this.#shown = null;
    return this.#sent !== before;
  }

  /** Whether the last picture was taken since. @param {Source} frames @param {number} since */
  #shows(frames, since) {
    return this.#shown === frames && this.#sent !== null && this.#sent.time >= since;
  }

  /** @param {Source} frames @param {Jpeg} picture */
  #dispatch(frames, picture) {
    // The eyes may have gone elsewhere while it waited.
    if (this.#source && this.#source !== frames) return false;
    if (!this.#post(picture)) return false;
    this.#sent = picture;
    this.#shown = frames;
    return true;
  }

  /** @param {Jpeg} picture */
  #post(picture) {
    if (this.#isBusy || this.#now() < this.#sentAt + INTERVAL_MS) return false;
    const sequence = this.#send(picture);
    if (sequence < 0) return false;
    this.#unacknowledged.add(sequence);
    this.#sentAt = this.#now();
    return true;
  }

  get #isBusy() {
    return this.#unacknowledged.size >= MAX_UNACKNOWLEDGED;
  }

  /** Until one more may go. @param {AbortSignal} signal @param {() => boolean} [enough] it is not wanted any more */
  async #whenAllowed(signal, enough = () => false) {
    while (!signal.aborted && !enough()) {
      const wait = this.#sentAt + INTERVAL_MS - this.#now();
      if (wait > 0) await pause(wait, signal);
      else if (this.#isBusy) await this.#acknowledged.wait(signal);
      else return;
    }
  }
}

/** Until the source has shown again what it looks like, if it does. @param {Source} frames @param {AbortSignal} signal */
async function renewed(frames, signal) {
  frames.renew();
  await freshWithin(frames, RENEWAL_MS, signal);
}

/** Waits for a fresh frame, but no longer than this. @param {Source} frames @param {number} ms @param {AbortSignal} signal */
async function freshWithin(frames, ms, signal) {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  await Promise.race([frames.whenFresh(either), pause(ms, either)]);
  over.abort();
}

/** @param {AbortSignal} signal @returns {Promise<false>} */
function aborted(signal) {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(false);
    signal.addEventListener('abort', () => resolve(false), { once: true });
  });
}

/** @param {number} ms @param {AbortSignal} signal @returns {Promise<void>} */
function pause(ms, signal) {
  if (ms <= 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, Math.ceil(ms));
    signal.addEventListener('abort', done);
  });
}
