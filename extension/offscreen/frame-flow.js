/**
 * When a picture goes out: when there is a new one, once a second at most, and never with more than two that the host has
 * not acknowledged. A typed question takes the current one along.
 */

import { Bell } from './bell.js';

/**
 * @typedef {import('./frames.js').Frames} Frames
 * @typedef {import('./frames.js').Jpeg} Jpeg
 * @typedef {(picture: Jpeg) => number} Send returns the sequence number, -1 when it was not sent
 */

const INTERVAL_MS = 1000;
export const MAX_UNACKNOWLEDGED = 2;

export class FrameFlow {
  #send;
  #interval;
  #sentAt = -Infinity;
  /** @type {Set<number>} */
  #unacknowledged = new Set();
  #acknowledged = new Bell();
  /** @type {AbortController|null} */
  #running = null;
  /** What it runs with. @type {Pick<Frames, 'whenFresh'|'take'>|null} */
  #source = null;

  /** @param {Send} send @param {number} [intervalMs] */
  constructor(send, intervalMs = INTERVAL_MS) {
    this.#send = send;
    this.#interval = intervalMs;
  }

  /** Sends what is new from now on; another source that ran before stops. @param {Pick<Frames, 'whenFresh'|'take'>} frames */
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
   * Sends what the source looks like now, even if it was sent before.
   * @param {Pick<Frames, 'whenFresh'|'take'>} frames
   * @param {AbortSignal} patience ends the wait for a source that shows nothing yet, for its JPEG, which then follows as soon as
   *   there is one, and for the host's acknowledgement
   * @returns {Promise<boolean>} whether it was sent by then
   */
  sendCurrent(frames, patience) {
    return Promise.race([this.#sendCurrent(frames, patience), aborted(patience)]);
  }

  /** The host is done with this picture and those before it. @param {number} sequence */
  acknowledge(sequence) {
    for (const sent of this.#unacknowledged) if (sent <= sequence) this.#unacknowledged.delete(sent);
    this.#acknowledged.ring();
  }

  /** The host or its connection was lost: what was on its way may never be acknowledged. */
  reset() {
    this.acknowledge(Infinity);
  }

  /** @param {Pick<Frames, 'whenFresh'|'take'>} frames @param {AbortSignal} patience */
  async #sendCurrent(frames, patience) {
    let picture = await frames.take();
    if (!picture) {
      await frames.whenFresh(patience);
      picture = await frames.take();
    }
    await this.#whenAllowed(patience);
    return picture !== null && this.#dispatch(picture);
  }

  /** @param {Pick<Frames, 'whenFresh'|'take'>} frames @param {AbortSignal} signal */
  async #loop(frames, signal) {
    while (!signal.aborted) {
      await frames.whenFresh(signal);
      await pause(this.#sentAt + this.#interval - performance.now(), signal);
      await this.#whenAllowed(signal);
      if (signal.aborted) return;
      const picture = await frames.take();
      if (picture && !signal.aborted) this.#dispatch(picture);
    }
  }

  /** @param {Jpeg} picture */
  #dispatch(picture) {
    if (this.#unacknowledged.size >= MAX_UNACKNOWLEDGED) return false;
    const sequence = this.#send(picture);
    if (sequence < 0) return false;
    this.#unacknowledged.add(sequence);
    this.#sentAt = performance.now();
    return true;
  }

  /** @param {AbortSignal} signal */
  async #whenAllowed(signal) {
    while (this.#unacknowledged.size >= MAX_UNACKNOWLEDGED && !signal.aborted) await this.#acknowledged.wait(signal);
  }
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
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
