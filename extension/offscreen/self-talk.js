/**
 * Whether Gemini interrupts itself: it was interrupted, and what the microphone heard just before was mostly its own voice. Once
 * may be a chance; twice within a minute it will go on so. Only what was heard and played last is kept, and nothing is looked at
 * before an interruption. Times in ms.
 *
 * @typedef {import('../lib/kept-audio.js').Chunk} Chunk
 * @typedef {typeof import('./echo.js').findEcho} FindEcho
 *
 * @typedef {object} Given to the speaker
 * @property {number} turn
 * @property {number} end samples of that answer up to its end
 * @property {Int16Array} samples 24 kHz mono
 */

import { CHUNK_MS, SPEAKER_HZ, isAudible } from '../lib/pcm.js';

/** What Gemini takes for an interruption it heard within 2 s. */
const HEARD_CHUNKS = 2000 / CHUNK_MS;
/** An echo comes back within a second. */
const PLAYED_SAMPLES = 3 * SPEAKER_HZ;
/** An answer may be far ahead of what is heard of it. Beyond this what is heard now is not known: it is not looked for. */
const MAX_GIVEN_SAMPLES = 120 * SPEAKER_HZ;
/** Nobody takes less for a voice: a tenth of a second. */
const LEAST_PIECES = 100 / CHUNK_MS;
const SOON_MS = 60_000;

export class SelfTalk {
  #findEcho;
  /** @type {Chunk[]} */
  #heard = [];
  /** @type {Given[]} */
  #given = [];
  #kept = 0;
  #interrupted = -Infinity;

  /** @param {FindEcho} findEcho */
  constructor(findEcho) {
    this.#findEcho = findEcho;
  }

  /** @param {Chunk} chunk of the microphone */
  hear(chunk) {
    this.#heard.push(chunk);
    if (this.#heard.length > HEARD_CHUNKS) this.#heard.shift();
  }

  /** The speaker is given this. @param {number} turn @param {Int16Array} samples copied */
  give(turn, samples) {
    const last = this.#given.at(-1);
    const begin = last?.turn === turn ? last.end : 0;
    this.#given.push({ turn, end: begin + samples.length, samples: samples.slice() });
    this.#kept += samples.length;
    while (this.#kept > MAX_GIVEN_SAMPLES) this.#drop();
  }

  /** What was played long before is not needed any more. @param {{turn: number, heard: number}} playback of the speaker */
  follow({ turn, heard }) {
    const needed = this.#given.findIndex((given) => given.turn === turn && given.end > heard - PLAYED_SAMPLES);
    for (let count = 0; count < needed; count += 1) this.#drop();
  }

  /** The speaker is silent, and what waits is gone. */
  forget() {
    this.#given = [];
    this.#kept = 0;
  }

  /**
   * Gemini was interrupted.
   * @param {{turn: number, heard: number}} playback of the speaker just before
   * @param {number} time
   * @returns {Promise<boolean>} whether it interrupts itself again and again
   */
  async interrupt(playback, time) {
    // An echo of the answer before may still come in when this one begins, and what that was is not known any more.
    const began = time - (1000 * playback.heard) / SPEAKER_HZ;
    const heard = this.#heard.filter((chunk) => chunk.time >= began);
    const played = heard.some(({ samples }) => isAudible(samples)) ? this.#played(playback) : null;
    this.#heard = [];
    this.forget();
    if (!played) return false;
    const echo = await this.#findEcho(joined(heard), played);
    if (!echo || echo.ours < LEAST_PIECES || echo.ours * 2 < echo.audible) return false;
    const again = time - this.#interrupted < SOON_MS;
    this.#interrupted = time;
    return again;
  }

  #drop() {
    this.#kept -= this.#given.shift()?.samples.length ?? 0;
  }

  /** What was heard last of that answer. @param {{turn: number, heard: number}} playback @returns {Int16Array<ArrayBuffer>|null} */
  #played({ turn, heard }) {
    const given = this.#given.filter((each) => each.turn === turn);
    if (given.length === 0) return null;
    const played = new Int16Array(PLAYED_SAMPLES);
    for (const { end, samples } of given) {
      const place = PLAYED_SAMPLES - heard + end - samples.length;
      const from = Math.max(0, -place);
      const to = Math.min(samples.length, PLAYED_SAMPLES - place);
      if (from < to) played.set(samples.subarray(from, to), place + from);
    }
    return played;
  }
}

/** @param {Chunk[]} chunks @returns {Int16Array<ArrayBuffer>} */
function joined(chunks) {
  const all = new Int16Array(chunks.reduce((sum, { samples }) => sum + samples.length, 0));
  let length = 0;
  for (const { samples } of chunks) {
    all.set(samples, length);
    length += samples.length;
  }
  return all;
}
