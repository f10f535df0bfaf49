/**
 * The wire between extension and host, JavaScript half. `host/tabtalk/protocol.py` is the other half; a contract test
 * holds the two, the golden messages in `tests/protocol/` and `docs/PROTOCOL.md` together.
 *
 * Two channels: native messaging (JSON, stdio of the host) for control, and the link (WebSocket on 127.0.0.1) for one
 * conversation. Control messages are `{type, id?, re?, data}`; media are binary frames with a 16-byte header.
 */

export const PROTOCOL_VERSION = 1;
export const HOST_NAME = 'app.tabtalk.host';
export const SUBPROTOCOL = 'tabtalk.v1';
export const TOKEN_SUBPROTOCOL_PREFIX = 'auth.';

/** @typedef {'string'|'int'|'number'|'bool'|'object'} Kind  A trailing `?` marks a field that may be absent. */
/** @typedef {{[field: string]: string}} Fields */
/** @typedef {{type: string, id?: number, re?: number, data: {[field: string]: any}}} Message */

/** Which table a message belongs to: channel and direction. `up` is extension to host. */
export const MESSAGES = Object.freeze({
  'native-up': {
    'hello': { version: 'string', protocol: 'int', managed: 'object?' },
    'mint-token': {},
    'get-settings': {},
    'change-settings': { settings: 'object' },
    'get-profiles': {},
    'give-key': { profile: 'string', key: 'string' },
    'use-vertex': { profile: 'string', project: 'string', location: 'string' },
    'change-profile': { change: 'string', profile: 'string', name: 'string?' },
    'check-links': {},
    'get-kept': {},
    'delete-log': {},
    'list-models': {},
    'hear-voice': { voice: 'string', language: 'string' },
    'hush': {},
  },
  'native-down': {
    'hello': { version: 'string', protocol: 'int', port: 'int', token: 'string', server_token: 'string' },
    'token': { port: 'int', token: 'string', server_token: 'string' },
    'settings': { settings: 'object', offers: 'object?' },
    'host-status': { key: 'string', practice: 'bool', model: 'string' },
    'profiles': { active: 'string', profiles: 'object' },
    'verdict': { verdict: 'string', kept: 'string', text: 'string', why: 'string' },
    'links': { links: 'object' },
    'kept': { settings: 'string', log: 'string', log_bytes: 'int' },
    'models': { models: 'object', origin: 'string', code: 'string' },
    'sample': { sound: 'string' },
    'goodbye': { reason: 'string' },
    'error': { code: 'string', text: 'string', fatal: 'bool' },
  },
  'link-up': {
    'start-session': { source: 'string', title: 'string', site: 'string?', talk: 'string?', conversation: 'string?', handle: 'string?', history: 'object?' },
    'ask': { text: 'string' },
    'capture-changed': { source: 'string', title: 'string', site: 'string?', muted: 'bool', paused: 'bool' },
    'pointed': { x: 'number', y: 'number', width: 'number', height: 'number' },
    'wake': {},
    'network-changed': { online: 'bool' },
    'ping': { time: 'number' },
    'end-session': {},
  },
  'link-down': {
    'welcome': { server_token: 'string', version: 'string' },
    'attached': { kept: 'bool', received: 'int' },
    'resumption': { handle: 'string' },
    'dropped': { seconds: 'number' },
    'session-state': { state: 'string', reason: 'string?', practice: 'bool', model: 'string' },
    'transcript': { role: 'string', text: 'string', finished: 'bool', turn: 'int' },
    'interrupted': { turn: 'int' },
    'turn-complete': { turn: 'int' },
    'speech': { time: 'number' },
    'frame-ack': { sequence: 'int' },
    'pong': { time: 'number' },
    'error': { code: 'string', text: 'string', fatal: 'bool' },
  },
});

/** @typedef {keyof typeof MESSAGES} Channel */

/** Append only: a code that was once released keeps its meaning. `docs/PROTOCOL.md` says what each one means. */
export const ERROR_CODES = Object.freeze([
  'host-missing',
  'host-forbidden',
  'host-exited',
  'version-mismatch',
  'bad-message',
  'link-lost',
  'key-rejected',
  'key-unreadable',
  'model-missing',
  'quota-exceeded',
  'request-rejected',
  'no-network',
  'setup-timeout',
  'service-unavailable',
  'settings-invalid',
  'microphone-denied',
  'microphone-missing',
  'microphone-lost',
  'tab-forbidden',
  'tab-lost',
  'screen-denied',
  'internal',
  'nothing-shared',
  'page-blocked',
  'page-gone',
  'login-needed',
  'model-replaced',
  'echo-heard',
  'picture-missing',
  'nothing-heard',
  'sound-refused',
  'host-broken',
]);

