/**
 * The person points at a part of what is looked at: over the page itself, or, where that cannot be, in a window that shows
 * the picture. Meanwhile no picture goes out: it would show the sheet that they point on.
 */

import { CodedError } from '../lib/messages.js';
import { cut } from './cutter.js';

/**
 * @typedef {import('./capture.js').Frames} Frames
 * @typedef {import('./frames.js').Jpeg} Jpeg
 * @typedef {import('../lib/box.js').Box} Box
 *
 * @typedef {object} PointingDevices
 * @property {typeof import('../lib/messages.js').request} request
 * @property {typeof import('./point-window.js').askInWindow} askInWindow
 *
 * @typedef {object} PointingHandlers
 * @property {() => void} onChange it began, or is over
 * @property {(picture: Jpeg, box: Box) => Promise<void>} onPointed box: where on the whole, in fractions. Other pictures wait for it
 * @property {(error: CodedError) => void} onFailed what they pointed at could not be seen
 */

const WHOLE = Object.freeze({ x: 0, y: 0, width: 1, height: 1 });
/** How long a frame without the sheet, or without the panel, may take to come. */
const CLEAR_MS = 5000;

export class Pointing {
  #devices;
  #capture;
  #handlers;
  /** Of the one under way. @type {AbortController|null} */
  #life = null;
  /** What it is pointed at. @type {Frames|null} */
  #frames = null;

  /**
   * @param {PointingDevices} devices
   * @param {Pick<import('./capture.js').Capture, 'frames'|'tabId'>} capture
   * @param {PointingHandlers} handlers
   */
  constructor(devices, capture, handlers) {
    this.#devices = devices;
    this.#capture = capture;
    this.#handlers = handlers;
  }

  get isUnderWay() {
    return this.#life !== null;
  }

  /** @returns {Promise<void>} settles when it is over; never rejects */
  async begin() {
    const { frames, tabId } = this.#capture;
    if (!frames || this.#life) return;
    const life = (this.#life = new AbortController());
    this.#frames = frames;
    this.#handlers.onChange();
    try {
      const found = await this.#point(frames, tabId, life.signal);
      if (found && !life.signal.aborted && frames === this.#capture.frames) await this.#handlers.onPointed(found.picture, found.box);
    } catch (error) {
      if (!(error instanceof CodedError)) console.warn('pointing broke off:', error);
      else if (!life.signal.aborted && frames === this.#capture.frames) this.#handlers.onFailed(error);
    } finally {
      this.#life = this.#frames = null;
      this.#handlers.onChange();
      this.#devices.request('background', 'pointed').catch(() => {});
    }
  }

  leave() {
    this.#life?.abort();
  }

  /** What is looked at may be another; then there is no more to point at. */
  follow() {
    if (this.#capture.frames !== this.#frames) this.leave();
  }

  /** @param {Frames} frames @param {number|null} tabId @param {AbortSignal} signal */
  async #point(frames, tabId, signal) {
    const answer = tabId === null ? null : await this.#pointInTab(tabId, signal);
    if (!answer) return this.#pointInWindow(frames, signal);
    const picture = await renewed(frames, answer.box ?? WHOLE);
    if (!answer.box) return null;
    return { picture: seen(picture), box: answer.box };
  }

  /** @param {number} tabId @param {AbortSignal} signal @returns {Promise<import('../background/pointer.js').Answer>} */
  async #pointInTab(tabId, signal) {
    const leave = () => this.#devices.request('background', 'leave-tab', { tabId }).catch(() => {});
    signal.addEventListener('abort', leave, { once: true });
    try {
      return await this.#devices.request('background', 'point-in-tab', { tabId });
    } catch {
      // The service worker went, and with it the answer; nothing may stay on the page.
      await leave();
      return { box: null };
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  /** On the picture itself, so that what is cut out is what they saw. @param {Frames} frames @param {AbortSignal} signal */
  async #pointInWindow(frames, signal) {
    const whole = seen(await renewed(frames, WHOLE));
    if (signal.aborted) return null;
    const box = await this.#devices.askInWindow(whole, signal);
    const picture = box && (await cut(whole, box));
    return picture && { picture, box };
  }
}

/** @param {Jpeg|null} picture @returns {Jpeg} @throws {CodedError} `picture-missing` */
function seen(picture) {
  if (!picture) throw new CodedError('picture-missing');
  return picture;
}

/**
 * A part of the source as it looks from now on. The first frame that comes may have been on its way already, and show what is
 * no more (seen in 1 of 12); the one that is asked for after that does not.
 * @param {Frames} frames @param {Box} box @returns {Promise<Jpeg|null>} null when none comes in time
 */
async function renewed(frames, box) {
  const patience = AbortSignal.timeout(CLEAR_MS);
  let since = Date.now();
  for (let fresh = 0; !patience.aborted; ) {
    frames.renew();
    await frames.whenFresh(patience);
    const picture = patience.aborted ? null : await frames.takePart(box);
    if (!picture || picture.time < since) continue;
    if (fresh++ > 0) return picture;
    since = Date.now();
  }
  return null;
}
