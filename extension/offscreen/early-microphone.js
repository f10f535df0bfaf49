/**
 * The microphone of a start that was pressed while there was no document: it is opened ahead of the conversation, whose
 * modules take longer to come than a person takes to begin to speak. Its sound waits in the browser until the conversation
 * takes it over. Once the conversation has asked for a microphone, nothing is opened ahead of it any more.
 *
 * @typedef {import('../lib/settings.js').Device} Device
 * @typedef {import('./sound-input.js').SoundInput} SoundInput
 */

import { WAITING_MS, openInput } from './sound-input.js';

export class EarlyMicrophone {
  #open;
  /** `over`: the conversation has asked, or never came. @type {'before'|'ahead'|'over'} */
  #state = 'before';
  /** What was opened ahead, and its end where nobody takes it. @type {{chosen: Device, input: Promise<SoundInput>, end: ReturnType<typeof setTimeout>}|null} */
  #waiting = null;

  /** @param {typeof openInput} [open] */
  constructor(open = openInput) {
    this.#open = open;
  }

  /** A start that was pressed will want this one. @param {Device} chosen */
  open(chosen) {
    if (this.#state !== 'before') return;
    this.#state = 'ahead';
    const input = this.#open(chosen);
    input.catch(() => {}); // Who takes it is told.
    this.#waiting = { chosen, input, end: setTimeout(() => this.#letGo()?.then(stop, () => {}), WAITING_MS) };
  }

  /**
   * The one that was opened ahead, if it is the one that is wanted, or another.
   * @param {Device} chosen
   * @returns {Promise<SoundInput>}
   * @throws {DOMException} the browser's refusal
   */
  take(chosen) {
    const isWanted = this.#waiting?.chosen.id === chosen.id && this.#waiting.chosen.label === chosen.label;
    const input = this.#letGo();
    if (!input) return this.#open(chosen);
    if (isWanted) return input.then((ahead) => (ahead.track.readyState === 'ended' ? this.#open(chosen) : ahead));
    input.then(stop, () => {});
    return this.#open(chosen);
  }

  #letGo() {
    this.#state = 'over';
    const waiting = this.#waiting;
    this.#waiting = null;
    clearTimeout(waiting?.end);
    return waiting?.input;
  }
}

/** The one of this document. */
export const early = new EarlyMicrophone();

/** @param {SoundInput} input */
function stop({ track }) {
  track.stop();
}
