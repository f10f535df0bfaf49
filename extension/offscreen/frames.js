/**
 * The pictures of a tab, a screen or a window: the newest frame, as JPEG, when it is asked for, and how much it differs from
 * the one that was taken last.
 */

import { CodedError } from '../lib/messages.js';
import { Bell } from './bell.js';
import { MAX_FRAME_SIDE } from './picture-size.js';
import { Stills } from './stills.js';
import { Track } from './track.js';

/**
 * @typedef {import('../background/tab-grant.js').TabGrant} TabGrant
 * @typedef {import('./workers/change.js').Grade} Grade
 * @typedef {import('./workers/frame-worker.js').Box} Box
 *
 * @typedef {object} Jpeg
 * @property {Uint8Array<ArrayBuffer>} bytes
 * @property {number} width
 * @property {number} height
 * @property {number} time ms since the Unix epoch, when the frame came
 * @property {boolean} [pointed] the part that the person pointed at
 *
 * @typedef {object} Supply where the frames come from
 * @property {{width: number, height: number}} size pixels of the source; 0 while unknown
 * @property {MediaStreamTrack|null} [sound] that came with the frames
 * @property {() => Promise<boolean>|null} whenCurrent whether the newest frame shows the source as it is now; null where it always does
 * @property {(worker: Worker) => void} feed gives the worker its frames from now on
 * @property {(moving: boolean) => void} seen a frame has come, and moved on from the one before or not
 * @property {() => void} looked the newest frame was looked at
 * @property {() => void} renew asks for the frame as it is now
 * @property {() => void} close
 *
 * @typedef {object} Look
 * @property {Grade} grade how much the newest frame differs from the picture that was taken last
 * @property {number} movedAt `performance.now()` of the last frame that moved on from the one before
 */

/** A picture goes out once a second at most; the rest is for the newest to be new. */
const MAX_FRAME_RATE = 10;
/**
 * Between these a tab's frames have the tab's own size, whatever becomes of it, and no bars. Chromium does so where the least
 * and the most have not the same shape (seen with Chromium 156); the size is in pixels of the screen.
 */
const ANY_SIZE = { minWidth: 2, minHeight: 4, maxWidth: MAX_FRAME_SIDE, maxHeight: MAX_FRAME_SIDE };

export class Frames {
  #supply;
  #worker = new Worker(new URL('workers/frame-worker.js', import.meta.url), { type: 'module' });
  /** There is a frame that was not looked at. */
  #fresh = false;
  /** There is a frame that was not encoded yet. */
  #untaken = false;
  /** @type {Look} */
  #look = { grade: 'none', movedAt: -Infinity };
  /** @type {Jpeg|null} */
  #last = null;
  #arrival = new Bell();
  /** What the worker was asked for and has not answered, by its number. @type {Map<number, (picture: Jpeg|null) => void>} */
  #asked = new Map();
  #count = 0;
  /** The encoding of the whole frame that is under way. @type {Promise<Jpeg|null>|null} */
  #encoding = null;
  /** Of the newest frame, begun before anyone asked. @type {Promise<Jpeg|null>|null} */
  #ahead = null;
  #closed = false;

  /**
   * @param {TabGrant} grant
   * @param {() => void} onEnded
   * @param {{sound?: boolean}} [how] sound: its sound comes along, and from the tab itself nothing is heard any more
   * @throws {CodedError} `tab-forbidden`
   */
  static async openTab({ streamId }, onEnded, { sound = false } = {}) {
    const tab = { chromeMediaSource: 'tab', chromeMediaSourceId: streamId };
    const video = { mandatory: { ...tab, maxFrameRate: MAX_FRAME_RATE, ...ANY_SIZE } };
    try {
      const constraints = /** @type {MediaStreamConstraints} */ ({ video, audio: sound && { mandatory: tab } });
      return new Frames(new Track(await navigator.mediaDevices.getUserMedia(constraints), onEnded, { fitted: true }));
    } catch (error) {
      throw new CodedError('tab-forbidden', String(error));
    }
  }

  /** The browser's own picker asks what to share. @param {() => void} onEnded @throws {CodedError} `screen-denied` */
  static async openScreen(onEnded) {
    try {
      const video = { frameRate: { max: MAX_FRAME_RATE } };
      return new Frames(new Track(await navigator.mediaDevices.getDisplayMedia({ video, audio: false }), onEnded));
    } catch (error) {
      throw new CodedError('screen-denied', String(error));
    }
  }

