/**
 * What the microphone heard while nobody could listen yet. Bounded by time: when it is full, long silences go first, for
 * half a minute of words is more than half a minute; then the oldest, since what was said last matters most.
 */

import { MICROPHONE_HZ, isAudible } from './pcm.js';

/**
 * @typedef {object} Chunk
 * @property {Int16Array} samples 16 kHz mono
 * @property {Int16Array} [under] what the tab sounded like meanwhile; as long
 * @property {number} time ms since the Unix epoch, of the first sample
 * @property {number} [sequence] its number on the wire, when it was sent before
 * @property {number} [press] with push-to-talk, the press that it belongs to; without samples it says that the press is over
 *
 * @typedef {{chunk: Chunk, audible: boolean}} Kept
 */

export const KEPT_MS = 30_000;
/** So much of a silence stays: without its pauses nobody understands a sentence. In chunks of 20 ms. */
const PAUSE_CHUNKS = 30;

export class KeptAudio {
  /** @type {Kept[]} */
  #chunks = [];
  #samples = 0;
  #audible = 0;
  #lost = 0;
  #limitMs;
  /** Silence goes first. */
  #thins = true;

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
    const kept = keptOf(chunk);
    this.#chunks.push(kept);
    this.#count(kept, 1);
    this.#fit();
  }

  /** What was taken and is wanted again, before all else. @param {Chunk[]} chunks */
  putBack(chunks) {
    const kept = chunks.map(keptOf);
    this.#chunks.unshift(...kept);
    for (const each of kept) this.#count(each, 1);
    this.#fit();
  }

  /**
   * From here on this much is kept. What goes for it was not wanted: it does not count as lost.
   * @param {number} limitMs
   * @param {{thins: boolean}} how thins: silence goes first, not what is oldest
   */
  limitTo(limitMs, { thins }) {
    this.#limitMs = limitMs;
    this.#thins = thins;
    const lost = this.#lost;
    this.#fit();
    this.#lost = lost;
  }

  /** Everything, oldest first; afterwards it is empty. @returns {Chunk[]} */
  take() {
    const chunks = this.#chunks.map(({ chunk }) => chunk);
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
    while (this.durationMs > this.#limitMs) {
      const [gone] = this.#chunks.splice(this.#thins ? this.#longSilence() : 0, 1);
      this.#count(gone, -1);
      if (gone.audible) this.#lost += gone.chunk.samples.length;
    }
  }

  /** Where the oldest silence is that is longer than a pause; 0 where there is none. */
  #longSilence() {
    let silent = 0;
    const end = this.#chunks.findIndex(({ chunk, audible }) => {
      // Where a press is over there is nothing to be gained, and much to be lost.
      silent = audible || chunk.samples.length === 0 ? 0 : silent + 1;
      return silent > PAUSE_CHUNKS;
    });
    return Math.max(0, end);
  }

  /** @param {Kept} kept @param {1|-1} sign */
  #count({ chunk: { samples }, audible }, sign) {
    this.#samples += sign * samples.length;
    if (audible) this.#audible += sign * samples.length;
  }
}

/** @param {Chunk} chunk @returns {Kept} */
function keptOf(chunk) {
  return { chunk, audible: isAudible(chunk.samples) };
}

/** @param {number} samples */
function milliseconds(samples) {
  return (samples * 1000) / MICROPHONE_HZ;
}
