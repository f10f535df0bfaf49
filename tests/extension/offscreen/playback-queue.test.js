import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MAX_QUEUED_SAMPLES, PlaybackQueue } from '../../../extension/offscreen/worklets/playback-queue.js';

/** @param {PlaybackQueue} queue @param {number} length */
function read(queue, length) {
  const output = new Float32Array(length).fill(9);
  const filled = queue.read(output);
  return { filled, samples: [...output].map((value) => Math.round(value * 32768)) };
}

test('what comes in comes out in order, across the edges of chunks', () => {
  const queue = new PlaybackQueue();
  queue.add(Int16Array.of(1, 2, 3));
  queue.add(Int16Array.of(4));
  queue.add(Int16Array.of(5, 6));
  assert.deepEqual(read(queue, 2), { filled: 2, samples: [1, 2] });
  assert.deepEqual(read(queue, 3), { filled: 3, samples: [3, 4, 5] });
  assert.equal(queue.length, 1);
});

test('where there is nothing there is silence', () => {
  const queue = new PlaybackQueue();
  assert.deepEqual(read(queue, 3), { filled: 0, samples: [0, 0, 0] });
  queue.add(Int16Array.of(-7));
  assert.deepEqual(read(queue, 3), { filled: 1, samples: [-7, 0, 0] });
  assert.equal(queue.played, 1);
});

test('F10 twenty seconds that come at once are played whole', () => {
  const queue = new PlaybackQueue();
  const chunks = Array.from({ length: 200 }, (_, chunk) => new Int16Array(2400).fill(chunk + 1));
  for (const chunk of chunks) queue.add(chunk);
  assert.equal(queue.dropped, 0);
  /** @type {number[]} */
  const heard = [];
  while (queue.length > 0) heard.push(...read(queue, 128).samples);
  assert.equal(heard.length, 480_000);
  assert.ok(heard.every((sample, index) => sample === Math.floor(index / 2400) + 1));
});

test('F11 after a clear the next quantum is silent, and what comes later plays from its first sample', () => {
  const queue = new PlaybackQueue();
  queue.add(new Int16Array(15 * 24_000).fill(5));
  read(queue, 100);
  queue.clear();
  assert.deepEqual(read(queue, 128), { filled: 0, samples: Array(128).fill(0) });
  queue.add(Int16Array.of(8, 9));
  assert.deepEqual(read(queue, 2).samples, [8, 9]);
});

test('F10 its memory is bounded: the newest is given up and counted', () => {
  const queue = new PlaybackQueue();
  const minute = new Int16Array(60 * 24_000);
  for (let count = 0; count < 11; count += 1) queue.add(minute);
  assert.equal(queue.length, MAX_QUEUED_SAMPLES);
  assert.equal(queue.dropped, minute.length);
});

test('an empty chunk changes nothing', () => {
  const queue = new PlaybackQueue();
  queue.add(new Int16Array(0));
  queue.add(Int16Array.of(3));
  assert.deepEqual(read(queue, 2), { filled: 1, samples: [3, 0] });
});
