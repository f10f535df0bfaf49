/** Cuts a stream of samples, however it arrives, into chunks of one length. Pure. */

import { floatToS16 } from '../../lib/pcm.js';

export class Chunker {
  #size;
  #chunk;
  #filled = 0;

  /** @param {number} size samples of a chunk */
  constructor(size) {
    this.#size = size;
    this.#chunk = new Int16Array(size);
  }

  /**
   * @param {Float32Array} samples -1..1
   * @returns {Int16Array[]} the chunks that became full, each in a buffer of its own
   */
  add(samples) {
    const full = [];
    for (const sample of samples) {
      this.#chunk[this.#filled++] = floatToS16(sample);
      if (this.#filled < this.#size) continue;
      full.push(this.#chunk);
      this.#chunk = new Int16Array(this.#size);
      this.#filled = 0;
    }
    return full;
  }
}
