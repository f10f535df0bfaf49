/**
 * How late something is that comes with a time of its own, on a clock that nobody knows: against what came least late of
 * what has come lately, since clocks drift. Pure.
 */

/** What was least late is known for so long, and for twice that at most. */
const WINDOW_MS = 10_000;

export class Lateness {
  #least = Infinity;
  #before = Infinity;
  #since = -Infinity;
  #last = -Infinity;

  /** @param {number} stamp its own time in ms @param {number} now ms @returns {number} ms, 0 or more */
  of(stamp, now) {
    const delay = now - stamp;
    // A device that has just been opened may set its clock after some 40 ms (half a second back: seen with Chromium 156 and PulseAudio).
    if (stamp < this.#last) this.#since = -Infinity;
    this.#last = stamp;
    if (now - this.#since >= WINDOW_MS) {
      this.#before = now - this.#since < 2 * WINDOW_MS ? this.#least : Infinity;
      this.#least = Infinity;
      this.#since = now;
    }
    this.#least = Math.min(this.#least, delay);
    return delay - Math.min(this.#least, this.#before);
  }
}
