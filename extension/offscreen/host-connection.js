/**
 * The connection to the host, as one thing over many links: it finds the host, opens a link, and opens another when that
 * one is lost, until it gives up. Media are numbered over all links, so that what did not arrive can be named.
 */

import { CodedError, codedOf } from '../lib/messages.js';
import { Retries } from './retries.js';

/**
 * @typedef {import('../lib/protocol.js').Message} Message
 * @typedef {import('./link.js').Link} Link
 * @typedef {{isOnline: () => boolean, events: Pick<EventTarget, 'addEventListener'>}} Network the browser's word for it
 *
 * @typedef {object} HostDevices
 * @property {typeof import('../lib/messages.js').request} request
 * @property {typeof import('./link.js').Link.open} openLink
 * @property {Network} network
 *
 * @typedef {object} HostHandlers
 * @property {() => void} onOpen a link is open, and nothing was sent yet
 * @property {(message: Message) => void} onMessage
 * @property {(turn: number, samples: Int16Array) => void} onAudio
 * @property {() => void} onNewHost the host that was talked to has gone; another one runs
 * @property {(error: CodedError) => void} onLost the link was lost, or could not be opened; it is tried again
 * @property {(error: CodedError) => void} onGivenUp it is not tried again
 */

/** Trying again would give the same. */
const FINAL = ['host-missing', 'host-forbidden', 'version-mismatch'];

export class HostConnection {
  #devices;
  #handlers;
  #retries = new Retries();
  #life = new AbortController();
  /** @type {Link|null} */
  #link = null;
  /** Settles when a link may be opened. */
  #ready = Promise.resolve();
  /** Something came of it since `open`: a host that never spoke is not started again by itself. */
  #begun = false;
  /** The port of the host that was talked to last: each host is given another one. */
  #port = 0;
  /** Waits to try again. @type {ReturnType<typeof setTimeout>|undefined} */
  #waiting;
  /** The next number of each kind of media. @type {Map<number, number>} */
  #sequences = new Map();

  /** @param {HostDevices} devices @param {HostHandlers} handlers */
  constructor(devices, handlers) {
    this.#devices = devices;
    this.#handlers = handlers;
  }

  /** @param {Promise<void>} ready what the first link waits for while the host is being found */
  open(ready) {
    this.#life = new AbortController();
    this.#retries = new Retries();
    this.#ready = ready;
    this.#begun = false;
    const { events } = this.#devices.network;
    for (const name of ['online', 'offline']) events.addEventListener(name, () => this.#onNetwork(), this.#life);
    this.#connect();
  }

  /** What was sent still goes out; nothing is heard, sent or tried from here on. */
  close() {
    this.#life.abort();
    this.#stopWaiting();
    this.#link?.close();
    this.#link = null;
  }

  /** The conversation is live: the next loss is the first again. */
  succeeded() {
    this.#begun = true;
    this.#retries.succeeded();
  }

  /** Without a link it is not sent. @param {string} type of `link-up` @param {object} [data] */
  send(type, data) {
    this.#link?.send(type, data);
  }

  /**
   * @param {number} kind one of MEDIA
   * @param {Uint8Array} payload
   * @param {{time: number, turn?: number, sequence?: number}} header time: ms since the Unix epoch, when it was captured; turn:
   *   the press it belongs to; sequence: of what is sent again
   * @returns {number} its sequence number; -1 when it was not sent
   */
  sendMedia(kind, payload, { time, turn = 0, sequence }) {
    const number = sequence ?? this.#sequences.get(kind) ?? 0;
    if (!this.#link?.sendMedia(kind, { turn, sequence: number, time }, payload)) return -1;
    if (sequence === undefined) this.#sequences.set(kind, (number + 1) >>> 0);
    return number;
  }

  async #connect() {
    this.#stopWaiting();
    const { signal } = this.#life;
    try {
      const ticket = await this.#devices.request('background', 'connect-host');
      if (signal.aborted) return;
      if (this.#port !== 0 && ticket.port !== this.#port) this.#handlers.onNewHost();
      this.#port = ticket.port;
      await this.#ready;
      if (signal.aborted) return;
      const link = await this.#devices.openLink(ticket, {
        onMessage: this.#handlers.onMessage,
        onAudio: this.#handlers.onAudio,
        onAwake: () => this.#tellNetwork(),
        onLost: (error) => this.#onLost(error),
      });
      if (signal.aborted) {
        link.close();
        return;
      }
      this.#link = link;
      this.#handlers.onOpen();
    } catch (error) {
      if (!signal.aborted) this.#onLost(codedOf(error));
    }
  }

  /** @param {CodedError} error */
  #onLost(error) {
    this.#link = null;
    const delay = this.#begun || error.code === 'link-lost' ? this.#retries.next(Date.now()) : null;
    if (FINAL.includes(error.code) || delay === null) {
      this.close();
      this.#handlers.onGivenUp(error.code === 'link-lost' ? new CodedError('host-exited', error.message) : error);
      return;
    }
    this.#begun = true;
    this.#waiting = setTimeout(() => this.#connect(), delay);
    this.#handlers.onLost(error);
  }

  #onNetwork() {
    // A machine that comes back to its network has often just woken, and its host with it.
    if (this.#waiting !== undefined && this.#devices.network.isOnline()) this.#connect();
    else this.#tellNetwork();
  }

  #tellNetwork() {
    this.send('network-changed', { online: this.#devices.network.isOnline() });
  }

  #stopWaiting() {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
  }
}
