import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Chunker } from '../../../extension/offscreen/workers/chunker.js';

test('chunks of one length come out, whatever the lengths that go in', () => {
  const chunker = new Chunker(320);
  const source = Float32Array.from({ length: 5000 }, (_, index) => 0.9 * Math.sin(index / 7));
  /** @type {number[]} */
  const out = [];
  let at = 0;
  for (const length of [128, 1, 319, 640, 0, 128, 960, 2000]) {
    for (const chunk of chunker.add(source.subarray(at, (at += length)))) {
      assert.equal(chunk.length, 320);
      out.push(...chunk);
    }
  }
  assert.equal(out.length, Math.floor(at / 320) * 320);
  assert.deepEqual(out, Array.from(source.subarray(0, out.length), (value) => Math.round(value * 32768) + 0));
});

test('each chunk has a buffer of its own, so that it can be given away', () => {
  const chunks = new Chunker(2).add(new Float32Array(6));
  assert.equal(new Set(chunks.map(({ buffer }) => buffer)).size, 3);
});

test('what is too loud is clamped', () => {
  assert.deepEqual([...new Chunker(2).add(Float32Array.of(2, -2))[0]], [32767, -32768]);
});
