/** The microphone as 20 ms chunks of 16 kHz mono, from the moment it opens until it is closed, without a gap. */

import { CodedError } from '../lib/messages.js';
import { meter } from '../lib/pcm.js';

/**
 * @typedef {import('../lib/kept-audio.js').Chunk} Chunk
 * @typedef {object} MicrophoneHandlers
 * @property {() => void} onOpen the device gives sound
 * @property {(chunk: Chunk) => void} onChunk
 * @property {() => void} onLost unplugged, or the permission was withdrawn
 */

const CONSTRAINTS = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
};

/** AudioData of 10 ms that wait for a worker that is late: ten seconds. Beyond that the newest is lost. */
const MAX_WAITING = 1000;

export class Microphone {
  #stream;
  #worker = new Worker(new URL('workers/microphone-worker.js', import.meta.url), { type: 'module' });
  /** The newest chunk, for the meter. */
  #heard = new Int16Array(0);

  /**
   * @param {MicrophoneHandlers} handlers
   * @returns {Promise<Microphone>}
   * @throws {CodedError} `microphone-denied`, `microphone-missing`
   */
  static async open(handlers) {
    try {
      return new Microphone(await navigator.mediaDevices.getUserMedia(CONSTRAINTS), handlers);
    } catch (error) {
      throw codedOf(error);
    }
  }

  /** @param {MediaStream} stream @param {MicrophoneHandlers} handlers */
  constructor(stream, { onOpen, onChunk, onLost }) {
    this.#stream = stream;
    this.#worker.onmessage = ({ data }) => {
      if (data.open) {
        onOpen();
      } else {
        this.#heard = data.samples;
        onChunk(data);
      }
    };
    const { readable } = new MediaStreamTrackProcessor({ track: this.#track, maxBufferSize: MAX_WAITING });
    this.#worker.postMessage({ readable }, [readable]);
    this.#track.addEventListener('ended', onLost);
  }

  get #track() {
    return this.#stream.getAudioTracks()[0];
  }

  /** Muted, it goes on as silence. @param {boolean} muted */
  mute(muted) {
    this.#track.enabled = !muted;
  }

  /** The device has gone: silence is all that comes. */
  get isLost() {
    return this.#track.readyState === 'ended';
  }

  /** Loudness now, 0..1. */
  get level() {
    return meter(this.#heard);
  }

  /** Gives the device back; nothing is heard from here on. */
  close() {
    this.#worker.onmessage = null;
    this.#worker.terminate();
    for (const track of this.#stream.getTracks()) track.stop();
  }
}

/** What the browser's refusal of a microphone means. @param {unknown} error */
export function codedOf(error) {
  const { name, message } = /** @type {DOMException} */ (error);
  if (name === 'NotAllowedError' || name === 'SecurityError') return new CodedError('microphone-denied', message);
  if (['NotFoundError', 'NotReadableError', 'OverconstrainedError', 'AbortError'].includes(name)) {
    return new CodedError('microphone-missing', message);
  }
  return new CodedError('internal', message);
}
