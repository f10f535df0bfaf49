/**
 * What the microphone heard while nobody could listen yet. Bounded by time: when it is full the oldest goes, since what
 * was said last matters most.
 */

import { MICROPHONE_HZ } from './pcm.js';

/**
 * @typedef {object} Chunk
 * @property {Int16Array} samples 16 kHz mono
 * @property {number} time ms since the Unix epoch, of the first sample
 */

export const KEPT_MS = 30_000;

export class KeptAudio {
  /** How many chunks were given up because it was full. */
  dropped = 0;
  /** @type {Chunk[]} */
  #chunks = [];
  #samples = 0;
  #limit;

  /** @param {number} [limitMs] */
  constructor(limitMs = KEPT_MS) {
    this.#limit = (limitMs * MICROPHONE_HZ) / 1000;
  }

  get durationMs() {
    return (this.#samples * 1000) / MICROPHONE_HZ;
  }

  /** @param {Chunk} chunk */
  add(chunk) {
    this.#chunks.push(chunk);
    this.#samples += chunk.samples.length;
    while (this.#samples > this.#limit) {
      const oldest = /** @type {Chunk} */ (this.#chunks.shift());
      this.#samples -= oldest.samples.length;
      this.dropped += 1;
    }
  }

  /** Everything, oldest first; afterwards it is empty. @returns {Chunk[]} */
  take() {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#samples = 0;
    return chunks;
  }
}
