/**
 * The WebSocket to the host. Nothing is sent before the host has proved in its `welcome` that it is the one the native
 * port spoke of: any process could have taken over the port number.
 */

import { CodedError } from '../lib/messages.js';
import {
  MAX_MEDIA_BYTES,
  MEDIA,
  SUBPROTOCOL,
  TOKEN_SUBPROTOCOL_PREFIX,
  checkMessage,
  decodeMedia,
  encodeMedia,
  parseMessage,
} from '../lib/protocol.js';

/**
 * @typedef {import('../lib/protocol.js').Message} Message
 * @typedef {import('../background/host-port.js').Ticket} Ticket
 * @typedef {object} LinkHandlers
 * @property {(message: Message) => void} onMessage
 * @property {(turn: number, samples: Int16Array) => void} onAudio 24 kHz mono; the buffer may be given away
 * @property {() => void} [onAwake] the machine slept
 * @property {(error: CodedError) => void} onLost once, unless it was closed from this side
 */

const WELCOME_TIMEOUT_MS = 3_000;
const PING_MS = 1_000;
/** An answer under way, 25 pieces a second, says as much as a pong. Less than a beat, or the last pong would count as such. */
const LATELY_MS = 500;
/** Without any message for this long the host counts as dead, however alive its socket is. It is seen within 5 s. */
const SILENCE_MS = 4_000;
/** A beat that comes this much late was not late: the machine slept, or this process was stopped. */
const SLEPT_MS = 10_000;

export class Link {
  #socket;
  #handlers;
  #open = true;
  #heardAt = performance.now();
  /** By the clock on the wall: the other one may stand still while the machine sleeps. */
  #beatAt = Date.now();
  #heartbeat;

  /**
   * @param {Ticket} ticket
   * @param {LinkHandlers} handlers
   * @returns {Promise<Link>} once the host has proved itself
   * @throws {CodedError} `link-lost`
   */
  static open({ port, token, server_token }, handlers) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, [SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX + token]);
    socket.binaryType = 'arraybuffer';
    return new Promise((resolve, reject) => {
      /** @param {string} detail */
      const refuse = (detail) => {
        clearTimeout(timer);
        silence(socket);
        reject(new CodedError('link-lost', detail));
      };
      const timer = setTimeout(refuse, WELCOME_TIMEOUT_MS, 'the host did not say welcome');
      // A refusal by the page's own policy fires `error` and never `close`.
      socket.onerror = () => refuse('the host could not be reached');
      socket.onclose = () => refuse('the host hung up');
      socket.onmessage = ({ data }) => {
        if (!isWelcome(data, server_token)) return refuse('something other than the host answered');
        clearTimeout(timer);
        resolve(new Link(socket, handlers));
      };
    });
  }

  /** @param {WebSocket} socket @param {LinkHandlers} handlers */
  constructor(socket, handlers) {
    this.#socket = socket;
    this.#handlers = handlers;
    socket.onmessage = ({ data }) => this.#onData(data);
    socket.onerror = () => this.#lose('the link broke');
    socket.onclose = ({ code }) => this.#lose(`the link was closed (${code})`);
    this.#heartbeat = setInterval(() => this.#beat(), PING_MS);
  }

  /** @param {string} type of `link-up` @param {object} [data] */
  send(type, data = {}) {
    if (this.#takes) this.#socket.send(JSON.stringify(checkMessage('link-up', { type, data })));
  }

  /**
   * @param {number} kind one of MEDIA
   * @param {{turn?: number, sequence: number, time: number}} header time: ms since the Unix epoch, when it was captured
   * @param {Uint8Array} payload
   * @returns {boolean} whether it was sent
   */
  sendMedia(kind, header, payload) {
    if (!this.#takes || payload.byteLength > MAX_MEDIA_BYTES) return false;
    this.#socket.send(/** @type {Uint8Array<ArrayBuffer>} */ (encodeMedia(kind, header, payload)));
    return true;
  }

  /** It may be closing, which is told of a moment later. */
  get #takes() {
    return this.#open && this.#socket.readyState === WebSocket.OPEN;
  }

  /** What was sent still goes out; nothing is heard or sent from here on. */
  close() {
    this.#open = false;
    clearInterval(this.#heartbeat);
    silence(this.#socket);
  }

  /** @param {unknown} data */
  #onData(data) {
    this.#heardAt = performance.now();
    const arrived = parse(data);
    if (!arrived) return;
    if ('type' in arrived) this.#handlers.onMessage(arrived);
    else this.#handlers.onAudio(arrived.turn, arrived.samples);
  }

  #beat() {
    const slept = Date.now() - this.#beatAt > PING_MS + SLEPT_MS;
    this.#beatAt = Date.now();
    if (slept) {
      // Nobody could answer while nothing ran: the silence begins now.
      this.#heardAt = performance.now();
      this.#handlers.onAwake?.();
    }
    const silentMs = performance.now() - this.#heardAt;
    if (silentMs > SILENCE_MS) this.#lose('the host fell silent');
    else if (slept || silentMs >= LATELY_MS) this.send('ping', { time: Date.now() });
  }

  /** @param {string} detail */
  #lose(detail) {
    if (!this.#open) return;
    this.close();
    this.#handlers.onLost(new CodedError('link-lost', detail));
  }
}

/**
 * A message, or speech. One that makes no sense is skipped: it is no reason to end a conversation.
 * @param {unknown} data
 * @returns {Message|{turn: number, samples: Int16Array}|null}
 */
function parse(data) {
  try {
    if (typeof data === 'string') return parseMessage('link-down', data);
    const buffer = /** @type {ArrayBuffer} */ (data);
    const { kind, turn, payload } = decodeMedia(buffer);
    if (kind !== MEDIA.AUDIO_DOWN) return null;
    return { turn, samples: new Int16Array(buffer, payload.byteOffset, payload.byteLength >> 1) };
  } catch (error) {
    console.warn('skipped what the host sent:', /** @type {Error} */ (error).message); // It quotes nothing.
    return null;
  }
}

/** @param {unknown} data @param {string} serverToken */
function isWelcome(data, serverToken) {
  const arrived = parse(data);
  return arrived !== null && 'type' in arrived && arrived.type === 'welcome' && arrived.data.server_token === serverToken;
}

/** @param {WebSocket} socket */
function silence(socket) {
  socket.onmessage = null;
  socket.onerror = null;
  socket.onclose = null;
  socket.close();
}
