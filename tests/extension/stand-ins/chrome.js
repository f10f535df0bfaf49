/**
 * A small `chrome` in memory: messages, ports and native ports that behave as the browser's do, delivered later and copied
 * as JSON. Only what the extension's units need.
 */

export const EXTENSION_ID = 'glkajheednccbbphfajgpkglpfkadndo';
const ORIGIN = `chrome-extension://${EXTENSION_ID}/`;

/** A browser's event. */
export class Listeners {
  /** @type {Set<(...args: any[]) => any>} */
  #all = new Set();

  /** @param {(...args: any[]) => any} listener */
  addListener(listener) {
    this.#all.add(listener);
  }

  /** @param {(...args: any[]) => any} listener */
  removeListener(listener) {
    this.#all.delete(listener);
  }

  get size() {
    return this.#all.size;
  }

  /** @param {any[]} args */
  fire(...args) {
    return [...this.#all].map((listener) => listener(...args));
  }
}

/** One end of a port. What is posted here arrives at `other`. */
export class Port {
  onMessage = new Listeners();
  onDisconnect = new Listeners();
  /** @type {Port|null} */
  other = null;
  connected = true;
  /** @type {any} */
  sender = { id: EXTENSION_ID, url: `${ORIGIN}popup/popup.html` };

  /** @param {string} [name] */
  constructor(name = '') {
    this.name = name;
  }

  /** @param {unknown} message */
  postMessage(message) {
    if (!this.connected) throw new Error('Attempting to use a disconnected port object');
    const copy = JSON.stringify(message);
    const { other } = this;
    queueMicrotask(() => other?.connected && other.onMessage.fire(JSON.parse(copy)));
  }

  disconnect() {
    this.connected = false;
    const { other } = this;
    queueMicrotask(() => other?.connected && other.end());
  }

  /** The other side has gone. */
  end() {
    this.connected = false;
    this.onDisconnect.fire(this);
  }
}

/** @returns {[Port, Port]} two ends */
export function portPair(name = '') {
  const [one, two] = [new Port(name), new Port(name)];
  one.other = two;
  two.other = one;
  return [one, two];
}

/**
 * Puts a `chrome` in place and returns what steers it.
 * @param {{onNative?: (host: Port, start: number) => void}} [how] `onNative` plays the host at its end of the port
 */
export function installChrome({ onNative = () => {} } = {}) {
  const onMessage = new Listeners();
  const onConnect = new Listeners();
  /** @type {Port[]} */
  const natives = [];
  const runtime = {
    id: EXTENSION_ID,
    /** @type {{message: string}|undefined} */
    lastError: undefined,
    onMessage,
    onConnect,
    getURL: (/** @type {string} */ path) => ORIGIN + path,
    getManifest: () => ({ version: '0.1.0' }),
    /** @param {unknown} message */
    async sendMessage(message, sender = { id: EXTENSION_ID, url: `${ORIGIN}offscreen/offscreen.html` }) {
      const copy = JSON.parse(JSON.stringify(message));
      return new Promise((resolve) => {
        const willAnswer = onMessage.fire(copy, sender, resolve).some((answer) => answer === true);
        if (!willAnswer) resolve(undefined);
      });
    },
    connectNative() {
      const [ours, theirs] = portPair();
      natives.push(ours);
      onNative(theirs, natives.length);
      return ours;
    },
  };
  const storage = { managed: { get: async () => ({}) } };
  const chrome = { runtime, storage };
  Object.assign(globalThis, { chrome });
  return {
    chrome,
    natives,
    /** The browser ends a port and says why. @param {Port} port @param {string} words */
    endNative(port, words) {
      runtime.lastError = { message: words };
      port.end();
      runtime.lastError = undefined;
    },
  };
}

/** A test may have put another clock in place. */
const { setTimeout: realTimeout } = globalThis;

/** Waits for a condition; a test that waits in vain fails. @param {() => unknown} claim @param {string} what */
export async function until(claim, what, timeoutMs = 3000) {
  const deadline = performance.now() + timeoutMs;
  while (!claim()) {
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => {
      realTimeout(resolve, 1);
    });
  }
}
