/** The speaker: 24 kHz mono. What comes faster than it can be heard waits in the worklet. */

import { SPEAKER_HZ } from '../lib/pcm.js';
import { output } from './sound-output.js';

/**
 * @typedef {object} Playback
 * @property {boolean} playing
 * @property {number} turn of the answer that is heard, or was heard last; -1 for none
 * @property {number} heard samples of that answer
 * @property {number} queued samples
 * @property {number} dropped samples
 * @property {number} level 0..1
 *
 * @typedef {import('./worklets/player.js').Manner} Manner
 */

/** The fade, and its way through the device: after that it may be given back. */
const FADING_MS = 100;

export class Speaker {
  /** @type {Playback} */
  playback = { playing: false, turn: -1, heard: 0, queued: 0, dropped: 0, level: 0 };
  #context;
  #node;

  /** @param {() => void} onPlayback `playback` is another one @returns {Promise<Speaker>} */
  static async open(onPlayback) {
    // The least there is: 'interactive' is silent 8 ms later, and ran dry no less often on a busy machine (docs/adr/0024).
    const context = await output.open({ sampleRate: SPEAKER_HZ, latencyHint: 0 });
    try {
      await context.audioWorklet.addModule(new URL('worklets/speaker-worklet.js', import.meta.url));
      return new Speaker(context, onPlayback);
    } catch (error) {
      await context.close();
      throw error;
    }
  }

  /** @param {AudioContext} context @param {() => void} onPlayback */
  constructor(context, onPlayback) {
    this.#context = context;
    this.#node = new AudioWorkletNode(context, 'speaker', { numberOfInputs: 0, outputChannelCount: [1] });
    this.#node.port.onmessage = ({ data }) => {
      this.playback = data;
      onPlayback();
    };
    this.#node.connect(context.destination);
  }

  /** @param {Int16Array} samples its buffer is given away @param {number} turn whose answer it is */
  play(samples, turn) {
    this.#node.port.postMessage({ type: 'play', samples, turn }, [samples.buffer]);
  }

  /** It gives way to a voice, for less than a second: as long as this is said again. @param {Manner} manner */
  soften(manner) {
    this.#node.port.postMessage({ type: 'soften', manner });
  }

  /** Silent after a fade of 5 ms; what waited is gone. */
  clear() {
    this.playback = { ...this.playback, turn: -1, heard: 0 };
    this.#node.port.postMessage({ type: 'clear' });
  }

  async close() {
    this.#node.port.onmessage = null;
    this.clear();
    if (this.playback.playing) await new Promise((resolve) => { setTimeout(resolve, FADING_MS); });
    await this.#context.close();
  }
}
