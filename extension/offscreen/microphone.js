/** The microphone as 20 ms chunks of 16 kHz mono, from the moment it opens until it is closed, without a gap. */

import { CodedError } from '../lib/messages.js';
import { meter } from '../lib/pcm.js';
import { GONE, openInput } from './sound-input.js';

/**
 * @typedef {import('../lib/kept-audio.js').Chunk} Chunk
 * @typedef {import('../lib/settings.js').Device} Device
 * @typedef {object} MicrophoneHandlers
 * @property {() => void} onOpen the device gives sound
 * @property {(chunk: Chunk) => void} onChunk
 * @property {() => void} onLost unplugged, or the permission was withdrawn
 */

export class Microphone {
  #track;
  #worker = new Worker(new URL('workers/microphone-worker.js', import.meta.url), { type: 'module' });
  /** The newest chunk, for the meter. */
  #heard = new Int16Array(0);
  /** The device gives sound. */
  isOpen = false;

  /**
   * @param {MicrophoneHandlers} handlers
   * @param {Device} chosen
   * @param {typeof openInput} [open]
   * @returns {Promise<Microphone>}
   * @throws {CodedError} `microphone-denied`, `microphone-missing`
   */
  static async open(handlers, chosen, open = openInput) {
    try {
      return new Microphone(await open(chosen), handlers);
    } catch (error) {
      throw codedOf(error);
    }
  }

  /** @param {import('./sound-input.js').SoundInput} input @param {MicrophoneHandlers} handlers */
  constructor({ track, readable, isChosen }, { onOpen, onChunk, onLost }) {
    this.#track = track;
    /** It is the one that was asked for. */
    this.isChosen = isChosen;
    this.#worker.onmessage = ({ data }) => {
      if (data.open) {
        this.isOpen = true;
        onOpen();
      } else {
        this.#heard = data.samples;
        onChunk(data);
      }
    };
    this.#worker.postMessage({ readable }, [readable]);
    track.addEventListener('ended', onLost);
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
    this.#track.stop();
  }
}

/** What the browser's refusal of a microphone means. @param {unknown} error */
export function codedOf(error) {
  const { name, message } = /** @type {DOMException} */ (error);
  if (name === 'NotAllowedError' || name === 'SecurityError') return new CodedError('microphone-denied', message);
  if (GONE.includes(name)) {
    return new CodedError('microphone-missing', message);
  }
  return new CodedError('internal', message);
}
