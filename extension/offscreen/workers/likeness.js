/**
 * Whether what the microphone heard is our own voice out of the speaker. Pure.
 *
 * The waveform tells: each 20 ms that can be heard are laid beside all that was played in the second before, and are ours where the
 * two are alike at one and the same delay, for some 100 ms. Each piece counts by itself, whatever its loudness, for what an
 * echo canceller lets through it lets through in shreds. Delay, room and level need not be known. A voice over the answer is
 * alike to it nowhere.
 */

import { CHUNK_MS, CHUNK_SAMPLES, MICROPHONE_HZ, SPEAKER_HZ, isAudible } from '../../lib/pcm.js';

/** Enough to know a voice again by, and little to compare. */
const WATCH_HZ = 4000;
const PIECE = (WATCH_HZ * CHUNK_MS) / 1000;
/** A high-pass at about 200 Hz: rumble and hum are below it, and are alike to all rumble and hum. */
const HIGH_PASS = 0.76;
/** An echo comes back within a second; what is known of the speaker may be behind by a fifth of one. */
const MOST_DELAY = WATCH_HZ;
const LEAST_DELAY = -WATCH_HZ / 5;
/** Less alike than this, 0..1, two sounds may be by chance. */
const ALIKE = 0.52;
/** What counts of all that came before a piece: some 100 ms. */
const KEPT = 0.8;
/** Below it there is nothing to compare: two sounds of -50 dBFS. */
const LEAST = 1e-3;

/**
 * @param {Int16Array} heard 16 kHz mono, up to now
 * @param {Int16Array} played 24 kHz mono, up to now
 * @returns {{audible: number, ours: number}} pieces of 20 ms of what was heard
 */
export function echoIn(heard, played) {
  const microphone = thin(heard, MICROPHONE_HZ / WATCH_HZ);
  const likeness = new Likeness(thin(played, SPEAKER_HZ / WATCH_HZ));
  const found = { audible: 0, ours: 0 };
  for (let piece = 0; (piece + 1) * CHUNK_SAMPLES <= heard.length; piece += 1) {
    likeness.fade();
    if (!isAudible(heard.subarray(piece * CHUNK_SAMPLES, (piece + 1) * CHUNK_SAMPLES))) continue;
    const from = piece * PIECE;
    found.audible += 1;
    if (likeness.add(microphone.subarray(from, from + PIECE), microphone.length - from) >= ALIKE) found.ours += 1;
  }
  return found;
}

/** How alike what is heard is to what was played, at each delay. */
class Likeness {
  #played;
  /** Of all samples before each. */
  #energies;
  /** What both have in common, and the most that they could have. */
  #common = new Float32Array(MOST_DELAY - LEAST_DELAY);
  #most = new Float32Array(MOST_DELAY - LEAST_DELAY);

  /** @param {Float32Array} played */
  constructor(played) {
    this.#played = played;
    this.#energies = sums(played);
  }

  /** The next piece counts more than those before. */
  fade() {
    for (let delay = 0; delay < this.#common.length; delay += 1) {
      this.#common[delay] *= KEPT;
      this.#most[delay] *= KEPT;
    }
  }

  /**
   * @param {Float32Array} piece
   * @param {number} before now, its first sample
   * @returns {number} 0..1, at the delay at which they are most alike
   */
  add(piece, before) {
    const played = this.#played;
    const own = sums(piece)[PIECE];
    let best = 0;
    for (let delay = 0; delay < this.#common.length; delay += 1) {
      const from = played.length - before - delay - LEAST_DELAY;
      if (from < 0 || from + PIECE > played.length) continue;
      let common = 0;
      for (let index = 0; index < PIECE; index += 1) common += piece[index] * played[from + index];
      this.#common[delay] += common;
      this.#most[delay] += Math.sqrt(own * (this.#energies[from + PIECE] - this.#energies[from]));
      best = Math.max(best, Math.abs(this.#common[delay]) / (this.#most[delay] + LEAST));
    }
    return best;
  }
}

/** @param {Int16Array} samples @param {number} step so many become one @returns {Float32Array} -1..1 */
function thin(samples, step) {
  const thinned = new Float32Array(Math.floor(samples.length / step));
  let last = 0;
  let passed = 0;
  for (let index = 0; index < thinned.length; index += 1) {
    let sum = 0;
    for (let offset = 0; offset < step; offset += 1) sum += samples[index * step + offset];
    const value = sum / step / 32768;
    passed = HIGH_PASS * (passed + value - last);
    last = value;
    thinned[index] = passed;
  }
  return thinned;
}

/** @param {Float32Array} samples @returns {Float64Array} the energy of all samples before each, and of all */
function sums(samples) {
  const energies = new Float64Array(samples.length + 1);
  for (let index = 0; index < samples.length; index += 1) energies[index + 1] = energies[index] + samples[index] ** 2;
  return energies;
}
