/** The JavaScript half of the protocol as JSON on stdout: what `test_protocol.py` compares. */

import { readFileSync } from 'node:fs';

const library = new URL('../../extension/lib/', import.meta.url);
const protocol = await import(new URL('protocol.js', library).href);
const state = await import(new URL('state.js', library).href);
const { frames } = JSON.parse(readFileSync(0, 'utf8'));

const { MESSAGES, ERROR_CODES, MEDIA, PROTOCOL_VERSION, HOST_NAME, SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX } = protocol;
const { MAX_CONTROL_BYTES, MAX_MEDIA_BYTES, MAX_SOUND_BYTES, HEADER_BYTES } = protocol;

const media = frames.map((/** @type {any} */ { kind, turn, sequence, time, hex, payload }) => {
  const { buffer, byteOffset, byteLength } = Buffer.from(hex, 'hex');
  const decoded = protocol.decodeMedia(/** @type {ArrayBuffer} */ (buffer.slice(byteOffset, byteOffset + byteLength)));
  const encoded = protocol.encodeMedia(kind, { turn, sequence, time }, Buffer.from(payload, 'hex'));
  return {
    encoded: Buffer.from(encoded).toString('hex'),
    decoded: { ...decoded, payload: Buffer.from(decoded.payload).toString('hex') },
  };
});

process.stdout.write(
  JSON.stringify({
    constants: {
      PROTOCOL_VERSION,
      HOST_NAME,
      SUBPROTOCOL,
      TOKEN_SUBPROTOCOL_PREFIX,
      MAX_CONTROL_BYTES,
      MAX_MEDIA_BYTES,
      MAX_SOUND_BYTES,
      HEADER_BYTES,
      MEDIA,
    },
    messages: MESSAGES,
    error_codes: ERROR_CODES,
    transitions: state.TRANSITIONS,
    media,
  }),
);
