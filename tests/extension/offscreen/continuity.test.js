import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Continuity, STALL_MS } from '../../../extension/offscreen/workers/continuity.js';

test('before the first sample there is silence from the very beginning', () => {
  const continuity = new Continuity(1000, 20);
  assert.equal(continuity.due(1010), 0);
  assert.equal(continuity.due(1020), 1);
  assert.equal(continuity.due(1100), 4);
  assert.equal(continuity.due(1100), 0);
});

test('a microphone that delivers, even in bursts, is not filled up', () => {
  const continuity = new Continuity(0, 20);
  for (let now = 0; now < 3000; now += STALL_MS) {
    continuity.heard(now);
    assert.equal(continuity.due(now + STALL_MS), 0);
  }
});

test('a microphone that stalls is stood in for, until it is back', () => {
  const continuity = new Continuity(0, 20);
  continuity.heard(1000);
  assert.equal(continuity.due(1000 + STALL_MS + 19), 0);
  let silent = 0;
  for (let now = 1000; now <= 3000; now += 20) silent += continuity.due(now);
  assert.ok(Math.abs(silent * 20 - (2000 - STALL_MS)) <= 20, `${silent * 20} ms of silence`);
  continuity.heard(3010);
  assert.equal(continuity.due(3030), 0);
});
