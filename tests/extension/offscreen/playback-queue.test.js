import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MAX_QUEUED_SAMPLES, PlaybackQueue } from '../../../extension/offscreen/worklets/playback-queue.js';

/** @param {PlaybackQueue} queue @param {number} length */
function read(queue, length) {
  const output = new Float32Array(length);
  const count = queue.read(output, 0);
  return [...output.subarray(0, count)].map((value) => Math.round(value * 32768));
}

test('what comes in comes out in order, across the edges of chunks', () => {
  const queue = new PlaybackQueue();
  queue.add(Int16Array.of(1, 2, 3), 1);
  queue.add(Int16Array.of(4), 1);
  queue.add(new Int16Array(0), 1);
  queue.add(Int16Array.of(5, 6), 1);
  assert.deepEqual(read(queue, 2), [1, 2]);
  assert.deepEqual(read(queue, 3), [3, 4, 5]);
  assert.equal(queue.length, 1);
  assert.deepEqual(read(queue, 3), [6]);
  assert.deepEqual(read(queue, 3), []);
  assert.equal(queue.first, undefined);
});

test('it is written from where it is told to, and no further', () => {
  const queue = new PlaybackQueue();
  queue.add(Int16Array.of(16384, 8192), 1);
  const output = new Float32Array(5).fill(9);
  assert.equal(queue.read(output, 2), 2);
  assert.deepEqual([...output], [9, 9, 0.5, 0.25, 9]);
});

test('two answers are two runs, and one is read at a time', () => {
  const queue = new PlaybackQueue();
  queue.add(Int16Array.of(1, 2), 1);
  queue.add(Int16Array.of(3), 2);
  assert.deepEqual(read(queue, 9), [1, 2]);
  assert.equal(queue.first?.turn, 2);
  assert.deepEqual(read(queue, 9), [3]);
});

test('F11 what is cut away is gone, and what comes later does not follow on from the rest', () => {
  const queue = new PlaybackQueue();
  queue.add(Int16Array.of(1, 2, 3, 4), 1);
  queue.add(Int16Array.of(5), 2);
  queue.cut(2);
  queue.add(Int16Array.of(6, 7), 1);
  assert.deepEqual([read(queue, 9), read(queue, 9)], [[1, 2], [6, 7]]);
  queue.cut(2);
  assert.deepEqual([queue.length, queue.first], [0, undefined]);
});

test('F10 its memory is bounded: the newest is given up and counted, and nothing follows on across the hole', () => {
  const queue = new PlaybackQueue();
  const minute = new Int16Array(60 * 24_000);
  for (let count = 0; count < 11; count += 1) queue.add(minute, 1);
  assert.equal(queue.length, MAX_QUEUED_SAMPLES);
  assert.equal(queue.dropped, minute.length);
  assert.equal(queue.first?.open, false);
  read(queue, 1000);
  queue.add(Int16Array.of(5), 1);
  assert.equal(read(queue, MAX_QUEUED_SAMPLES).length, MAX_QUEUED_SAMPLES - 1000);
  assert.deepEqual(read(queue, 9), [5]);
});
