/**
 * The frames of a tab that the browser gives no stream of, since nobody pressed there (docs/adr/0019): one still after the
 * other, each asked for, and none while the last was not looked at.
 */

import { CodedError } from '../lib/messages.js';
import { Bell } from './bell.js';

/** @typedef {import('./frames.js').Supply} Supply */

/** From one to the next: while the page moves as fast as the browser allows, otherwise leaving room for one that is asked for. */
const MOVING_MS = 500;
const QUIET_MS = 1000;
/** An older one does not tell how the page looks now. */
const STALE_MS = 1500;
/** How long one that was asked for is waited for. */
const PATIENCE_MS = 1000;
/** The browser fails now and then; so often in a row, it does not want to. */
const MOST_REFUSALS = 3;

/** @typedef {{done: Promise<boolean>, settle: (came: boolean) => void}} Order one still that was asked for */

/** @implements {Supply} */
export class Stills {
  size = { width: 0, height: 0 };
  #take;
  #onRefused;
  #bell = new Bell();
  #life = new AbortController();
  #gap = QUIET_MS;
  #begun = -Infinity;
  /** When the newest that came was begun. */
  #newest = -Infinity;
  #isLookedAt = true;
  /** Not begun yet. @type {Order|null} */
  #wanted = null;
  /** Being taken. @type {Order|null} */
  #awaited = null;

  /** @param {() => Promise<import('../background/shutter.js').Still|null>} take @param {(error: CodedError) => void} onRefused */
  constructor(take, onRefused) {
    this.#take = take;
    this.#onRefused = onRefused;
  }

  whenCurrent() {
    if (!this.#awaited && performance.now() - this.#newest > STALE_MS) this.renew();
    return (this.#wanted ?? this.#awaited)?.done ?? null;
  }

  /** @param {Worker} worker */
  async feed(worker) {
    for (let refusals = 0; !this.#life.signal.aborted; ) {
      this.#begun = performance.now();
      const { done } = (this.#awaited = this.#wanted ?? order());
      this.#wanted = null;
      try {
        const still = await this.#take();
        if (this.#life.signal.aborted) return;
        refusals = 0;
        if (still) this.#show(worker, still);
        else this.#settle(false);
        // Until the worker has seen it: the next must not be taken for this one.
        await done;
      } catch (error) {
        this.#settle(false);
        if (error instanceof CodedError && error.code === 'tab-forbidden' && ++refusals === MOST_REFUSALS) this.#onRefused(error);
      }
      await this.#whenDue();
    }
  }

  /** @param {boolean} moving */
  seen(moving) {
    this.#gap = moving ? MOVING_MS : QUIET_MS;
    this.#settle(true);
    this.#bell.ring();
  }

  looked() {
    this.#isLookedAt = true;
    this.#bell.ring();
  }

  renew() {
    if (this.#life.signal.aborted) return;
    this.#wanted ??= order();
    this.#bell.ring();
  }

  close() {
    this.#life.abort();
    this.#wanted?.settle(false);
    this.#settle(false);
  }

  /** @param {Worker} worker @param {import('../background/shutter.js').Still} still */
  #show(worker, still) {
    this.#newest = this.#begun;
    this.#isLookedAt = false;
    worker.postMessage({ type: 'still', ...still });
  }

  /** @param {boolean} came */
  #settle(came) {
    this.#awaited?.settle(came);
    this.#awaited = null;
  }

  async #whenDue() {
    const { signal } = this.#life;
    while (!signal.aborted && !this.#wanted) {
      const wait = this.#begun + this.#gap - performance.now();
      if (wait <= 0 && this.#isLookedAt) return;
      await this.#bell.wait(wait > 0 ? AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(wait))]) : signal);
    }
  }
}

/** @returns {Order} */
function order() {
  /** @type {Order['settle']} */
  let settle = () => {};
  const done = new Promise((resolve) => {
    settle = resolve;
    setTimeout(resolve, PATIENCE_MS, false);
  });
  return { done, settle };
}
