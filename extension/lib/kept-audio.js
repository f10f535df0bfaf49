/**
 * What the microphone heard while nobody could listen yet. Bounded by time: when it is full the oldest goes, since what
 * was said last matters most.
 */

import { MICROPHONE_HZ, isAudible } from './pcm.js';

/**
 * @typedef {object} Chunk
 * @property {Int16Array} samples 16 kHz mono
 * @property {number} time ms since the Unix epoch, of the first sample
 * @property {number} [sequence] its number on the wire, when it was sent before
 */

export const KEPT_MS = 30_000;

export class KeptAudio {
  /** @type {Chunk[]} */
  #chunks = [];
  #samples = 0;
  #audible = 0;
  #lost = 0;
  #limitMs;

  /** @param {number} [limitMs] */
  constructor(limitMs = KEPT_MS) {
    this.#limitMs = limitMs;
  }

  get durationMs() {
    return milliseconds(this.#samples);
  }

  /** How much of it can be heard: silence is kept too, but nobody said it. */
  get audibleMs() {
    return milliseconds(this.#audible);
  }

  /** @param {Chunk} chunk */
  add(chunk) {
    this.#chunks.push(chunk);
    this.#count(chunk, 1);
    this.#fit();
  }

  /** What was taken and is wanted again, before all else. @param {Chunk[]} chunks */
  putBack(chunks) {
    this.#chunks.unshift(...chunks);
    for (const chunk of chunks) this.#count(chunk, 1);
    this.#fit();
  }

  /** From here on this much is kept. What goes for it was not wanted: it does not count as lost. @param {number} limitMs */
  limitTo(limitMs) {
    this.#limitMs = limitMs;
    const lost = this.#lost;
    this.#fit();
    this.#lost = lost;
  }

  /** Everything, oldest first; afterwards it is empty. @returns {Chunk[]} */
  take() {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#samples = 0;
    this.#audible = 0;
    return chunks;
  }

  /** How much that could be heard was given up because it was full, in ms, since this was last asked. */
  takeLostMs() {
    const lost = milliseconds(this.#lost);
    this.#lost = 0;
    return lost;
  }

  #fit() {
    let first = 0;
    while (this.durationMs > this.#limitMs) {
      const oldest = this.#chunks[first];
      first += 1;
      this.#count(oldest, -1);
      if (isAudible(oldest.samples)) this.#lost += oldest.samples.length;
    }
    if (first > 0) this.#chunks.splice(0, first);
  }

  /** @param {Chunk} chunk @param {1|-1} sign */
  #count({ samples }, sign) {
    this.#samples += sign * samples.length;
    if (isAudible(samples)) this.#audible += sign * samples.length;
  }
}

/** @param {number} samples */
function milliseconds(samples) {
  return (samples * 1000) / MICROPHONE_HZ;
}
