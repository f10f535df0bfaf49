/**
 * Where all is heard that Tabtalk plays: at the chosen speaker or, while that is not to be had, at the computer's default.
 * What plays moves with it in the middle of a word, and loses nothing but the moment that the browser takes.
 *
 * @typedef {import('../lib/settings.js').Device} Device
 * @typedef {'away'|'back'} Replaced the default sounds in place of the chosen one; the chosen one sounds again
 */

import { DEFAULT_DEVICE } from '../lib/settings.js';
import { findDevice, listDevices } from './sound-input.js';

/**
 * The browser keeps a way to a device for 5 s after it was left. On Linux one whose device went leads to the default from then
 * on, even when the device is there again.
 */
export const KEPT_MS = 8_000;

/** The speakers that there are, beside the computer's default. Their names are known as those of microphones are. */
export function listSpeakers() {
  return listDevices('audiooutput');
}

export class SoundOutput {
  /** @type {Device} */
  #chosen = DEFAULT_DEVICE;
  /** Another one sounds in its place, and that was told. */
  #isAway = false;
  /** When that was, ms since the Unix epoch. */
  #leftAt = 0;
  /** The id of where it sounds. */
  #id = '';
  /** @type {Set<AudioContext>} */
  #contexts = new Set();
  /** Settles when all play there: one move at a time. @type {Promise<unknown>} */
  #moved = Promise.resolve();
  /** The move waits for the browser to forget, or may have to, and nothing is led anywhere meanwhile. */
  #isResting = false;

  /** @param {Device} chosen to play at from now on @returns {Promise<Replaced|null>} what is to be told of it */
  choose(chosen) {
    this.#chosen = chosen;
    this.#isAway = false;
    return this.reconsider();
  }

  /** The devices of the computer may be others than before. @returns {Promise<Replaced|null>} what is to be told of it */
  reconsider() {
    const moving = this.#moved.then(() => this.#move());
    this.#moved = moving.catch(() => {});
    return moving;
  }

  /** @param {AudioContextOptions} [options] @returns {Promise<AudioContext>} which plays there, wherever that is, until it is closed */
  async open(options) {
    const context = new AudioContext(options);
    await this.add(context);
    return context;
  }

  /** It plays there until it is closed, and meanwhile may begin at the default. @param {AudioContext} context */
  async add(context) {
    this.#contexts.add(context);
    context.addEventListener('statechange', () => context.state === 'closed' && this.#contexts.delete(context));
    // A rest is too long to wait for; the move after it takes this one along.
    if (!this.#isResting) await this.#moved;
    await lead(context, this.#id).catch(console.error);
  }

  async #move() {
    const chosen = this.#chosen;
    this.#isResting = this.#isAway;
    const found = chosen.id === '' ? DEFAULT_DEVICE : await findDevice('audiooutput', chosen);
    if (found && this.#isAway && this.#contexts.size > 0) await rest(this.#leftAt + KEPT_MS - Date.now());
    this.#isResting = false;
    const isThere = found !== null && (await this.#leadAll(found.id));
    if (!isThere) await this.#leadAll('');
    // Another was chosen meanwhile; its own move comes next.
    if (chosen !== this.#chosen || isThere !== this.#isAway) return null;
    this.#isAway = !isThere;
    this.#leftAt = Date.now();
    return isThere ? 'back' : 'away';
  }

  /** @param {string} id @returns {Promise<boolean>} false: the browser says that it is not to be had */
  async #leadAll(id) {
    this.#id = id;
    const led = await Promise.allSettled([...this.#contexts].map((context) => lead(context, id)));
    return led.every(({ status }) => status === 'fulfilled');
  }
}

/** The one of this document. */
export const output = new SoundOutput();

/** @param {number} ms */
function rest(ms) {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** @param {AudioContext} context @param {string} id @throws {DOMException} there is no such device now */
async function lead(context, id) {
  if (context.state === 'closed') return;
  try {
    if (context.sinkId !== id) await context.setSinkId(id);
    // A device that went may have stopped it.
    if (context.state === 'suspended') context.resume().catch(() => {});
  } catch (error) {
    // Closed meanwhile: it plays nowhere.
    if (/** @type {string} */ (context.state) !== 'closed') throw error;
  }
}
