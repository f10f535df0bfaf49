/**
 * When silence has to stand in for a microphone that yields nothing: before its first sample, and while it stalls or is
 * gone. Gemini hears the end of a sentence only in a stream that goes on. Pure; time is given.
 */

/** A device may deliver in bursts of this length; what is merely late is not filled up. */
export const STALL_MS = 250;

export class Continuity {
  #chunkMs;
  /** Up to when the stream is complete. */
  #until;
  #began = false;
  /** When it was asked last. */
  #asked;

  /** @param {number} now ms @param {number} chunkMs */
  constructor(now, chunkMs) {
    this.#until = now;
    this.#asked = now;
    this.#chunkMs = chunkMs;
  }

  /** A chunk came from the microphone. @param {number} now ms */
  heard(now) {
    this.#began = true;
    this.#until = now;
  }

  /** Asked every `chunkMs`. @param {number} now ms @returns {number} how many chunks of silence are due */
  due(now) {
    // A machine that left this thread waiting kept it from reading, too: what was said meanwhile is still to come.
    const waited = now - this.#asked - this.#chunkMs;
    this.#asked = now;
    if (this.#began && waited > this.#chunkMs) this.#until = Math.min(now, this.#until + waited);
    const patience = this.#began ? STALL_MS : 0;
    if (now - this.#until < patience + this.#chunkMs) return 0;
    const chunks = Math.floor((now - this.#until - (this.#began ? patience : 0)) / this.#chunkMs);
    this.#until += chunks * this.#chunkMs;
    return chunks;
  }
}
