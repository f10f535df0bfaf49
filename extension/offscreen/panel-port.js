/** What open panels are told of the conversation, and what they ask of it. */

import { isOurs } from '../lib/messages.js';

/**
 * @typedef {import('./conversation.js').Conversation} Conversation
 * @typedef {import('../lib/status.js').Entry} Entry
 */

const LEVEL_MS = 66;

export class PanelPort {
  #conversation;
  /** @type {Set<chrome.runtime.Port>} */
  #ports = new Set();
  /** The panel in which the person presses. @type {chrome.runtime.Port|null} */
  #presser = null;
  /** @type {ReturnType<typeof setInterval>|undefined} */
  #levels;

  /** @param {Conversation} conversation */
  constructor(conversation) {
    this.#conversation = conversation;
    conversation.addEventListener('status', () => this.#tell('status', conversation.status));
    conversation.addEventListener('transcript', (event) => {
      this.#tell('transcript', /** @type {CustomEvent} */ (event).detail);
    });
    chrome.runtime.onConnect.addListener((port) => this.#onConnect(port));
  }

  /** Somebody looks. */
  get isOpen() {
    return this.#ports.size > 0;
  }

  /** @param {chrome.runtime.Port} port */
  #onConnect(port) {
    if (port.name !== 'panel' || !port.sender || !isOurs(port.sender)) return;
    this.#ports.add(port);
    this.#levels ??= setInterval(() => this.#tell('level', this.#conversation.level), LEVEL_MS);
    port.onMessage.addListener((message) => this.#onMessage(message, port));
    port.onDisconnect.addListener(() => this.#onDisconnect(port));
    port.postMessage({ type: 'status', data: this.#conversation.status });
    port.postMessage({ type: 'transcript', data: { reset: true, entries: this.#conversation.entries } });
  }

  /** @param {chrome.runtime.Port} port */
  #onDisconnect(port) {
    this.#ports.delete(port);
    // Nobody lets go in a panel that is closed.
    if (port === this.#presser) this.#release(Date.now());
    if (this.isOpen) return;
    clearInterval(this.#levels);
    this.#levels = undefined;
  }

  /** @param {{type: string, data?: any}} message @param {chrome.runtime.Port} port */
  #onMessage({ type, data = {} }, port) {
    if (type === 'end') this.#conversation.end();
    else if (type === 'wake') this.#conversation.wake();
    else if (type === 'mute') this.#conversation.mute(data.muted === true);
    else if (type === 'pause') this.#conversation.pause(data.paused === true);
    else if (type === 'ask') this.#conversation.ask(String(data.text ?? ''));
    else if (type === 'just-said') void this.#conversation.askJustSaid(String(data.text ?? ''));
    else if (type === 'press' && Number.isFinite(data.moment)) this.#press(data.moment, port);
    else if (type === 'release' && Number.isFinite(data.moment)) this.#release(data.moment);
    else if (type === 'reply') this.#conversation.reply(data.reply === 'text' ? 'text' : 'voice');
  }

  /** @param {number} moment @param {chrome.runtime.Port} port */
  #press(moment, port) {
    this.#presser = port;
    this.#conversation.press(moment);
  }

  /** @param {number} moment */
  #release(moment) {
    this.#presser = null;
    this.#conversation.release(moment);
  }

  /** @param {string} type @param {unknown} data */
  #tell(type, data) {
    for (const port of this.#ports) port.postMessage({ type, data });
  }
}
