/** The microphone as 20 ms chunks of 16 kHz mono, from the moment it opens until it is closed, without a gap. */

import { CodedError } from '../lib/messages.js';
import { CHUNK_MS, MICROPHONE_HZ, meter } from '../lib/pcm.js';

/**
 * @typedef {import('../lib/kept-audio.js').Chunk} Chunk
 * @typedef {{onChunk: (chunk: Chunk) => void, onLost: () => void}} MicrophoneHandlers
 */

const CONSTRAINTS = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
};

export class Microphone {
  #stream;
  #context;
  #node;
  /** The newest chunk, for the meter. */
  #heard = new Int16Array(0);

  /**
   * @param {MicrophoneHandlers} handlers `onLost`: unplugged, or the permission was withdrawn
   * @returns {Promise<Microphone>}
   * @throws {CodedError} `microphone-denied`, `microphone-missing`
   */
  static async open(handlers) {
    // No output device: this context only listens, and waits for no speaker. It works two chunks at a time: a busy machine
    // loses fewer of a few long turns than of many short ones.
    const context = new AudioContext(
      /** @type {AudioContextOptions} */ ({ sampleRate: MICROPHONE_HZ, latencyHint: (2 * CHUNK_MS) / 1000, sinkId: { type: 'none' } }),
    );
    const asked = navigator.mediaDevices.getUserMedia(CONSTRAINTS);
    try {
      const [stream] = await Promise.all([
        asked,
        context.audioWorklet.addModule(new URL('worklets/microphone-worklet.js', import.meta.url)),
      ]);
      return new Microphone(stream, context, handlers);
    } catch (error) {
      asked.then(stop, () => {});
      await context.close();
      throw codedOf(error);
    }
  }

  /** @param {MediaStream} stream @param {AudioContext} context @param {MicrophoneHandlers} handlers */
  constructor(stream, context, { onChunk, onLost }) {
    this.#stream = stream;
    this.#context = context;
    this.#node = new AudioWorkletNode(context, 'microphone', {
      numberOfInputs: 1,
      numberOfOutputs: 1,
      channelCount: 1,
      channelCountMode: 'explicit',
    });
    this.#node.port.onmessage = ({ data }) => {
      this.#heard = data.samples;
      onChunk(data);
    };
    // The graph is pulled from its end: a node that leads nowhere would not run.
    context.createMediaStreamSource(stream).connect(this.#node).connect(context.destination);
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
  async close() {
    this.#node.port.onmessage = null;
    this.#node.port.postMessage('close');
    stop(this.#stream);
    await this.#context.close();
  }
}

/** @param {MediaStream} stream */
function stop(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/** @param {unknown} error */
function codedOf(error) {
  const { name, message } = /** @type {DOMException} */ (error);
  if (name === 'NotAllowedError' || name === 'SecurityError') return new CodedError('microphone-denied', message);
  if (['NotFoundError', 'NotReadableError', 'OverconstrainedError', 'AbortError'].includes(name)) {
    return new CodedError('microphone-missing', message);
  }
  return new CodedError('internal', message);
}
