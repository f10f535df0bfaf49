/**
 * Whose word it is, where a tab sounds as well: an answer's as long as it sounds; the person's while they speak or press; else
 * nobody's. Told by the microphone alone. Pure.
 */

import { SpeechDetector } from '../lib/speech-detector.js';

/** As where an answer gives way (giving-way.js): what an echo canceller leaves of the tab is below this. */
const VOICED_CHUNKS = 2;
const QUIETEST_DB = -32;
/** Between two words it is still theirs. */
const OVER_MS = 700;

/** @typedef {'nobody'|'person'|'gemini'} Word */

export class Precedence {
  #detector = new SpeechDetector({ voiced: VOICED_CHUNKS, quietest: QUIETEST_DB });
  #heardAt = -Infinity;
  #now = 0;

  /** @param {{samples: Int16Array, time: number}} chunk of the microphone; time in ms */
  hear({ samples, time }) {
    this.#now = time;
    if (this.#detector.hear(samples)) this.#heardAt = time;
  }

  /**
   * @param {{sounds: boolean, held: boolean}} now sounds: an answer can be heard; held: the person presses to be heard
   * @returns {Word}
   */
  word({ sounds, held }) {
    if (sounds) return 'gemini';
    return held || this.#now - this.#heardAt < OVER_MS ? 'person' : 'nobody';
  }
}
