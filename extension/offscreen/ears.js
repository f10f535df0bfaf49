/**
 * The ears of a conversation: the chosen microphone, or the one that listens in its place. Opening takes time, and what was
 * overtaken meanwhile, by another choice or by the end, is closed as soon as it is open. A microphone that is replaced is
 * heard until the next one gives sound; one that goes is replaced by another, and is silence until then.
 */

import { CodedError, codedOf } from '../lib/messages.js';
import { DEFAULTS } from '../lib/settings.js';

/**
 * @typedef {import('../lib/kept-audio.js').Chunk} Chunk
 * @typedef {import('./microphone.js').Microphone} Microphone
 * @typedef {import('../lib/settings.js').Device} Device
 *
 * @typedef {'settled'|'lost'|'away'|'missing'|'sought'} State the chosen one listens, or will; it went, and another is opened; another
 *   listens in its place; there is none, and that was told; there was none, and one that came is tried
 * @typedef {'lose'|'miss'|'seek'|'choose'} Event a microphone went; none can be opened; the devices are others than before; another is chosen
 * @typedef {'away'|'back'|'other'|'found'} Replaced the chosen microphone is not to be had and the default listens; the chosen one
 *   listens again; the default went, and there is another; there was none, and one has come
 *
 * @typedef {object} EarsHandlers
 * @property {(chunk: Chunk) => void} onChunk
 * @property {() => void} onHearing the microphone gives sound
 * @property {(what: Replaced) => void} onReplaced
 * @property {(error: CodedError, essential: boolean) => void} onDeaf there is no microphone, or none any more
 */

/** What each event makes of each state; where it says nothing, nothing is to be done. @type {Readonly<Record<State, Readonly<Partial<Record<Event, State>>>>>} */
export const STATES = Object.freeze({
  settled: { lose: 'lost', miss: 'missing', choose: 'settled' },
  lost: { miss: 'missing', choose: 'settled' },
  // What stood in for it went as well; told is whether the next one is the chosen one.
  away: { lose: 'away', miss: 'missing', seek: 'away', choose: 'settled' },
  missing: { miss: 'missing', seek: 'sought', choose: 'missing' },
  // What came is no microphone: that there is none was told.
  sought: { miss: 'missing', seek: 'sought', choose: 'missing' },
});

/** What is told in each state when the chosen one, or another, has been opened. @type {Readonly<Record<State, {chosen?: Replaced, other?: Replaced}>>} */
export const TOLD = Object.freeze({
  settled: { other: 'away' },
  lost: { chosen: 'other', other: 'away' },
  away: { chosen: 'back' },
  missing: { other: 'away' },
  sought: { chosen: 'found', other: 'found' },
});

/** A microphone that goes so soon after another is not replaced: none would stay. */
const SOON_MS = 2000;

export class Ears {
  #open;
  #handlers;
  /** @type {State} */
  #state = 'settled';
  /** @type {Microphone|null} */
  #microphone = null;
  /** The next one, until it gives sound. @type {Microphone|null} */
  #coming = null;
  /** @type {Device} */
  #chosen = DEFAULTS.microphone;
  /** It gives sound. */
  isHearing = false;
  #muted = false;
  /** When a microphone went, ms since the Unix epoch. */
  #lostAt = 0;
  /** The opening whose microphone is heard, though it may be silence since it went, and the latest one. */
  #heard = 0;
  #listening = 0;

  /** @param {typeof import('./microphone.js').Microphone.open} open @param {EarsHandlers} handlers */
  constructor(open, handlers) {
    this.#open = open;
    this.#handlers = handlers;
  }

  /** Loudness now, 0..1. */
  get level() {
    return this.#microphone?.level ?? 0;
  }

  /** Chunks come, be they silence. */
  get isOpen() {
    return this.#microphone !== null;
  }

  get isDeaf() {
    return !this.#microphone || this.#microphone.isLost;
  }

  /**
   * The microphone to listen to from the next `listen` on.
   * @param {Device} chosen
   * @returns {boolean} whether that is another than before
   */
  choose(chosen) {
    const before = this.#chosen;
    this.#chosen = chosen;
    if (chosen.id === before.id && chosen.label === before.label) return false;
    this.#move('choose');
    return true;
  }

  /** The devices of the computer are others than before. */
  async reconsider() {
    if (this.#move('seek')) await this.listen();
  }

  /** @param {{essential?: boolean, lost?: boolean}} [how] essential: without it there is no conversation; lost: the one before went */
  async listen({ essential = false, lost = false } = {}) {
    const turn = ++this.#listening;
    const handlers = {
      onOpen: () => this.#onOpen(turn),
      onChunk: (/** @type {Chunk} */ chunk) => turn === this.#heard && this.#handlers.onChunk(chunk),
      onLost: () => this.#onLost(turn),
    };
    try {
      const microphone = await this.#open(handlers, this.#chosen);
      if (turn === this.#listening) this.#come(microphone, turn);
      else microphone.close();
    } catch (error) {
      if (turn === this.#listening && this.isDeaf) this.#miss(lost ? new CodedError('microphone-lost') : codedOf(error), essential);
    }
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.#muted = muted;
    this.#microphone?.mute(muted);
  }

  /** Nothing at all is heard from here on. */
  stop() {
    this.#listening += 1;
    for (const microphone of [this.#microphone, this.#coming]) microphone?.close();
    this.#microphone = this.#coming = null;
    this.isHearing = false;
    this.#state = 'settled';
  }

  /** @param {Microphone} microphone it is open @param {number} turn of the opening */
  #come(microphone, turn) {
    this.#coming?.close();
    this.#coming = microphone;
    if (this.isDeaf || microphone.isOpen) this.#hearNext(turn);
    const told = TOLD[this.#state][microphone.isChosen ? 'chosen' : 'other'];
    this.#state = microphone.isChosen ? 'settled' : 'away';
    if (told) this.#handlers.onReplaced(told);
  }

  /** @param {number} turn of the opening */
  #onOpen(turn) {
    if (turn !== this.#listening) return;
    if (this.#coming) this.#hearNext(turn);
    this.isHearing = true;
    this.#handlers.onHearing();
  }

  /** @param {number} turn of its opening */
  #hearNext(turn) {
    this.#microphone?.close();
    this.#microphone = this.#coming;
    this.#coming = null;
    this.#heard = turn;
    this.#microphone?.mute(this.#muted);
  }

  /** Whoever speaks on should not have to press anything first. @param {number} turn of the opening */
  #onLost(turn) {
    if (turn !== this.#heard) return;
    this.isHearing = false;
    this.#move('lose');
    const again = Date.now() - this.#lostAt < SOON_MS;
    this.#lostAt = Date.now();
    if (again) this.#miss(new CodedError('microphone-lost'), false);
    else void this.listen({ lost: true });
  }

  /** @param {CodedError} error @param {boolean} essential */
  #miss(error, essential) {
    // What was told once is not told again at each device that comes and is no microphone.
    const isNews = this.#state !== 'sought';
    this.#move('miss');
    if (isNews) this.#handlers.onDeaf(error, essential);
  }

  /** @param {Event} event @returns {boolean} whether there is anything to be done */
  #move(event) {
    const next = STATES[this.#state][event];
    this.#state = next ?? this.#state;
    return next !== undefined;
  }
}
