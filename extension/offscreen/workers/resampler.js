/**
 * Turns a stream of samples into another rate: a low-pass filter (windowed sinc, Hann) evaluated at the times of the new
 * samples. Pure. Each block continues the one before, so that nothing is heard of where they were cut; and each gives as many
 * samples as its time has, so that whoever waits for a chunk of them does not wait for another block.
 */

/** Zero crossings of the sinc on either side; more is a steeper filter and a longer delay (here 1 ms at 16 kHz). */
const WINGS = 16;
/** Of the lower of the two bandwidths; the rest is for the filter to fall off. */
const PASS = 0.92;

export class Resampler {
  /** How far what comes out is behind what went in. */
  delayMs;
  #step;
  #offset;
  #filters;
  /** Samples that later ones still need, oldest first. */
  #kept;
  /** Where the next output lies, in steps of 1/#phases after the first kept sample's filter. */
  #at = 0;
  #phases;

  /** @param {number} from Hz @param {number} to Hz */
  constructor(from, to) {
    const divisor = gcd(from, to);
    this.#phases = to / divisor;
    this.#step = from / divisor;
    const cutoff = PASS * Math.min(1, to / from);
    const half = Math.ceil(WINGS / cutoff);
    this.#offset = 2 * half;
    this.delayMs = (1000 * half) / from;
    this.#kept = new Float32Array(2 * half); // Silence before the beginning.
    this.#filters = Array.from({ length: this.#phases }, (_, phase) => filter(half, cutoff, phase / this.#phases));
  }

  /**
   * @param {Float32Array} samples at the first rate
   * @returns {Float32Array} those at the second that can be known by now
   */
  add(samples) {
    const input = new Float32Array(this.#kept.length + samples.length);
    input.set(this.#kept);
    input.set(samples, this.#kept.length);
    const last = input.length - this.#offset - 1;
    const count = Math.max(0, Math.floor((last * this.#phases + this.#phases - 1 - this.#at) / this.#step) + 1);
    const output = new Float32Array(last < 0 ? 0 : count);
    for (let index = 0; index < output.length; index += 1) {
      const first = Math.floor(this.#at / this.#phases);
      const taps = this.#filters[this.#at % this.#phases];
      let sum = 0;
      for (let tap = 0; tap < taps.length; tap += 1) sum += input[first + tap] * taps[tap];
      output[index] = sum;
      this.#at += this.#step;
    }
    const used = Math.min(Math.floor(this.#at / this.#phases), input.length);
    this.#at -= used * this.#phases;
    this.#kept = input.slice(used);
    return output;
  }
}

/**
 * @param {number} half samples on either side
 * @param {number} cutoff 0..1 of the input's bandwidth
 * @param {number} fraction where between two input samples the output lies, 0..1
 */
function filter(half, cutoff, fraction) {
  const taps = Float32Array.from({ length: 2 * half + 1 }, (_, tap) => {
    const time = tap - half - fraction;
    const window = Math.abs(time) > half ? 0 : 0.5 + 0.5 * Math.cos((Math.PI * time) / half);
    return window * cutoff * sinc(cutoff * time);
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

/** @param {number} time */
function sinc(time) {
  return time === 0 ? 1 : Math.sin(Math.PI * time) / (Math.PI * time);
}

/** @param {number} first @param {number} second @returns {number} */
function gcd(first, second) {
  return second === 0 ? first : gcd(second, first % second);
}
