import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MAX_SOUND_BYTES } from '../../../extension/lib/protocol.js';
import { JustSaid } from '../../../extension/offscreen/just-said.js';

const MOST = MAX_SOUND_BYTES / 2;
const CHUNKS = MOST / 320;
const BEGAN = 1_790_000_000_000;

/** 20 ms that can be heard, each with a number of its own. @param {number} index @param {number} [value] */
function chunk(index, value = 1000 + index) {
  return { samples: new Int16Array(320).fill(value), time: BEGAN + index * 20 };
}

/** @param {number} index the chunk that ended just now */
function after(index) {
  return BEGAN + (index + 1) * 20;
}

/** @param {Uint8Array|null} bytes @returns {number[]} the first sample of every 20 ms */
function numbers(bytes) {
  assert.ok(bytes);
  const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  return Array.from({ length: samples.length / 320 }, (_, index) => samples[index * 320]);
}

/** @param {number} count */
function kept(count) {
  const said = new JustSaid();
  for (let index = 0; index < count; index += 1) said.hear(chunk(index));
  return said;
}

test('what was heard comes back in order, and again', () => {
  const said = kept(5);
  assert.deepEqual(numbers(said.take(after(4))), [1000, 1001, 1002, 1003, 1004]);
  said.hear(chunk(5));
  assert.deepEqual(numbers(said.take(after(5))).at(-1), 1005);
});

test('no more than 45 s is kept, and those are the last', () => {
  const count = CHUNKS + 777;
  const taken = kept(count).take(after(count - 1));
  assert.equal(taken?.byteLength, MAX_SOUND_BYTES);
  assert.deepEqual(numbers(taken), Array.from({ length: CHUNKS }, (_, index) => 1777 + index));
});

test('what is taken is a copy', () => {
  const said = kept(3);
  said.take(after(2))?.fill(0);
  assert.deepEqual(numbers(said.take(after(2))), [1000, 1001, 1002]);
});

test('where the tab gave no sound there is silence', () => {
  const said = kept(2);
  said.hear(chunk(12));
  assert.deepEqual(numbers(said.take(after(12))), [1000, 1001, ...Array(10).fill(0), 1012]);
});

test('what is older than 45 s is not told, however long the tab was silent since', () => {
  const said = kept(100);
  const now = after(99) + 44_000;
  assert.deepEqual(numbers(said.take(now)), Array.from({ length: 50 }, (_, index) => 1050 + index));
  assert.equal(said.take(after(99) + 45_000), null);
  said.hear(chunk(100 + CHUNKS * 3));
  assert.deepEqual(numbers(said.take(after(100 + CHUNKS * 3))).filter((number) => number !== 0), [1100 + CHUNKS * 3]);
});

test('nothing that can be heard is nothing', () => {
  const said = new JustSaid();
  assert.equal(said.take(BEGAN), null);
  for (let index = 0; index < 50; index += 1) said.hear(chunk(index, index % 3));
  assert.equal(said.take(after(49)), null);
});

test('cleared, it has nothing, and keeps again', () => {
  const said = kept(5);
  said.clear();
  assert.equal(said.take(after(4)), null);
  said.hear(chunk(9));
  assert.deepEqual(numbers(said.take(after(9))), [1009]);
});

test('of another page nothing is kept, and of the same one all', () => {
  const said = new JustSaid();
  said.follow(BEGAN);
  said.hear(chunk(0));
  said.follow(BEGAN);
  assert.deepEqual(numbers(said.take(after(0))), [1000]);
  said.follow(Infinity);
  assert.equal(said.take(after(0)), null);
  said.follow(BEGAN + 7000);
  said.hear(chunk(1));
  said.follow(BEGAN + 9000);
  assert.equal(said.take(after(1)), null);
});

test('chunks of any size leave its bounds as they are', () => {
  const said = new JustSaid();
  said.hear({ samples: new Int16Array(0), time: BEGAN });
  assert.equal(said.take(BEGAN), null);
  said.hear({ samples: new Int16Array(MOST * 3).fill(5000), time: BEGAN });
  assert.equal(said.take(BEGAN + 135_000)?.byteLength, MAX_SOUND_BYTES);
  said.hear({ samples: new Int16Array(7).fill(6000), time: BEGAN + 1e15 });
  assert.equal(said.take(BEGAN + 1e15)?.byteLength, MAX_SOUND_BYTES);
  said.hear({ samples: new Int16Array(7).fill(6000), time: -1e15 });
  assert.equal(said.take(BEGAN + 1e15), null);
});