/** Largest control message in bytes, either way. Chromium itself closes the native port above 1 MiB from the host. */
export const MAX_CONTROL_BYTES = 256 * 1024;
/** Largest media payload in bytes. */
export const MAX_MEDIA_BYTES = 4 * 1024 * 1024;
/** Most sound that a question is asked about, in bytes: 45 s. */
export const MAX_SOUND_BYTES = 45 * 16_000 * 2;

/** Kinds of binary frame. */
export const MEDIA = Object.freeze({ AUDIO_UP: 1, VIDEO_UP: 2, AUDIO_DOWN: 3, SOUND_UP: 4 });
/** Header: kind u8, flags u8 (0), turn u16, sequence u32, time f64 (ms since the Unix epoch); little-endian. */
export const HEADER_BYTES = 16;

export class ProtocolError extends Error {}

/**
 * One control message from its JSON.
 * @param {Channel} channel
 * @param {string} json
 * @returns {Message}
 * @throws {ProtocolError} naming the message and the field, and quoting nothing
 */
export function parseMessage(channel, json) {
  if (new TextEncoder().encode(json).byteLength > MAX_CONTROL_BYTES) {
    throw new ProtocolError(`${channel}: over ${MAX_CONTROL_BYTES} bytes`);
  }
  let value;
  try {
    value = JSON.parse(json);
  } catch {
    throw new ProtocolError(`${channel}: not JSON`);
  }
  return checkMessage(channel, value);
}

/**
 * @param {Channel} channel
 * @param {unknown} value what arrived or is about to be sent
 * @returns {Message}
 * @throws {ProtocolError} naming the message and the field
 */
export function checkMessage(channel, value) {
  if (typeof value !== 'object' || value === null) throw new ProtocolError(`${channel}: not an object`);
  const message = /** @type {Message} */ (value);
  const { type, data } = message;
  /** @type {{[type: string]: Fields}} */
  const table = MESSAGES[channel];
  if (typeof type !== 'string' || !Object.hasOwn(table, type)) throw new ProtocolError(`${channel}: unknown type`);
  for (const key of ['id', 're']) {
    const number = /** @type {any} */ (message)[key];
    if (number !== undefined && !Number.isInteger(number)) throw new ProtocolError(`${type}: ${key} is not an integer`);
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) throw new ProtocolError(`${type}: no data`);
  for (const [field, spec] of Object.entries(table[type])) checkField(type, field, spec, data[field]);
  return message;
}

/** @param {string} type @param {string} field @param {string} spec @param {unknown} value */
function checkField(type, field, spec, value) {
  const optional = spec.endsWith('?');
  if (value === undefined || value === null) {
    if (optional) return;
    throw new ProtocolError(`${type}: ${field} is missing`);
  }
  const kind = optional ? spec.slice(0, -1) : spec;
  const right =
    kind === 'int' ? Number.isInteger(value)
    : kind === 'bool' ? typeof value === 'boolean'
    : kind === 'object' ? typeof value === 'object' && !Array.isArray(value)
    : kind === 'number' ? typeof value === 'number' && Number.isFinite(value)
    : typeof value === kind;
  if (!right) throw new ProtocolError(`${type}: ${field} is not ${kind}`);
}

/**
 * One binary frame, header and payload in a single buffer.
 * @param {number} kind one of MEDIA
 * @param {{turn?: number, sequence: number, time: number}} header
 * @param {Uint8Array} payload
 * @returns {Uint8Array}
 */
export function encodeMedia(kind, { turn = 0, sequence, time }, payload) {
  const frame = new Uint8Array(HEADER_BYTES + payload.byteLength);
  const view = new DataView(frame.buffer);
  view.setUint8(0, kind);
  view.setUint16(2, turn, true);
  view.setUint32(4, sequence, true);
  view.setFloat64(8, time, true);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

/**
 * @param {ArrayBuffer} buffer
 * @returns {{kind: number, turn: number, sequence: number, time: number, payload: Uint8Array}} payload shares the buffer
 * @throws {ProtocolError}
 */
export function decodeMedia(buffer) {
  if (buffer.byteLength < HEADER_BYTES) throw new ProtocolError('media: shorter than its header');
  if (buffer.byteLength > HEADER_BYTES + MAX_MEDIA_BYTES) throw new ProtocolError('media: too long');
  const view = new DataView(buffer);
  return {
    kind: view.getUint8(0),
    turn: view.getUint16(2, true),
    sequence: view.getUint32(4, true),
    time: view.getFloat64(8, true),
    payload: new Uint8Array(buffer, HEADER_BYTES),
  };
}
