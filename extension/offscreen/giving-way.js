/**
 * Whether the answer gives way to a voice in the microphone. It does a little at the first sign of one, and more as soon as that
 * goes on; and only for a while: what was a cough, or goes on without an interruption by Gemini, was not meant for it. Pure.
 */

import { SpeechDetector } from '../lib/speech-detector.js';

/** Of a chunk of 20 ms each. A wrong guess costs a dip; a late one makes two talk at once. */
const VOICED_CHUNKS = 2;
/** In dBFS. What an echo canceller leaves of the answer is a voice, too, but below this; a person is well above. */
const QUIETEST_DB = -32;
/** For so long a voice is given way to that Gemini does not take for an interruption. */
export const UNCONFIRMED_MS = 2000;
/** After so long without a voice the next is another one. */
const OVER_MS = 700;

/** @typedef {import('./worklets/player.js').Manner} Manner */

export class GivingWay {
  #detector = new SpeechDetector({ voiced: VOICED_CHUNKS, quietest: QUIETEST_DB });
  #began = -Infinity;
  #heardAt = -Infinity;

  /**
   * Told of every chunk, so that it knows the room.
   * @param {{samples: Int16Array, time: number}} chunk of the microphone; time in ms
   * @param {boolean} sounds an answer can be heard
   * @returns {Manner|null} how it gives way, for now
   */
  hear({ samples, time }, sounds) {
    const isNew = !sounds || time - this.#heardAt >= OVER_MS;
    if (!this.#detector.hear(samples)) return sounds && isNew && this.#detector.suspects ? 'dip' : null;
    if (isNew) this.#began = time;
    this.#heardAt = time;
    return sounds && time - this.#began < UNCONFIRMED_MS ? 'soft' : null;
  }
}
