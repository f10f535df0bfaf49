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

  /** @param {number} now ms @param {number} chunkMs */
  constructor(now, chunkMs) {
    this.#until = now;
    this.#chunkMs = chunkMs;
  }

  /** A chunk came from the microphone. @param {number} now ms */
  heard(now) {
    this.#began = true;
    this.#until = now;
  }

  /** @param {number} now ms @returns {number} how many chunks of silence are due */
  due(now) {
    const patience = this.#began ? STALL_MS : 0;
    if (now - this.#until < patience + this.#chunkMs) return 0;
    const chunks = Math.floor((now - this.#until - (this.#began ? patience : 0)) / this.#chunkMs);
    this.#until += chunks * this.#chunkMs;
    return chunks;
  }
}
