/** The status snapshot as it changes: moved by the events of the state table, told once for all that changes together. */

import { next } from '../lib/state.js';
import { idleStatus } from '../lib/status.js';

/** @typedef {import('../lib/status.js').Status} Status */

export class Snapshot {
  /** Replaced as a whole on every change. @type {Status} */
  status = idleStatus();
  #derive;
  #onChange;
  #changed = false;

  /**
   * @param {() => Partial<Status>} derive what others know, asked for at every change
   * @param {() => void} onChange
   */
  constructor(derive, onChange) {
    this.#derive = derive;
    this.#onChange = onChange;
  }

  /** @param {import('../lib/state.js').Event} event @param {Partial<Status>} also @throws {Error} when the table does not allow it */
  move(event, also) {
    const state = next(this.status.state, event);
    const since = state === this.status.state ? this.status.since : Date.now();
    this.change({ ...also, state, since });
  }

  /** @param {Partial<Status>} [change] */
  change(change = {}) {
    this.status = { ...this.status, ...change, ...this.#derive() };
    if (this.#changed) return;
    this.#changed = true;
    queueMicrotask(() => {
      this.#changed = false;
      this.#onChange();
    });
  }
}

/** @param {import('../lib/messages.js').CodedError} error @returns {import('../lib/status.js').Failure} */
export function failureOf({ code, message }) {
  return { code, detail: message === code ? '' : message };
}
