/**
 * Makes a soft microphone louder, and another no softer. The browser would do it as well, and with it lift what its echo canceller
 * leaves of an answer (docs/adr/0030). So this one learns from a voice only, and from none while an answer sounds. Pure.
 *
 * @typedef {import('../lib/kept-audio.js').Chunk} Chunk
 */

import { CHUNK_MS, floatToS16, rms } from '../lib/pcm.js';
import { SpeechDetector } from '../lib/speech-detector.js';

/** The louder parts of a voice, in dBFS: what is as loud stays as it is. */
const WANTED_DB = -24;
const MOST_DB = 18;
/** A chunk of voice: some 6 dB a second of talk. What was too much goes five times as fast. */
const UP_DB = 0.2;
const DOWN_DB = 1;
/** So long after an answer its echo may still come. */
const TAIL_MS = 500;

export class Leveller {
  #detector = new SpeechDetector();
  /** What was learned, in dB, and what the last sample was multiplied by. */
  #learned = 0;
  #gain = 1;
  /** Chunks until it learns again. */
  #deaf = 0;

  /**
   * @param {Chunk} chunk of the microphone
   * @param {boolean} sounds an answer can be heard
   * @returns {Chunk} the same, as loud as it should be
   */
  hear(chunk, sounds) {
    this.#deaf = sounds ? TAIL_MS / CHUNK_MS : Math.max(0, this.#deaf - 1);
    if (this.#deaf === 0) this.#learn(chunk.samples);
    const from = this.#gain;
    this.#gain = Math.min(10 ** (this.#learned / 20), most(chunk.samples));
    return from === 1 && this.#gain === 1 ? chunk : { ...chunk, samples: amplified(chunk.samples, from, this.#gain) };
  }

  /** @param {Int16Array} samples */
  #learn(samples) {
    if (!this.#detector.hear(samples) || !this.#detector.suspects) return;
    const wanted = Math.min(MOST_DB, Math.max(0, WANTED_DB - 20 * Math.log10(rms(samples))));
    this.#learned += Math.min(UP_DB, Math.max(-DOWN_DB, wanted - this.#learned));
  }
}

/** By how much it can be multiplied without harm, at least 1. @param {Int16Array} samples */
function most(samples) {
  const peak = samples.reduce((highest, sample) => Math.max(highest, Math.abs(sample)), 1);
  return Math.max(1, 32767 / peak);
}

/** From the one gain to the other, so that nothing clicks. @param {Int16Array} samples @param {number} from @param {number} to */
function amplified(samples, from, to) {
  return samples.map((sample, index) => floatToS16((sample / 32768) * (from + ((to - from) * (index + 1)) / samples.length)));
}
