/**
 * The sound of a tab, of pages that Tabtalk may look at and of no others. What was captured is held until the page, asked for after
 * that, is the one that was found clear before it; of any other it is thrown away. The person goes on hearing all of it.
 */

/**
 * @typedef {import('./tab-sound.js').SoundChunk} SoundChunk
 * @typedef {import('./cleared-frames.js').ClearedFrames} ClearedFrames
 */

/** The browser is asked so often. What Gemini hears of a tab is later by that; what the person says is not. */
const HELD_MS = 400;
/** More is not held, where the browser does not answer. In chunks of 20 ms: five seconds. */
const MOST_HELD = 250;

export class ClearedSound {
  #sound;
  #page;
  #onChunk;
  /** Oldest first. @type {SoundChunk[]} */
  #held = [];
  #asking = false;
  #closed = false;

  /**
   * @param {(onChunk: (chunk: SoundChunk) => void) => import('./tab-sound.js').TabSound} open
   * @param {Pick<ClearedFrames, 'clearSince'>} page
   * @param {(chunk: SoundChunk, since: number) => void} onChunk of a page that is clear since then, in their order
   */
  constructor(open, page, onChunk) {
    this.#page = page;
    this.#onChunk = onChunk;
    this.#sound = open((chunk) => this.#hold(chunk));
  }

  /** While somebody speaks it is softer for the person. @param {boolean} soft */
  soften(soft) {
    this.#sound.soften(soft);
  }

  /** The tab sounds by itself again, and nothing that was held is handed over. */
  close() {
    this.#closed = true;
    this.#held = [];
    this.#sound.close();
  }

  /** @param {SoundChunk} chunk */
  #hold(chunk) {
    this.#held.push(chunk);
    if (this.#held.length > MOST_HELD) this.#held.shift();
    if (!this.#asking && chunk.time - this.#held[0].time >= HELD_MS) void this.#release();
  }

  async #release() {
    this.#asking = true;
    const asked = this.#held;
    this.#held = [];
    const since = await this.#page.clearSince();
    this.#asking = false;
    if (this.#closed) return;
    for (const chunk of asked) if (chunk.time >= since) this.#onChunk(chunk, since);
  }
}
