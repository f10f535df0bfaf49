/**
 * A short sound when the connection is lost, falling, and one when it is back, rising. A gap that is over before anybody
 * has noticed makes none.
 */

import { output } from './sound-output.js';

/** @typedef {'loss'|'return'} Chime */

export const UNNOTICED_MS = 1_000;
const PITCHES_HZ = { loss: [660, 440], return: [440, 660] };
const NOTE_S = 0.12;
const LOUDNESS = 0.08;

export class Chimes {
  /** The person wants them. */
  enabled = false;
  #play;
  #lost = false;
  #speaking = false;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #timer;

  /** @param {(chime: Chime) => void} play */
  constructor(play) {
    this.#play = play;
  }

  /** An answer that sounds is not spoken into. @param {Pick<import('../lib/status.js').Status, 'state'|'activity'>} status now */
  follow({ state, activity }) {
    this.#speaking = activity === 'speaking';
    if (state === 'reconnecting') {
      this.#timer ??= setTimeout(() => {
        this.#lost = true;
        this.#sound('loss');
      }, UNNOTICED_MS);
      return;
    }
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lost && (state === 'live' || state === 'parked')) this.#sound('return');
    this.#lost = false;
  }

  /** @param {Chime} chime */
  #sound(chime) {
    if (this.enabled && !this.#speaking) this.#play(chime);
  }
}

/** Two notes. @param {Chime} chime */
export async function playChime(chime) {
  const context = await output.open();
  const oscillator = new OscillatorNode(context);
  const gain = new GainNode(context, { gain: 0 });
  const begin = context.currentTime + 0.05;
  PITCHES_HZ[chime].forEach((hz, index) => oscillator.frequency.setValueAtTime(hz, begin + index * NOTE_S));
  // Faded in and out: a tone that is cut clicks.
  const end = begin + PITCHES_HZ[chime].length * NOTE_S;
  gain.gain.setValueAtTime(0, begin);
  gain.gain.linearRampToValueAtTime(LOUDNESS, begin + 0.02);
  gain.gain.setValueAtTime(LOUDNESS, end - 0.04);
  gain.gain.linearRampToValueAtTime(0, end);
  oscillator.connect(gain).connect(context.destination);
  oscillator.onended = () => void context.close();
  oscillator.start(begin);
  oscillator.stop(end);
}
