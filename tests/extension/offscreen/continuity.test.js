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
    for (let later = 20; later <= STALL_MS; later += 20) assert.equal(continuity.due(now + later), 0);
  }
});

test('a microphone that stalls is stood in for, until it is back', () => {
  const continuity = new Continuity(0, 20);
  continuity.due(1000);
  continuity.heard(1000);
  let silent = 0;
  for (let now = 1020; now <= 3000; now += 20) silent += continuity.due(now);
  assert.ok(Math.abs(silent * 20 - (2000 - STALL_MS)) <= 20, `${silent * 20} ms of silence`);
  continuity.heard(3010);
  assert.equal(continuity.due(3030), 0);
});

test('a busy machine that wakes this thread late adds no silence to what is still to be read', () => {
  const continuity = new Continuity(0, 20);
  for (let now = 20; now <= 1000; now += 20) {
    continuity.heard(now);
    continuity.due(now);
  }
  assert.equal(continuity.due(2500), 0);
  continuity.heard(2500);
  assert.equal(continuity.due(2520), 0);
  let silent = 0;
  for (let now = 2540; now <= 3500; now += 20) silent += continuity.due(now);
  assert.ok(Math.abs(silent * 20 - (1000 - STALL_MS)) <= 40, `${silent * 20} ms of silence once the microphone itself stalls`);
});
