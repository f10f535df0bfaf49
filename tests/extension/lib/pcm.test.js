import assert from 'node:assert/strict';
import { test } from 'node:test';

import { CHUNK_SAMPLES, floatToS16, meter, rms } from '../../../extension/lib/pcm.js';

test('samples are scaled and rounded', () => {
  assert.deepEqual([0, 0.5, -0.5, 1 / 32768].map(floatToS16), [0, 16384, -16384, 1]);
});

test('samples out of range are clamped, not wrapped', () => {
  assert.deepEqual([1, 1.5, Infinity, -1, -1.5, -Infinity].map(floatToS16), [32767, 32767, 32767, -32768, -32768, -32768]);
});

test('what is not a number is silence', () => {
  assert.equal(floatToS16(NaN), 0);
});

test('a chunk is 20 ms of 16 kHz', () => {
  assert.equal(CHUNK_SAMPLES, 320);
});

test('rms of silence, of nothing and of a full square wave', () => {
  assert.equal(rms(new Int16Array(0)), 0);
  assert.equal(rms(new Int16Array(100)), 0);
  assert.equal(rms(Int16Array.from({ length: 100 }, (_, index) => (index % 2 ? -32768 : 32767))).toFixed(3), '1.000');
});

test('the meter goes from 0 at -60 dBFS to 1 at full scale', () => {
  const at = (/** @type {number} */ value) => meter(new Int16Array(100).fill(value));
  assert.equal(at(0), 0);
  assert.equal(at(16), 0);
  assert.ok(Math.abs(at(3277) - 2 / 3) < 0.01);
  assert.ok(Math.abs(at(-32768) - 1) < 0.001);
});
