/**
 * What is heard of the speech that waits: nothing begins or ends but in a fade, whatever the reason. Pure.
 *
 * The gain is never higher than what can still be faded to nothing with the samples that are left of the run. So it needs to
 * know of no reason: the end of an answer, sound that does not come in time and an interruption are all a run that is over.
 */

import { SPEAKER_HZ } from '../../lib/pcm.js';
import { PlaybackQueue } from './playback-queue.js';

/** 5 ms: too short to be heard as a fade, too long for a click. */
export const FADE_SAMPLES = SPEAKER_HZ / 200;
/**
 * How it gives way to a voice: by 18 dB for 0.4 s, or to what may be one by 9 dB for 0.1 s.
 * @typedef {'dip'|'soft'} Manner
 * @type {{[manner in Manner]: {gain: number, samples: number}}}
 */
export const MANNERS = {
  dip: { gain: 0.35, samples: SPEAKER_HZ / 10 },
  soft: { gain: 1 / 8, samples: (SPEAKER_HZ * 2) / 5 },
};
/** From loud to soft it takes 10 ms, and back 0.2 s. */
const SOFTEN_STEP = (1 - MANNERS.soft.gain) / (SPEAKER_HZ / 100);
const RISE_STEP = (1 - MANNERS.soft.gain) / (SPEAKER_HZ / 5);
/** Where sound did not come in time, so much is waited for before the answer goes on, or for so long: one gap, not many. */
export const CUSHION_SAMPLES = SPEAKER_HZ / 10;

export class Player {
  /** Of the answer that is heard or was heard last: its turn, -1 for none, and samples of it so far. */
  turn = -1;
  heard = 0;
  #queue = new PlaybackQueue();
  #gain = 0;
  /** Of the answer as such, beside its fades. */
  #loudness = 1;
  /** How soft it is, and for how many samples yet. */
  #softGain = 1;
  #soft = 0;
  /** Samples since sound came again after it had not come in time; `null` while none is missing. @type {number|null} */
  #waited = null;

  /** Samples that wait. */
  get queued() {
    return this.#queue.length;
  }

  /** Samples given up because there was no room. */
  get dropped() {
    return this.#queue.dropped;
  }

  /** @param {Int16Array} samples kept, not copied @param {number} turn whose answer it is */
  add(samples, turn) {
    this.#queue.add(samples, turn);
  }

  /** What waits is not heard, but for the fade of what is. Turns may be numbered anew from here on. */
  cut() {
    this.#queue.cut(Math.round(this.#gain * FADE_SAMPLES));
    this.turn = -1;
    this.heard = 0;
    this.#waited = null;
  }

  /** It gives way for a while, or for another while. @param {Manner} manner */
  soften(manner) {
    const { gain, samples } = MANNERS[manner];
    this.#softGain = gain;
    this.#soft = samples;
  }

  /**
   * The next samples in order; silence where there are none.
   * @param {Float32Array} output filled whole
   * @returns {number} how many samples were speech
   */
  read(output) {
    let filled = 0;
    while (filled < output.length && this.#isReady(output.length)) filled += this.#readRun(output, filled);
    output.fill(0, filled);
    if (filled === 0) this.#beLoud();
    return filled;
  }

  /** @param {number} passing samples that pass while it is not */
  #isReady(passing) {
    const { first } = this.#queue;
    if (!first) return false;
    if (this.#waited === null || first.turn !== this.turn) return true;
    if (Math.max(this.#waited, first.left) >= CUSHION_SAMPLES) return true;
    this.#waited += passing;
    return false;
  }

  /** @param {Float32Array} output @param {number} from */
  #readRun(output, from) {
    const { turn, left, open } = /** @type {import('./playback-queue.js').Run} */ (this.#queue.first);
    const count = this.#queue.read(output, from);
    for (let index = 0; index < count; index += 1) {
      this.#gain = Math.min(1, this.#gain + 1 / FADE_SAMPLES, (left - index) / FADE_SAMPLES);
      output[from + index] *= this.#gain * this.#nextLoudness();
    }
    this.heard = count + (turn === this.turn ? this.heard : 0);
    this.turn = turn;
    const isOver = count === left;
    if (isOver) this.#gain = 0;
    this.#waited = isOver && open ? 0 : null;
    return count;
  }

  #nextLoudness() {
    const wanted = this.#soft > 0 ? this.#softGain : 1;
    this.#soft -= 1;
    const isLouder = this.#loudness > wanted;
    this.#loudness = isLouder ? Math.max(wanted, this.#loudness - SOFTEN_STEP) : Math.min(wanted, this.#loudness + RISE_STEP);
    return this.#loudness;
  }

  /** The next answer gave way to nobody yet. */
  #beLoud() {
    this.#soft = 0;
    this.#loudness = 1;
  }
}
