/** A WebSocket in memory: what is sent stays in `sent`, what comes is put in with `receive`. */
export class Socket {
  /** @type {Socket[]} */
  static opened = [];
  /** @type {(string|Uint8Array)[]} */
  sent = [];
  closed = false;
  binaryType = 'blob';
  /** @type {((event: any) => void)|null} */
  onmessage = null;
  /** @type {((event: any) => void)|null} */
  onerror = null;
  /** @type {((event: any) => void)|null} */
  onclose = null;

  /** @param {string} url @param {string[]} protocols */
  constructor(url, protocols) {
    this.url = url;
    this.protocols = protocols;
    Socket.opened.push(this);
  }

  /** @param {string|Uint8Array} data */
  send(data) {
    if (this.closed) throw new Error('the socket is closed');
    this.sent.push(data);
  }

  close() {
    this.closed = true;
  }

  /** A control message, or the bytes of a media frame. @param {object|string|ArrayBuffer} data */
  receive(data) {
    const raw = typeof data === 'string' || data instanceof ArrayBuffer ? data : JSON.stringify(data);
    this.onmessage?.({ data: raw });
  }

  /** The control messages sent. */
  get messages() {
    return this.sent.filter((data) => typeof data === 'string').map((data) => JSON.parse(/** @type {string} */ (data)));
  }
}
