import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MAX_A_MINUTE, Retries } from '../../../extension/offscreen/retries.js';

test('F18 at once, then slower, and after ten in a row not at all', () => {
  const retries = new Retries();
  const delays = Array.from({ length: 11 }, (_, now) => retries.next(now));
  assert.deepEqual(delays, [0, 250, 500, 1000, 2000, 4000, 4000, 4000, 4000, 4000, null]);
});

test('what worked makes the next the first again', () => {
  const retries = new Retries();
  for (let now = 0; now < 4; now += 1) retries.next(now);
  retries.succeeded();
  assert.equal(retries.next(5), 0);
});

test('T27 a host that comes back and dies over and over is given up', () => {
  const retries = new Retries();
  const delays = Array.from({ length: MAX_A_MINUTE + 1 }, (_, index) => {
    const delay = retries.next(index * 2000);
    retries.succeeded();
    return delay;
  });
  assert.deepEqual(delays, [...Array(MAX_A_MINUTE).fill(0), null]);
  assert.equal(retries.next(61_000), 0);
});
