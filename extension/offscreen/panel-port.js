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
    port.onMessage.addListener((message) => this.#onMessage(message));
    port.onDisconnect.addListener(() => this.#onDisconnect(port));
    port.postMessage({ type: 'status', data: this.#conversation.status });
    port.postMessage({ type: 'transcript', data: { reset: true, entries: this.#conversation.entries } });
  }

  /** @param {chrome.runtime.Port} port */
  #onDisconnect(port) {
    this.#ports.delete(port);
    if (this.isOpen) return;
    clearInterval(this.#levels);
    this.#levels = undefined;
  }

  /** @param {{type: string, data?: any}} message */
  #onMessage({ type, data = {} }) {
    if (type === 'end') this.#conversation.end();
    else if (type === 'wake') this.#conversation.wake();
    else if (type === 'mute') this.#conversation.mute(data.muted === true);
    else if (type === 'pause') this.#conversation.pause(data.paused === true);
    else if (type === 'ask') this.#conversation.ask(String(data.text ?? ''));
    else if (type === 'reply') this.#conversation.reply(data.reply === 'text' ? 'text' : 'voice');
  }

  /** @param {string} type @param {unknown} data */
  #tell(type, data) {
    for (const port of this.#ports) port.postMessage({ type, data });
  }
}
