import assert from 'node:assert/strict';
import { test } from 'node:test';

import { KEPT_MS, KeptAudio } from '../../../extension/lib/kept-audio.js';

/** 20 ms that can be heard, unless it is silence. @param {number} index @param {number} [value] */
function chunk(index, value = 1000) {
  return { samples: new Int16Array(320).fill(value), time: index * 20 };
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
  assert.equal(kept.takeLostMs(), 60);
  assert.equal(kept.takeLostMs(), 0);
  assert.deepEqual(kept.take().map(({ time }) => time), [60, 80, 100, 120, 140]);
});

test('half a minute is kept, not a chunk more', () => {
  const kept = new KeptAudio();
  for (let index = 0; index < KEPT_MS / 20; index += 1) kept.add(chunk(index));
  assert.equal(kept.takeLostMs(), 0);
  kept.add(chunk(KEPT_MS / 20));
  assert.equal(kept.takeLostMs(), 20);
  assert.equal(kept.durationMs, KEPT_MS);
});

test('after it was taken it keeps again', () => {
  const kept = new KeptAudio(40);
  for (let index = 0; index < 3; index += 1) kept.add(chunk(index));
  kept.take();
  kept.add(chunk(9));
  assert.deepEqual(kept.take().map(({ time }) => time), [180]);
});

test('silence is kept, but nobody said it: it does not count, and is not lost', () => {
  const kept = new KeptAudio(100);
  kept.add(chunk(0));
  for (let index = 1; index < 5; index += 1) kept.add(chunk(index, 0));
  assert.deepEqual([kept.durationMs, kept.audibleMs], [100, 20]);
  kept.add(chunk(5, 0));
  kept.add(chunk(6, 0));
  assert.deepEqual([kept.audibleMs, kept.takeLostMs()], [0, 20]);
});

test('what is put back comes first, within the bound', () => {
  const kept = new KeptAudio(100);
  for (let index = 4; index < 7; index += 1) kept.add(chunk(index));
  kept.putBack([1, 2, 3].map((index) => chunk(index)));
  assert.equal(kept.takeLostMs(), 20);
  assert.deepEqual(kept.take().map(({ time }) => time), [40, 60, 80, 100, 120]);
});

test('with a smaller bound only the newest stays, and nothing counts as lost', () => {
  const kept = new KeptAudio(100);
  for (let index = 0; index < 5; index += 1) kept.add(chunk(index));
  kept.limitTo(40, { thins: true });
  assert.equal(kept.takeLostMs(), 0);
  kept.add(chunk(5));
  kept.limitTo(100, { thins: true });
  kept.add(chunk(6));
  assert.deepEqual(kept.take().map(({ time }) => time), [80, 100, 120]);
});

test('a question outlasts a long silence after it, with its pauses; only more words than there is room for are lost', () => {
  const kept = new KeptAudio(4000);
  const said = [...Array(50).fill(1000), ...Array(20).fill(0), ...Array(50).fill(1000)];
  said.forEach((value, index) => kept.add(chunk(index, value)));
  for (let index = 120; index < 3000; index += 1) kept.add(chunk(index, 0));
  assert.deepEqual([kept.durationMs, kept.audibleMs, kept.takeLostMs()], [4000, 2000, 0]);
  for (let index = 3000; index < 3200; index += 1) kept.add(chunk(index));
  assert.equal(kept.takeLostMs(), 2000);
  assert.equal(kept.take().at(-1)?.time, 3199 * 20);
});

test('where only the newest is wanted, a sound of long ago goes with the silence after it', () => {
  const kept = new KeptAudio(100);
  kept.limitTo(100, { thins: false });
  kept.add(chunk(0));
  for (let index = 1; index < 6; index += 1) kept.add(chunk(index, 0));
  assert.deepEqual(kept.take().map(({ time }) => time), [20, 40, 60, 80, 100]);
});

test('where a press is over stays, though nobody hears it', () => {
  const kept = new KeptAudio(1000);
  const quiet = (/** @type {number} */ time) => ({ samples: new Int16Array(320), time, press: 1 });
  for (let time = 0; time < 800; time += 20) kept.add(quiet(time));
  kept.add({ samples: new Int16Array(0), time: 800, press: 1 });
  for (let time = 800; time < 4000; time += 20) kept.add({ ...quiet(time), press: 2 });
  assert.equal(kept.take().filter(({ samples }) => samples.length === 0).length, 1);
});
