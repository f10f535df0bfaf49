/** The JavaScript half of the wire, on the golden messages that the Python half is tested with too. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

import {
  ERROR_CODES,
  HEADER_BYTES,
  MAX_CONTROL_BYTES,
  MAX_MEDIA_BYTES,
  MEDIA,
  MESSAGES,
  ProtocolError,
  checkMessage,
  decodeMedia,
  encodeMedia,
  parseMessage,
} from '../../../extension/lib/protocol.js';

const GOLDEN = new URL('../../protocol/', import.meta.url);
const CHANNELS = /** @type {import('../../../extension/lib/protocol.js').Channel[]} */ (Object.keys(MESSAGES));

/** @param {string} folder @returns {string[]} */
const names = (folder) => readdirSync(new URL(folder, GOLDEN)).sort();
/** @param {string} path */
const read = (path) => JSON.parse(readFileSync(new URL(path, GOLDEN), 'utf8'));

for (const channel of CHANNELS) {
  test(`${channel}: every message has a golden one`, () => {
    assert.deepEqual(names(`${channel}/`), Object.keys(MESSAGES[channel]).sort());
  });

  for (const type of names(`${channel}/`)) {
    for (const file of names(`${channel}/${type}/`)) {
      test(`${channel}: ${type} ${file} fits`, () => {
        const golden = read(`${channel}/${type}/${file}`);
        assert.equal(golden.type, type);
        assert.deepEqual(checkMessage(channel, structuredClone(golden)), golden);
      });
    }
  }

  for (const file of names(`bad/${channel}/`)) {
    test(`${channel}: bad ${file} is refused`, () => {
      assert.throws(() => checkMessage(channel, read(`bad/${channel}/${file}`)), ProtocolError);
    });
  }
}

test('unknown fields are ignored, so that a newer host is understood', () => {
  const message = { type: 'pong', later: 1, data: { time: 1, mood: 'fine' } };
  assert.equal(checkMessage('link-down', message), message);
});

test('a number is finite', () => {
  for (const time of [NaN, Infinity, -Infinity]) {
    assert.throws(() => checkMessage('link-up', { type: 'ping', data: { time } }), /time is not number/);
  }
});

test('a refusal names the field and never its value', () => {
  const leak = { type: 'hello', data: { version: 7, protocol: 1 } };
  assert.throws(() => checkMessage('native-up', leak), { message: 'hello: version is not string' });
});

test('T11 a control message of the limit is taken, one byte more is refused, whatever its letters', () => {
  const json = (/** @type {string} */ text) => JSON.stringify({ type: 'ask', data: { text } });
  const room = MAX_CONTROL_BYTES - json('').length;
  assert.equal(parseMessage('link-up', json('a'.repeat(room))).data.text.length, room);
  assert.throws(() => parseMessage('link-up', json('a'.repeat(room + 1))), { name: 'Error', message: `link-up: over ${MAX_CONTROL_BYTES} bytes` });
  assert.throws(() => parseMessage('link-up', json('鸟'.repeat(room / 2))), ProtocolError);
});

test('what is no JSON is refused without quoting it', () => {
  assert.throws(() => parseMessage('link-down', '{"secret words'), { message: 'link-down: not JSON' });
});

test('T11 media over the limit are refused', () => {
  assert.equal(decodeMedia(new ArrayBuffer(HEADER_BYTES + MAX_MEDIA_BYTES)).payload.byteLength, MAX_MEDIA_BYTES);
  assert.throws(() => decodeMedia(new ArrayBuffer(HEADER_BYTES + MAX_MEDIA_BYTES + 1)), ProtocolError);
});

test('an error code names one thing', () => {
  assert.equal(new Set(ERROR_CODES).size, ERROR_CODES.length);
  for (const code of ERROR_CODES) assert.match(code, /^[a-z]+(-[a-z]+)*$/);
});

test('the tables cannot be changed', () => {
  assert.throws(() => Object.assign(MESSAGES, { 'native-up': {} }), TypeError);
  assert.throws(() => Object.assign(ERROR_CODES, { 0: 'x' }), TypeError);
});

test('media survive the wire', () => {
  const payload = Uint8Array.from([1, 2, 3, 255]);
  const frame = encodeMedia(MEDIA.AUDIO_DOWN, { turn: 65535, sequence: 4294967295, time: 1790000000123.25 }, payload);
  assert.equal(frame.byteLength, HEADER_BYTES + 4);
  const decoded = decodeMedia(/** @type {ArrayBuffer} */ (frame.buffer));
  assert.deepEqual({ ...decoded, payload: [...decoded.payload] }, {
    kind: MEDIA.AUDIO_DOWN,
    turn: 65535,
    sequence: 4294967295,
    time: 1790000000123.25,
    payload: [1, 2, 3, 255],
  });
});

test('a part of a larger buffer is encoded as that part alone', () => {
  const part = Uint8Array.from([9, 8, 7, 6]).subarray(1, 3);
  const frame = encodeMedia(MEDIA.VIDEO_UP, { sequence: 0, time: 0 }, part);
  assert.deepEqual([...frame.subarray(HEADER_BYTES)], [8, 7]);
});

test('media shorter than its header are refused', () => {
  for (const length of [0, 1, HEADER_BYTES - 1]) {
    assert.throws(() => decodeMedia(new ArrayBuffer(length)), ProtocolError);
  }
  assert.equal(decodeMedia(new ArrayBuffer(HEADER_BYTES)).payload.byteLength, 0);
});
