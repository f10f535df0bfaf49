/** The pictures of a tab, a screen or a window: the newest frame, as JPEG, when it is asked for. */

import { CodedError } from '../lib/messages.js';
import { Bell } from './bell.js';

/**
 * @typedef {import('../background/tab-grant.js').TabGrant} TabGrant
 * @typedef {object} Jpeg
 * @property {Uint8Array<ArrayBuffer>} bytes
 * @property {number} width
 * @property {number} height
 * @property {number} time ms since the Unix epoch, when the frame came
 */

/** A picture goes out once a second at most; the rest is for the newest to be new. */
const MAX_FRAME_RATE = 10;
const COAX_MS = 50;
const MAX_COAXINGS = 60;

export class Frames {
  #track;
  #worker = new Worker(new URL('workers/frame-worker.js', import.meta.url), { type: 'module' });
  /** There is a frame that was not encoded yet. */
  #fresh = false;
  /** @type {Jpeg|null} */
  #last = null;
  #arrival = new Bell();
  /** @type {ReturnType<typeof setInterval>|undefined} */
  #coaxing;
  /** The encoding under way. @type {PromiseWithResolvers<Jpeg|null>|null} */
  #encoding = null;
  /** Of the newest frame, begun before anyone asked. @type {Promise<Jpeg|null>|null} */
  #ahead = null;

  /** @param {TabGrant} grant @param {() => void} onEnded @throws {CodedError} `tab-forbidden` */
  static async openTab({ streamId, width, height }, onEnded) {
    const mandatory = {
      chromeMediaSource: 'tab',
      chromeMediaSourceId: streamId,
      maxFrameRate: MAX_FRAME_RATE,
      ...(width > 0 && { maxWidth: width, maxHeight: height }),
    };
    try {
      const constraints = /** @type {MediaStreamConstraints} */ ({ video: { mandatory } });
      return new Frames(await navigator.mediaDevices.getUserMedia(constraints), onEnded);
    } catch (error) {
      throw new CodedError('tab-forbidden', String(error));
    }
  }

  /** The browser's own picker asks what to share. @param {() => void} onEnded @throws {CodedError} `screen-denied` */
  static async openScreen(onEnded) {
    try {
      const video = { frameRate: { max: MAX_FRAME_RATE } };
      return new Frames(await navigator.mediaDevices.getDisplayMedia({ video, audio: false }), onEnded);
    } catch (error) {
      throw new CodedError('screen-denied', String(error));
    }
  }

  /** @param {MediaStream} stream @param {() => void} onEnded the tab was closed, or sharing stopped by the browser's button */
  constructor(stream, onEnded) {
    [this.#track] = stream.getVideoTracks();
    this.#track.addEventListener('ended', onEnded);
    this.#worker.onmessage = ({ data }) => (data.type === 'frame' ? this.#onFrame() : this.#onPicture(data));
    const { readable } = new MediaStreamTrackProcessor({ track: this.#track, maxBufferSize: 1 });
    this.#worker.postMessage({ type: 'open', readable }, [readable]);
    this.#coax();
  }

  /** Pixels of the source; 0 while unknown. */
  get size() {
    const { width = 0, height = 0 } = this.#track.getSettings();
    return { width, height };
  }

  /** Waits for a frame that was not taken yet. Giving up waiting loses nothing. @param {AbortSignal} signal */
  async whenFresh(signal) {
    while (!this.#fresh && !signal.aborted) await this.#arrival.wait(signal);
  }

  /** What the source looks like now; the last picture again if it has not changed. @returns {Promise<Jpeg|null>} */
  async take() {
    if (!this.#fresh) return this.#encoding?.promise ?? this.#last;
    if (!this.#ahead && this.#encoding) return this.#encoding.promise;
    const picture = this.#ahead ?? this.#encode();
    this.#fresh = false;
    this.#ahead = null;
    return picture;
  }

  #encode() {
    /** @type {PromiseWithResolvers<Jpeg|null>} */
    const encoding = Promise.withResolvers();
    this.#encoding = encoding;
    this.#worker.postMessage({ type: 'encode' });
    return encoding.promise;
  }

  /** The tab has another size. @param {{width: number, height: number}} size */
  async resize({ width, height }) {
    if (width > 0) await this.#track.applyConstraints({ width, height });
  }

  /** From here on it yields no picture, not even the last. */
  close() {
    clearInterval(this.#coaxing);
    this.#track.stop();
    this.#worker.onmessage = null;
    this.#worker.terminate();
    this.#fresh = false;
    this.#ahead = null;
    this.#last = null;
    this.#encoding?.resolve(null);
    this.#encoding = null;
  }

  /**
   * A page that does not change yields its first frame late, or never. Each new reader of a track makes Chromium send the
   * frame there is (seen with Chromium 156).
   */
  #coax() {
    let left = MAX_COAXINGS;
    this.#coaxing = setInterval(() => {
      if (left-- === 0) clearInterval(this.#coaxing);
      else new MediaStreamTrackProcessor({ track: this.#track }).readable.cancel();
    }, COAX_MS);
  }

  #onFrame() {
    clearInterval(this.#coaxing);
    // The first is wanted for certain, and at the moment at which everything waits for it.
    this.#ahead = this.#fresh || this.#last || this.#encoding ? null : this.#encode();
    this.#fresh = true;
    this.#arrival.ring();
  }

  /** @param {{bytes: ArrayBuffer|null, width: number, height: number, time: number}} data */
  #onPicture({ bytes, width, height, time }) {
    if (bytes) this.#last = { bytes: new Uint8Array(bytes), width, height, time };
    this.#encoding?.resolve(this.#last);
    this.#encoding = null;
  }
}
