/**
 * The port to the offscreen document. It goes when that document goes, which may be at any time; `connect` again once the
 * document exists.
 */
export class PanelLink {
  /** @type {chrome.runtime.Port|null} */
  #port = null;

  /**
   * @param {(message: any) => void} onMessage
   * @param {() => void} onLost the other side has gone
   */
  constructor(onMessage, onLost) {
    this.onMessage = onMessage;
    this.onLost = onLost;
  }

  /** Does nothing while there is a connection. */
  connect() {
    if (this.#port) return;
    const port = chrome.runtime.connect({ name: 'panel' });
    this.#port = port;
    port.onMessage.addListener((message) => {
      if (port === this.#port) this.onMessage(message);
    });
    port.onDisconnect.addListener(() => {
      void chrome.runtime.lastError; // read, or the browser logs it as unchecked
      if (port !== this.#port) return;
      this.#port = null;
      this.onLost();
    });
  }

  /**
   * @param {'end'|'wake'|'mute'|'pause'|'ask'|'reply'|'press'|'release'|'just-said'} type
   * @param {object} [data]
   * @returns {boolean} whether there was someone to tell
   */
  send(type, data = {}) {
    this.#port?.postMessage({ type, data });
    return this.#port !== null;
  }
}
