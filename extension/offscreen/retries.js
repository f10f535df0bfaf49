/**
 * How often and how soon a lost host is looked for again. Pure: the caller tells the time.
 *
 * Ten tries in a row without an answer are enough: they take about as long as a host keeps a session that nobody attends
 * to. A host that comes back and dies again is a loop as well, only a slower one, so there is a bound a minute too.
 */

export const MAX_IN_A_ROW = 10;
export const MAX_A_MINUTE = 15;
const FIRST_MS = 250;
const LONGEST_MS = 4000;

export class Retries {
  #inARow = 0;
  /** @type {number[]} */
  #times = [];

  /** @param {number} now ms @returns {number|null} how many ms to wait for the next try; null: give up */
  next(now) {
    this.#times = this.#times.filter((time) => now - time < 60_000);
    if (this.#inARow >= MAX_IN_A_ROW || this.#times.length >= MAX_A_MINUTE) return null;
    this.#times.push(now);
    this.#inARow += 1;
    // The first is at once: most often the host merely has to be started again.
    return this.#inARow === 1 ? 0 : Math.min(LONGEST_MS, FIRST_MS * 2 ** (this.#inARow - 2));
  }

  /** It worked. */
  succeeded() {
    this.#inARow = 0;
  }
}
