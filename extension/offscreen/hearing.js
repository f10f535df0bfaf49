/**
 * How much of each answer was heard: what was given to the speaker beside what it has played. Pure. Turn numbers as in
 * media; their order is that in which they were given.
 */

/** So many answers back it is remembered. They play one after another, and few wait at once. */
const MAX_TURNS = 20;

export class Hearing {
  /** Samples given to the speaker, by turn. @type {Map<number, number>} */
  #given = new Map();
  /** @type {Map<number, number>} */
  #heard = new Map();

  /** @param {number} turn @param {number} samples */
  give(turn, samples) {
    this.#given.set(turn, (this.#given.get(turn) ?? 0) + samples);
    const [oldest] = this.#given.keys();
    if (this.#given.size > MAX_TURNS) this.#given.delete(oldest);
  }

  /** What the speaker has played. Answers given before that one were heard whole. @param {{turn: number, heard: number}} playback */
  hear({ turn, heard }) {
    if (!this.#given.has(turn)) return;
    this.#heard.clear();
    for (const [before, samples] of this.#given) {
      if (before === turn) break;
      this.#heard.set(before, samples);
    }
    this.#heard.set(turn, heard);
  }

  /** Each answer that was given, and the share of it that was heard, 0..1. @returns {{turn: number, share: number}[]} */
  get shares() {
    return [...this.#given].map(([turn, given]) => ({ turn, share: Math.min(1, (this.#heard.get(turn) ?? 0) / given) }));
  }

  forget() {
    this.#given.clear();
    this.#heard.clear();
  }
}
