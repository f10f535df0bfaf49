/**
 * Speech that waits to be played, in runs: what is in one run follows on from sample to sample; between two runs something
 * may be missing. It may come in much faster than it is heard, so nothing is dropped below the bound. Pure.
 *
 * @typedef {object} Run
 * @property {number} turn whose answer it is
 * @property {number} left samples that wait; more may come while it is open
 * @property {boolean} open
 * @property {Int16Array[]} chunks
 * @property {number} offset samples of the first chunk that were handed out
 */

import { SPEAKER_HZ } from '../../lib/pcm.js';

/** Ten minutes of speech; beyond it the newest is given up, so that what is heard stays whole. */
export const MAX_QUEUED_SAMPLES = 600 * SPEAKER_HZ;

export class PlaybackQueue {
  /** Samples that wait. */
  length = 0;
  /** Samples given up because it was full. */
  dropped = 0;
  /** None is empty. @type {Run[]} */
  #runs = [];

  /** What is next. @returns {Readonly<Run>|undefined} */
  get first() {
    return this.#runs[0];
  }

  /** @param {Int16Array} samples kept, not copied @param {number} turn */
  add(samples, turn) {
    const last = this.#runs.at(-1);
    if (this.length + samples.length > MAX_QUEUED_SAMPLES) {
      this.dropped += samples.length;
      if (last) last.open = false;
      return;
    }
    if (samples.length === 0) return;
    this.length += samples.length;
    if (last?.open && last.turn === turn) {
      last.chunks.push(samples);
      last.left += samples.length;
    } else {
      this.#runs.push({ turn, left: samples.length, open: true, chunks: [samples], offset: 0 });
    }
  }

  /** All but the next so many samples are not wanted any more. @param {number} kept */
  cut(kept) {
    const [first] = this.#runs;
    const left = Math.min(kept, first?.left ?? 0);
    if (left > 0) Object.assign(first, { left, open: false });
    this.#runs = left > 0 ? [first] : [];
    this.length = left;
  }

  /**
   * The next samples of the first run, and none of another.
   * @param {Float32Array} output
   * @param {number} from where in it they begin
   * @returns {number} how many there were
   */
  read(output, from) {
    const [run] = this.#runs;
    const wanted = Math.min(output.length - from, run?.left ?? 0);
    let filled = 0;
    while (filled < wanted) {
      const [chunk] = run.chunks;
      const count = Math.min(wanted - filled, chunk.length - run.offset);
      for (let index = 0; index < count; index += 1) output[from + filled + index] = chunk[run.offset + index] / 32768;
      filled += count;
      run.offset += count;
      if (run.offset === chunk.length) {
        run.chunks.shift();
        run.offset = 0;
      }
    }
    this.length -= filled;
    if (run) run.left -= filled;
    if (run?.left === 0) this.#runs.shift();
    return filled;
  }
}
