/**
 * The tab's sound under the voice of the person. The microphone is the clock: each of its chunks gets the next of the tab's, or
 * silence. Whose word it is decides how loud the tab is under it. Pure.
 *
 * @typedef {import('./precedence.js').Word} Word
 */

import { CHUNK_MS } from '../lib/pcm.js';

/** What waits longer is told too late; the oldest goes. A second: it comes in bursts, for it is held until its page was found clear. */
export const MOST_WAITING = 1000 / CHUNK_MS;
/** What a film says must not be taken for the person's word, and must not interrupt an answer. @type {Readonly<Record<Word, number>>} */
const GAINS = Object.freeze({ nobody: 0.5, person: 0.1, gemini: 0 });
/** Down at once, within a chunk; up in 300 ms. */
const RISE = (GAINS.nobody * CHUNK_MS) / 300;

export class Mixer {
  /** Oldest first. @type {Int16Array[]} */
  #waiting = [];
  /** At the end of the last chunk. */
  #gain = 0;

  /** @param {Int16Array} samples of the tab, 20 ms at 16 kHz */
  add(samples) {
    this.#waiting.push(samples);
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
  }

  /**
   * Asked once for each chunk of the microphone.
   * @param {Word} word whose it is now
   * @returns {Int16Array|null} what lies under that chunk; null for silence
   */
  next(word) {
    const samples = this.#waiting.shift();
    const from = this.#gain;
    const to = samples ? Math.min(GAINS[word], from + RISE) : 0;
    this.#gain = to;
    if (!samples || (from === 0 && to === 0)) return null;
    return samples.map((sample, index) => sample * (from + ((to - from) * (index + 1)) / samples.length));
  }

  /** Nothing of what waits is heard. */
  clear() {
    this.#waiting = [];
  }
}

/**
 * @param {Int16Array} voice
 * @param {Int16Array|null|undefined} under as long
 * @returns {Int16Array} both; a sum out of range is clamped
 */
export function mix(voice, under) {
  if (!under) return voice;
  return voice.map((sample, index) => Math.max(-32768, Math.min(32767, sample + under[index])));
}
