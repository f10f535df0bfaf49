/**
 * The native messaging port. It is opened when something needs the host, shared by all that do, and never reopened by
 * itself: whoever asks again opens it again, so a host that is not there is not started in a loop.
 */

import { readManagedHost } from '../lib/managed.js';
import { CodedError } from '../lib/messages.js';
import { HOST_NAME, PROTOCOL_VERSION, checkMessage } from '../lib/protocol.js';

/**
 * @typedef {import('../lib/protocol.js').Message} Message
 * @typedef {{version: string, protocol: number, port: number, token: string, server_token: string}} Hello
 * @typedef {{port: number, token: string, server_token: string}} Ticket opens the link once
 * @typedef {{key: string, practice: boolean, model: string}} HostStatus
 * @typedef {{resolve: (data: any) => void, reject: (error: Error) => void, timer: ReturnType<typeof setTimeout>}} Pending
 */

/** Python may start from a cold disk. */
const HELLO_TIMEOUT_MS = 15_000;
const REPLY_TIMEOUT_MS = 5_000;
/** A host that does not mint a token at once is frozen, and a conversation waits. */
const TOKEN_TIMEOUT_MS = 2_000;
/** The host's tokens live 10 s; one that is older than this may die on its way. */
const TOKEN_FRESH_MS = 8_000;

export class HostPort {
  /** The last `host-status` of the host that runs. @type {HostStatus|null} */
  hostStatus = null;
  /** @type {chrome.runtime.Port|null} */
  #port = null;
  /** @type {Promise<Hello>|null} */
  #hello = null;
  /** @type {{ticket: Ticket, until: number}|null} */
  #firstTicket = null;
  /** @type {Map<number, Pending>} */
  #pending = new Map();
  /** @type {Set<() => void>} */
  #statusWaiters = new Set();
  #nextId = 1;
  /** The host of this port has answered `hello`. */
  #greeted = false;
  /** Why the last host ended that answered `hello` and then could not load its packages. @type {CodedError|null} */
  #broken = null;
  /** What the host was told last that an organisation decided, as JSON. */
  #managed = '';

  /**
   * Starts the host unless it runs. All callers share one attempt.
   * @returns {Promise<Hello>}
   * @throws {CodedError} `host-missing`, `host-forbidden`, `host-broken`, `version-mismatch`
   */
  connect() {
    this.#hello ??= this.#open();
    return this.#hello;
  }

  /**
   * @param {string} type of `native-up`
   * @param {object} [data]
   * @param {number} [timeoutMs]
   * @returns {Promise<any>} the data of the reply
   * @throws {CodedError}
   */
  async request(type, data = {}, timeoutMs = REPLY_TIMEOUT_MS) {
    await this.connect();
    return this.#send(type, data, timeoutMs);
  }

