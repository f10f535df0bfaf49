/**
 * How far the answer to a question is: asked, coming in, interrupted. Pure. Turn numbers come from the host; in media they
 * have 16 bits and go round.
 */
export class Turns {
  /** Something was asked, and nothing came back yet. */
  awaited = false;
  /** An answer is coming in and not whole yet. */
  answering = false;
  /** That of the newest answer; -1 before there is one. */
  answered = -1;
  #interrupted = -1;

  /** A question was typed. */
  ask() {
    this.awaited = true;
  }

  giveUp() {
    this.awaited = false;
  }

  /** A spoken question is complete. Its words may come after the answer has begun. @param {number} turn */
  hear(turn) {
    if (turn > this.answered) this.awaited = true;
  }

  /** Words of an answer came. @param {number} turn */
  read(turn) {
    this.answered = Math.max(this.answered, turn);
    this.awaited = false;
  }

  /** Sound of an answer came. @param {number} turn @returns {boolean} whether it may be heard */
  listen(turn) {
    if (this.#interrupted >= 0 && ((turn - this.#interrupted - 1) & 0xffff) >= 0x8000) return false;
    this.answering = true;
    this.read(turn);
    return true;
  }

  /** @param {number} turn */
  interrupt(turn) {
    this.#interrupted = turn;
    this.answering = false;
    this.read(turn);
  }

  complete() {
    this.answering = false;
    this.awaited = false;
  }
}
