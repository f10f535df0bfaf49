/** The speaker: 24 kHz mono. What comes faster than it can be heard waits in the worklet. */

import { SPEAKER_HZ } from '../lib/pcm.js';

/**
 * @typedef {object} Playback
 * @property {boolean} playing
 * @property {number} played samples since the speaker was opened
 * @property {number} queued samples
 * @property {number} dropped samples
 * @property {number} level 0..1
 */

export class Speaker {
  /** @type {Playback} */
  playback = { playing: false, played: 0, queued: 0, dropped: 0, level: 0 };
  #context;
  #node;

  /** @param {() => void} onChange playing began or ended @returns {Promise<Speaker>} */
  static async open(onChange) {
    const context = new AudioContext({ sampleRate: SPEAKER_HZ, latencyHint: 'interactive' });
    try {
      await context.audioWorklet.addModule(new URL('worklets/speaker-worklet.js', import.meta.url));
      return new Speaker(context, onChange);
    } catch (error) {
      await context.close();
      throw error;
    }
  }

  /** @param {AudioContext} context @param {() => void} onChange */
  constructor(context, onChange) {
    this.#context = context;
    this.#node = new AudioWorkletNode(context, 'speaker', { numberOfInputs: 0, outputChannelCount: [1] });
    this.#node.port.onmessage = ({ data }) => {
      const changed = data.playing !== this.playback.playing;
      this.playback = data;
      if (changed) onChange();
    };
    this.#node.connect(context.destination);
  }

  /** @param {Int16Array} samples its buffer is given away */
  play(samples) {
    this.#node.port.postMessage({ type: 'play', samples }, [samples.buffer]);
  }

  /** Silent within one quantum; what waited is gone. */
  clear() {
    this.#node.port.postMessage({ type: 'clear' });
  }

  async close() {
    this.#node.port.onmessage = null;
    await this.#context.close();
  }
}
