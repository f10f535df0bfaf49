/**
 * What a tab sounded like last: 45 s at most, in memory and nowhere else, of one page that was found clear. Where the tab gave no
 * sound there is silence, so that it is as long as it took. Pure.
 */

import { MICROPHONE_HZ, isAudible } from '../lib/pcm.js';
import { MAX_SOUND_BYTES } from '../lib/protocol.js';

const MOST_SAMPLES = MAX_SOUND_BYTES / 2;
const KEPT_MS = (MOST_SAMPLES * 1000) / MICROPHONE_HZ;
/** A shorter gap is a matter of when chunks come, and not of the tab. */
const GAP_MS = 100;

export class JustSaid {
  /** Goes round: what finds no room at its end goes on at its beginning. @type {Int16Array|null} */
  #ring = null;
  /** Samples that were ever written to it. */
  #written = 0;
  /** When the last was captured, and the last that can be heard; ms since the Unix epoch. */
  #until = -Infinity;
  #heardAt = -Infinity;
  /** Since when its page is clear. */
  #since = NaN;

  /** What was kept of another page is forgotten. @param {number} since when the page of the tab was found clear, Infinity for never */
  follow(since) {
    if (since === this.#since) return;
    this.clear();
    this.#since = since;
  }

  /** @param {import('./tab-sound.js').SoundChunk} chunk in their order */
  hear({ samples, time }) {
    this.#ring ??= new Int16Array(MOST_SAMPLES);
    const gap = this.#written > 0 ? time - this.#until : 0;
    if (gap > GAP_MS) this.#write(new Int16Array(samplesIn(Math.min(gap, KEPT_MS))));
    this.#write(samples.subarray(-MOST_SAMPLES));
    this.#until = time + (samples.length * 1000) / MICROPHONE_HZ;
    if (isAudible(samples)) this.#heardAt = this.#until;
  }

  /**
   * A copy of what was to be heard in the last 45 s; it goes on being kept.
   * @param {number} now ms since the Unix epoch
   * @returns {Uint8Array|null} s16le mono 16 kHz, null where nothing could be heard
   */
  take(now) {
    const oldest = now - KEPT_MS;
    const count = Math.min(this.#written, MOST_SAMPLES, samplesIn(this.#until - oldest));
    if (!this.#ring || this.#heardAt <= oldest || count <= 0) return null;
    const taken = new Int16Array(count);
    const begin = (this.#written - count) % MOST_SAMPLES;
    const first = this.#ring.subarray(begin, begin + count);
    taken.set(first);
    taken.set(this.#ring.subarray(0, count - first.length), first.length);
    return new Uint8Array(taken.buffer);
  }

  /** Nothing is kept any more, and no memory for it. */
  clear() {
    this.#ring = null;
    this.#written = 0;
    this.#until = this.#heardAt = -Infinity;
    this.#since = NaN;
  }

  /** @param {Int16Array} samples no more than there is room for */
  #write(samples) {
    const ring = /** @type {Int16Array} */ (this.#ring);
    const at = this.#written % MOST_SAMPLES;
    const room = MOST_SAMPLES - at;
    ring.set(samples.subarray(0, room), at);
    ring.set(samples.subarray(room));
    this.#written += samples.length;
  }
}

/** @param {number} ms */
function samplesIn(ms) {
  return Math.round((ms * MICROPHONE_HZ) / 1000);
}