  /**
   * Of a tab that the person went to and did not press on.
   * @param {() => Promise<import('../background/shutter.js').Still|null>} take null while the tab is on no screen
   * @param {(error: CodedError) => void} onRefused the browser lets nobody take a picture there
   */
  static openStills(take, onRefused) {
    return new Frames(new Stills(take, onRefused));
  }

  /** @param {Supply} supply */
  constructor(supply) {
    this.#supply = supply;
    this.#worker.onmessage = ({ data }) => (data.type === 'frame' ? this.#onFrame(data.change) : this.#onPicture(data));
    supply.feed(this.#worker);
  }

  /** Pixels of the source; 0 while unknown. */
  get size() {
    return this.#supply.size;
  }

  /** The track of the sound that came along, or null; whoever takes it stops it. */
  get sound() {
    return this.#supply.sound ?? null;
  }

  /** Waits for a frame that was not looked at yet. Giving up waiting loses nothing. @param {AbortSignal} signal */
  async whenFresh(signal) {
    if (!this.#fresh) await this.#arrival.wait(signal);
  }

  /** What there is to be taken. @returns {Look} */
  look() {
    this.#fresh = false;
    this.#supply.looked();
    return this.#ahead ? { ...this.#look, grade: 'large' } : this.#look;
  }

  /** Lets the source show again what it looks like now, even where nothing has changed: a fresh frame comes. */
  renew() {
    this.#fresh = false;
    this.#supply.renew();
  }

  /** What the source looks like now; the last picture again where no frame has come since, null where there is none. @returns {Promise<Jpeg|null>} */
  async take() {
    const current = this.#supply.whenCurrent();
    if (current && !(await current)) return null;
    this.#fresh = false;
    this.#supply.looked();
    if (!this.#untaken) return this.#encoding ?? this.#last;
    if (!this.#ahead && this.#encoding) return this.#encoding;
    const picture = this.#ahead ?? this.#encode();
    this.#untaken = false;
    this.#ahead = null;
    return picture;
  }

  /**
   * A part of what the source looks like now, in the source's own pixels, however large the source.
   * @param {Box} box what lies outside of the frame is left out
   * @returns {Promise<Jpeg|null>} null where nothing of it is left, or nothing was seen yet
   */
  async takePart(box) {
    const inside = clip(box);
    return inside && this.#ask(inside);
  }

  /** From here on it yields no picture, not even the last. */
  close() {
    this.#supply.close();
    this.#worker.onmessage = null;
    this.#worker.postMessage({ type: 'close' });
    this.#closed = true;
    this.#fresh = this.#untaken = false;
    this.#ahead = null;
    this.#last = null;
    for (const answer of this.#asked.values()) answer(null);
    this.#asked.clear();
  }

  /** The whole frame. */
  #encode() {
    this.#encoding = this.#ask(null, (picture) => {
      this.#encoding = null;
      this.#last = picture ?? this.#last;
      return this.#last;
    });
    return this.#encoding;
  }

  /**
   * @param {Box|null} box
   * @param {(picture: Jpeg|null) => Jpeg|null} [take] what comes of the answer, at the moment at which it comes
   * @returns {Promise<Jpeg|null>}
   */
  #ask(box, take = (picture) => picture) {
    if (this.#closed) return Promise.resolve(null);
    return new Promise((resolve) => {
      const id = this.#count++;
      this.#asked.set(id, (picture) => resolve(take(picture)));
      this.#worker.postMessage({ type: 'encode', id, box });
    });
  }

  /** @param {import('./workers/change.js').Change} change */
  #onFrame({ grade, moving }) {
    this.#supply.seen(moving);
    this.#look = { grade, movedAt: moving ? performance.now() : this.#look.movedAt };
    // The first is wanted for certain, and at the moment at which everything waits for it.
    this.#ahead = this.#fresh || this.#untaken || this.#last || this.#encoding ? null : this.#encode();
    this.#fresh = true;
    this.#untaken = true;
    this.#arrival.ring();
  }

  /** @param {{id: number, bytes: ArrayBuffer|null, width: number, height: number, time: number, change: {grade: Grade}}} data */
  #onPicture({ id, bytes, width, height, time, change }) {
    this.#look = { ...this.#look, grade: change.grade };
    this.#asked.get(id)?.(bytes && { bytes: new Uint8Array(bytes), width, height, time });
    this.#asked.delete(id);
  }
}

/** What of a box lies within the frame. @param {Box} box @returns {Box|null} */
function clip({ x, y, width, height }) {
  const [left, right] = [Math.max(0, x), Math.min(1, x + width)];
  const [top, bottom] = [Math.max(0, y), Math.min(1, y + height)];
  return right > left && bottom > top ? { x: left, y: top, width: right - left, height: bottom - top } : null;
}
