import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Lateness } from '../../../extension/offscreen/workers/lateness.js';

/** @param {[number, number][]} arrivals the time that each has of its own, and when it came */
const lateness = (arrivals) => {
  const late = new Lateness();
  return arrivals.map(([stamp, now]) => late.of(stamp, now));
};

test('what comes as soon as ever is not late, whatever its clock says', () => {
  assert.deepEqual(lateness([[5, 1000], [15, 1010], [25, 1020]]), [0, 0, 0]);
});

test('what waited and comes at once is as late as it waited', () => {
  assert.deepEqual(lateness([[0, 1000], [10, 1500], [20, 1500], [500, 1500], [510, 1510]]), [0, 490, 480, 0, 0]);
});

test('a way that is shorter than thought makes the next late, not this one', () => {
  assert.deepEqual(lateness([[0, 1030], [10, 1010], [20, 1050]]), [0, 0, 30]);
});

test('a clock that drifts is late by what it drifted lately, at most', () => {
  const late = new Lateness();
  let worst = 0;
  for (let now = 0; now < 3_600_000; now += 10) worst = Math.max(worst, late.of(now * (1 - 100e-6), now));
  assert.ok(worst <= 2.1, `${worst} ms`);
});

test('after a long silence nothing of before counts', () => {
  assert.deepEqual(lateness([[0, 1000], [100, 61_000], [110, 61_010]]), [0, 0, 0]);
});

test('a clock that was set back is another clock', () => {
  assert.deepEqual(lateness([[500, 1000], [510, 1010], [30, 1020], [40, 1040]]), [0, 0, 0, 10]);
});
