/**
 * What goes up of the microphone with push-to-talk: what was captured from shortly before a press until shortly after its
 * release. Where it begins and ends is told by when each chunk was captured, not by when anything arrives here: a busy machine
 * brings all of it late, and not by the same time. Pure.
 *
 * @typedef {import('../lib/kept-audio.js').Chunk} Chunk
 * @typedef {'up'|'held'|'ending'} State nobody presses; somebody does; released, and its tail is still to come
 * @typedef {'press'|'release'|'cut'} Event cut: the microphone is taken away
 */

import { CHUNK_MS } from '../lib/pcm.js';

/** Who presses has often begun to speak, and a device tells late of what it hears. */
export const PREROLL_MS = 200;
/** Who has spoken lets go early; and what was said last comes out of the device some time after it was said. */
export const TAIL_MS = 300;
/** So late may a press be told of. */
export const LATEST_MS = 2000;
/** Presses are counted in 16 bits of a header, from 1. */
const MOST_PRESSES = 0xffff;

/** What each event makes of each state. */
export const STATES = Object.freeze({
  // Released before it was pressed, or twice: nothing was begun.
  up: { press: 'held', release: 'up', cut: 'up' },
  // By another key or button, too, it is the same press.
  held: { press: 'held', release: 'ending', cut: 'up' },
  // Pressed again before its tail is over, it goes on: nothing of what was said between is lost.
  ending: { press: 'held', release: 'ending', cut: 'up' },
});

export class PushToTalk {
  #send;
  /** @type {State} */
  #state = 'up';
  #press = 0;
  /** Captured lately, and not sent. @type {Chunk[]} */
  #recent = [];
  /** Sent of this press are chunks up to this time; none yet. */
  #sentUntil = -Infinity;
  /** What was captured from here on belongs to the press. */
  #from = 0;
  /** And from here on not any more. */
  #until = Infinity;

  /** @param {(chunk: Chunk) => void} send takes chunks with their press; the last of each press has no samples */
  constructor(send) {
    this.#send = send;
  }

  /** The person presses. */
  get isHeld() {
    return this.#state === 'held';
  }

  /** @param {Chunk} chunk of the microphone, in their order */
  hear(chunk) {
    this.#recent.push(chunk);
    this.#flow();
    this.#recent = this.#recent.filter(({ time }) => time > chunk.time - LATEST_MS - PREROLL_MS);
  }

  /** @param {number} moment when, in ms since the Unix epoch @returns {boolean} whether it begins */
  press(moment) {
    const begins = this.#state !== 'held';
    if (this.#state === 'up') this.#from = moment - PREROLL_MS;
    if (begins) this.#until = Infinity;
    this.#move('press');
    return begins;
  }

  /** @param {number} moment */
  release(moment) {
    if (this.#state === 'held') this.#until = moment + TAIL_MS;
    this.#move('release');
  }

  /** Nothing more is heard, whether or not somebody presses. */
  cut() {
    this.#move('cut');
    this.#end();
    this.#recent = [];
  }

  /** @param {Event} event */
  #move(event) {
    this.#state = /** @type {State} */ (STATES[this.#state][event]);
    this.#flow();
  }

  /** Sends what belongs to the press of all that is here. */
  #flow() {
    if (this.#state === 'up') return;
    const waiting = this.#recent;
    this.#recent = [];
    for (const chunk of waiting) {
      if (chunk.time + CHUNK_MS <= this.#from || chunk.time >= this.#until) this.#recent.push(chunk);
      else this.#sendOn(chunk);
    }
    const newest = this.#recent.at(-1)?.time ?? this.#sentUntil;
    if (Math.max(newest, this.#sentUntil) + CHUNK_MS >= this.#until) this.#end();
  }

  /** @param {Chunk} chunk */
  #sendOn(chunk) {
    if (this.#sentUntil === -Infinity) this.#press = (this.#press % MOST_PRESSES) + 1;
    this.#sentUntil = chunk.time;
    this.#send({ ...chunk, press: this.#press });
  }

  #end() {
    const { time, press } = { time: this.#sentUntil, press: this.#press };
    this.#state = 'up';
    this.#until = Infinity;
    this.#sentUntil = -Infinity;
    if (time > -Infinity) this.#send({ samples: new Int16Array(0), time, press });
  }
}
