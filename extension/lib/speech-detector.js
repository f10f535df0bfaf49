/**
 * Hears whether somebody begins to speak. Pure; told of sound in chunks of 20 ms.
 *
 * Loud is not enough: a fan, a click and typing are loud as well. Voice is louder than what went before and has a pitch,
 * and it lasts: five such chunks out of ten. What is merely whispered is not heard.
 */

import { CHUNK_MS, MICROPHONE_HZ, rms } from './pcm.js';

/** Above the noise by this much, in dB, it may be voice; and once it may, by this much it still is. */
const ENTER_DB = 9;
const STAY_DB = 5;
/** Quieter than this, in dBFS, nobody speaks to a microphone. */
const QUIETEST_DB = -52;
/** What a room is used to in which nothing at all was heard, in dBFS. */
const STILL_DB = -60;
/** The noise is believed to sink at once and to rise by so many dB a chunk: 4 dB a second, and beside voice a quarter of it. */
const RISE_DB = 0.08;
const RISE_BESIDE_VOICE_DB = 0.02;
/** How long voice must last, in chunks, out of the newest. */
const VOICED_CHUNKS = 5;
const NEWEST_CHUNKS = 10;

/** The pitches of voices, as the length of a period in samples: 400 Hz down to 75 Hz. */
const SHORTEST_PERIOD = Math.round(MICROPHONE_HZ / 400);
const LONGEST_PERIOD = Math.round(MICROPHONE_HZ / 75);
/** A period is looked for in this much sound: two of the longest. */
const WINDOW = 2 * LONGEST_PERIOD;
/** How alike one period is to the next, 0..1, where there is a pitch. */
const ALIKE = 0.6;
/** A high-pass at about 100 Hz: rumble and hum are below it. */
const HIGH_PASS = 0.96;

export class SpeechDetector {
  #enough;
  #quietest;
  /** What it is used to, in dBFS. @type {number|null} */
  #floor = null;
  /** Of the newest chunks, whether each was voice. @type {boolean[]} */
  #newest = [];
  #window = new Float32Array(WINDOW);
  #last = 0;
  #passed = 0;

  /** @param {{voiced?: number, quietest?: number}} [how] how many of the newest chunks are enough; in dBFS, below which nobody speaks */
  constructor({ voiced = VOICED_CHUNKS, quietest = QUIETEST_DB } = {}) {
    this.#enough = voiced;
    this.#quietest = quietest;
  }

  /** The chunk that was heard last may be voice; whether it is, only more of them can tell. */
  get suspects() {
    return this.#newest.at(-1) ?? false;
  }

  /**
   * @param {Int16Array} samples 20 ms, 16 kHz mono
   * @returns {boolean} whether somebody speaks
   */
  hear(samples) {
    if (rms(samples) === 0) {
      // Muted is not quiet: the noise of the room does not begin when the microphone is opened again.
      this.#floor ??= STILL_DB;
      this.#newest = [];
      return false;
    }
    const level = this.#take(samples);
    const floor = Math.min(this.#floor ?? level, level);
    const voice = level > Math.max(this.#quietest, floor + (this.#newest.at(-1) ? STAY_DB : ENTER_DB)) && this.#hasPitch();
    this.#floor = Math.max(-90, floor) + (voice ? RISE_BESIDE_VOICE_DB : RISE_DB);
    this.#newest = [...this.#newest, voice].slice(-NEWEST_CHUNKS);
    return this.#newest.filter(Boolean).length >= this.#enough;
  }

  /** Into the window, without what is too low for a voice. @param {Int16Array} samples @returns {number} its level in dBFS */
  #take(samples) {
    this.#window.copyWithin(0, samples.length);
    let sum = 0;
    samples.forEach((sample, index) => {
      const value = sample / 32768;
      this.#passed = HIGH_PASS * (this.#passed + value - this.#last);
      this.#last = value;
      sum += this.#passed * this.#passed;
      this.#window[WINDOW - samples.length + index] = this.#passed;
    });
    return 10 * Math.log10(sum / samples.length + 1e-12);
  }

  /** Whether it repeats itself at the pace of a voice. */
  #hasPitch() {
    let best = 0;
    for (let period = SHORTEST_PERIOD; period <= LONGEST_PERIOD; period += 1) best = Math.max(best, this.#likeness(period));
    return best > ALIKE;
  }

  /** @param {number} period samples @returns {number} how alike the window is to itself so much later, -1..1 */
  #likeness(period) {
    const window = this.#window;
    let both = 0;
    let one = 1e-12;
    let other = 1e-12;
    for (let index = period; index < WINDOW; index += 1) {
      both += window[index] * window[index - period];
      one += window[index] * window[index];
      other += window[index - period] * window[index - period];
    }
    return both / Math.sqrt(one * other);
  }
}

/** After so long without a voice the next is another beginning. */
const OVER_MS = 700;

/** Hears when speech begins, once for each time. Pure; told of every chunk. */
export class SpeechOnset {
  #detector = new SpeechDetector();
  #heardAt = -Infinity;

  /** @param {{samples: Int16Array, time: number}} chunk time in ms @returns {number|null} when it began; null when none just did */
  hear({ samples, time }) {
    if (!this.#detector.hear(samples)) return null;
    const goesOn = time - this.#heardAt < OVER_MS;
    this.#heardAt = time;
    return goesOn ? null : time - NEWEST_CHUNKS * CHUNK_MS;
  }
}
