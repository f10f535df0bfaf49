import assert from 'node:assert/strict';
import { test } from 'node:test';

import { KEPT_MS, KeptAudio } from '../../../extension/lib/kept-audio.js';

/** @param {number} index */
function chunk(index) {
  return { samples: new Int16Array(320).fill(index), time: index * 20 };
}

test('what is kept comes back in order, once', () => {
  const kept = new KeptAudio();
  for (let index = 0; index < 5; index += 1) kept.add(chunk(index));
  assert.equal(kept.durationMs, 100);
  assert.deepEqual(kept.take().map(({ time }) => time), [0, 20, 40, 60, 80]);
  assert.deepEqual(kept.take(), []);
  assert.equal(kept.durationMs, 0);
});

test('when it is full the oldest goes and is counted', () => {
  const kept = new KeptAudio(100);
  for (let index = 0; index < 8; index += 1) kept.add(chunk(index));
  assert.equal(kept.dropped, 3);
  assert.deepEqual(kept.take().map(({ time }) => time), [60, 80, 100, 120, 140]);
});

test('half a minute is kept, not a chunk more', () => {
  const kept = new KeptAudio();
  for (let index = 0; index < KEPT_MS / 20; index += 1) kept.add(chunk(index));
  assert.equal(kept.dropped, 0);
  kept.add(chunk(KEPT_MS / 20));
  assert.equal(kept.dropped, 1);
  assert.equal(kept.durationMs, KEPT_MS);
});

test('after it was taken it keeps again', () => {
  const kept = new KeptAudio(40);
  for (let index = 0; index < 3; index += 1) kept.add(chunk(index));
  kept.take();
  kept.add(chunk(9));
  assert.deepEqual(kept.take().map(({ time }) => time), [180]);
});
