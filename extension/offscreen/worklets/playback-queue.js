/** Speech that waits to be played. It may come in much faster than it is heard, so nothing is dropped below the bound. */

import { SPEAKER_HZ } from '../../lib/pcm.js';

/** Ten minutes of speech; beyond it the newest is given up, so that what is heard stays whole. */
export const MAX_QUEUED_SAMPLES = 600 * SPEAKER_HZ;

export class PlaybackQueue {
  /** Samples that wait. */
  length = 0;
  /** Samples handed out since it was made. */
  played = 0;
  /** Samples given up because it was full. */
  dropped = 0;
  /** @type {Int16Array[]} */
  #chunks = [];
  /** Samples of the first chunk that were handed out. */
  #offset = 0;

  /** @param {Int16Array} samples kept, not copied */
  add(samples) {
    if (this.length + samples.length > MAX_QUEUED_SAMPLES) {
      this.dropped += samples.length;
      return;
    }
    this.#chunks.push(samples);
    this.length += samples.length;
  }

  clear() {
    this.#chunks = [];
    this.#offset = 0;
    this.length = 0;
  }

  /**
   * The next samples in order; silence where there are none.
   * @param {Float32Array} output filled whole
   * @returns {number} how many samples were speech
   */
  read(output) {
    let filled = 0;
    while (filled < output.length && this.#chunks.length > 0) {
      const first = this.#chunks[0];
      const count = Math.min(output.length - filled, first.length - this.#offset);
      for (let index = 0; index < count; index += 1) output[filled + index] = first[this.#offset + index] / 32768;
      filled += count;
      this.#offset += count;
      if (this.#offset === first.length) {
        this.#chunks.shift();
        this.#offset = 0;
      }
    }
    output.fill(0, filled);
    this.length -= filled;
    this.played += filled;
    return filled;
  }
}
