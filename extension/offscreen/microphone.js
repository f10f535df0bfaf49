/**
 * The microphone as 20 ms chunks of 16 kHz mono, from the moment it opens until it is closed, without a gap. Where the chosen
 * one is not to be had, the computer's default listens in its place.
 */

import { CodedError } from '../lib/messages.js';
import { meter } from '../lib/pcm.js';

/**
 * @typedef {import('../lib/kept-audio.js').Chunk} Chunk
 * @typedef {import('../lib/settings.js').Device} Device
 * @typedef {object} MicrophoneHandlers
 * @property {() => void} onOpen the device gives sound
 * @property {(chunk: Chunk) => void} onChunk
 * @property {() => void} onLost unplugged, or the permission was withdrawn
 */

const CONSTRAINTS = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };

/** Errors of a device that is not to be had. */
const GONE = ['NotFoundError', 'NotReadableError', 'OverconstrainedError', 'AbortError'];
/** AudioData of 10 ms that wait for a worker that is late: ten seconds. Beyond that the newest is lost. */
const MAX_WAITING = 1000;

export class Microphone {
  #stream;
  #worker = new Worker(new URL('workers/microphone-worker.js', import.meta.url), { type: 'module' });
  /** The newest chunk, for the meter. */
  #heard = new Int16Array(0);
  /** The device gives sound. */
  isOpen = false;

  /**
   * @param {MicrophoneHandlers} handlers
   * @param {Device} chosen
   * @returns {Promise<Microphone>}
   * @throws {CodedError} `microphone-denied`, `microphone-missing`
   */
  static async open(handlers, chosen) {
    try {
      // The default is asked for in this very moment: what begins beside it would hold it up by some milliseconds.
      const stream = chosen.id === '' ? null : await openChosen(chosen);
      return new Microphone(stream ?? (await openStream()), stream !== null || chosen.id === '', handlers);
    } catch (error) {
      throw codedOf(error);
    }
  }

  /** @param {MediaStream} stream @param {boolean} isChosen @param {MicrophoneHandlers} handlers */
  constructor(stream, isChosen, { onOpen, onChunk, onLost }) {
    this.#stream = stream;
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

/**
 * The microphones that there are, beside the computer's default. Their names, and more than one of them, are known only once
 * the person has allowed the microphone.
 * @returns {Promise<Device[]>}
 */
export async function listMicrophones() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  // The browser lists the default once more, as a device of its own.
  const real = devices.filter(({ kind, deviceId }) => kind === 'audioinput' && !['', 'default', 'communications'].includes(deviceId));
  return real.map(({ deviceId, label }) => ({ id: deviceId, label }));
}

/** @param {Device} chosen @returns {Promise<MediaStream|null>} null: it is not there */
async function openChosen({ id, label }) {
  const there = await listMicrophones();
  // Ids change when the extension's data is cleared; a name may be that of two devices, so that it comes second.
  const found = there.find((each) => each.id === id) ?? there.find((each) => each.label === label);
  if (!found) return null;
  try {
    return await openStream(found.id);
  } catch (error) {
    const { name } = /** @type {DOMException} */ (error);
    // Unplugged in this very moment, or another program has it for itself.
    if (GONE.includes(name)) return null;
    throw error;
  }
}

/** @param {string} [id] of a device; none for the computer's default */
function openStream(id) {
  return navigator.mediaDevices.getUserMedia({ audio: id ? { ...CONSTRAINTS, deviceId: { exact: id } } : CONSTRAINTS });
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