  /** A single-use way into the link. The first comes with the hello. @returns {Promise<Ticket>} @throws {CodedError} */
  async ticket() {
    await this.connect();
    // The link of a host that breaks after `hello` is lost without a reason. The next host must get past that point first.
    if (this.#broken) await this.status(REPLY_TIMEOUT_MS);
    const first = this.#firstTicket;
    this.#firstTicket = null;
    if (first && Date.now() < first.until) return first.ticket;
    return this.#send('mint-token', {}, TOKEN_TIMEOUT_MS);
  }

  /**
   * Waits for the host to say how it stands.
   * @param {number} patienceMs
   * @returns {Promise<HostStatus|null>}
   * @throws {CodedError}
   */
  async status(patienceMs) {
    await this.connect();
    if (!this.hostStatus) {
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, patienceMs);
        this.#statusWaiters.add(() => {
          clearTimeout(timer);
          resolve(undefined);
        });
      });
    }
    if (this.#broken && !this.#port) throw this.#broken;
    return this.hostStatus;
  }

  /** An organisation decides otherwise: a host that runs and does not know it yet hears of it. */
  async tellManaged() {
    if (!this.#hello) return;
    await this.#hello;
    const words = await greeting();
    if (JSON.stringify(words.managed) !== this.#managed) await this.#greet(words, REPLY_TIMEOUT_MS);
  }

  /** @returns {Promise<Hello>} */
  async #open() {
    const words = await greeting();
    const port = chrome.runtime.connectNative(HOST_NAME);
    this.#port = port;
    this.#greeted = false;
    port.onMessage.addListener((message) => this.#onMessage(port, message));
    port.onDisconnect.addListener(() => this.#end(port, reasonOf(chrome.runtime.lastError?.message ?? '', this.#greeted)));
    const hello = await this.#greet(words, HELLO_TIMEOUT_MS).catch((error) => {
      this.#drop(port, error);
      throw error;
    });
    this.#greeted = true;
    if (hello.protocol !== PROTOCOL_VERSION) {
      const mismatch = new CodedError('version-mismatch', `the host is ${hello.version}, the extension ${words.version}`);
      this.#drop(port, mismatch);
      throw mismatch;
    }
    const { port: number, token, server_token } = hello;
    this.#firstTicket = { ticket: { port: number, token, server_token }, until: Date.now() + TOKEN_FRESH_MS };
    return hello;
  }

  /** @param {Awaited<ReturnType<typeof greeting>>} words @param {number} timeoutMs @returns {Promise<any>} */
  #greet(words, timeoutMs) {
    this.#managed = JSON.stringify(words.managed);
    return this.#send('hello', words, timeoutMs);
  }

  /** @param {string} type @param {object} data @param {number} timeoutMs @returns {Promise<any>} */
  #send(type, data, timeoutMs) {
    const port = this.#port;
    if (!port) return Promise.reject(new CodedError('host-exited'));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      // A host that does not answer is frozen: giving up the port makes the browser kill it, and the next request starts
      // another one.
      const timer = setTimeout(() => this.#drop(port, endOf(this.#greeted, `no answer to ${type}`)), timeoutMs);
      this.#pending.set(id, { resolve, reject, timer });
      try {
        port.postMessage(checkMessage('native-up', { type, id, data }));
      } catch (error) {
        this.#settle(id)?.reject(endOf(this.#greeted, String(error)));
      }
    });
  }

  /** @param {chrome.runtime.Port} port @param {unknown} value */
  #onMessage(port, value) {
    if (port !== this.#port) return;
    /** @type {Message} */
    let message;
    try {
      message = checkMessage('native-down', value);
    } catch (error) {
      const re = /** @type {any} */ (value)?.re;
      this.#settle(re)?.reject(new CodedError('bad-message', /** @type {Error} */ (error).message));
      return;
    }
    const { type, re, data } = message;
    if (type === 'host-status') this.#onStatus(data);
    else if (type === 'goodbye') this.#drop(port, new CodedError('host-exited', 'goodbye'));
    else if (type === 'error' && data.code === 'host-broken') this.#onBroken(port, new CodedError(data.code, data.text));
    else if (type === 'error') this.#settle(re)?.reject(new CodedError(data.code, data.text));
    else this.#settle(re)?.resolve(data);
  }

  /** @param {any} status */
  #onStatus({ key, practice, model }) {
    this.hostStatus = { key, practice, model };
    this.#broken = null;
    for (const wake of this.#statusWaiters) wake();
    this.#statusWaiters.clear();
  }

  /** The host ends by itself: it cannot load its packages. @param {chrome.runtime.Port} port @param {CodedError} reason */
  #onBroken(port, reason) {
    if (this.#greeted) this.#broken = reason;
    this.#drop(port, reason);
  }

  /** @param {number|undefined} re */
  #settle(re) {
    if (re === undefined) return undefined;
    const pending = this.#pending.get(re);
    this.#pending.delete(re);
    clearTimeout(pending?.timer);
    return pending;
  }

  /** @param {chrome.runtime.Port} port @param {CodedError} reason */
  #drop(port, reason) {
    this.#end(port, reason);
    port.disconnect();
  }

  /** @param {chrome.runtime.Port} port @param {CodedError} reason */
  #end(port, reason) {
    if (port !== this.#port) return;
    this.#port = null;
    this.#hello = null;
    this.#firstTicket = null;
    this.hostStatus = null;
    for (const id of [...this.#pending.keys()]) this.#settle(id)?.reject(reason);
    for (const wake of this.#statusWaiters) wake();
    this.#statusWaiters.clear();
  }
}

/** The data of a `hello`. */
async function greeting() {
  return { version: chrome.runtime.getManifest().version, protocol: PROTOCOL_VERSION, managed: await readManagedHost() };
}

/**
 * What the browser's words for the end of a port mean.
 * @param {string} text of `runtime.lastError`
 * @param {boolean} [greeted] whether the host had answered `hello`
 */
export function reasonOf(text, greeted = false) {
  if (/not found/i.test(text)) return new CodedError('host-missing', text);
  if (/forbidden/i.test(text)) return new CodedError('host-forbidden', text);
  return endOf(greeted, text);
}

/** A host that never answered `hello` does not start, however often it is tried. @param {boolean} greeted @param {string} text */
function endOf(greeted, text) {
  return new CodedError(greeted ? 'host-exited' : 'host-broken', text);
}
