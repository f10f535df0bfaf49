/** Wakes those who wait for something to change. */
export class Bell {
  /** @type {Set<() => void>} */
  #waiting = new Set();

  ring() {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Until the next ring, or until it is given up. @param {AbortSignal} signal @returns {Promise<void>} */
  wait(signal) {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}
