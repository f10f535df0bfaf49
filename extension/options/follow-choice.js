/**
 * The box "Follow me from tab to tab". It holds as soon as it is pressed: the browser asks for a right only while a press is
 * being answered.
 */

import { text } from '../lib/i18n.js';
import { follows, stopFollowing, wantFollowing } from '../lib/following.js';

export class FollowChoice {
  #box;
  #told;
  /** Settles when the last press was answered. */
  #answered = Promise.resolve();

  /** @param {HTMLInputElement} box @param {HTMLElement} told where it is said what became of a press */
  constructor(box, told) {
    this.#box = box;
    this.#told = told;
    box.addEventListener('change', () => {
      this.#answered = this.#change();
    });
  }

  async show() {
    // The page gets the focus back, and shows itself anew, before the press is answered.
    await this.#answered;
    this.#box.checked = await follows();
  }

  async #change() {
    const wanted = this.#box.checked;
    const held = wanted ? await wantFollowing() : await stopFollowing();
    this.#box.checked = held;
    this.#told.textContent = text(held ? 'options_follow_on' : wanted ? 'options_follow_refused' : 'options_follow_off');
  }
}
