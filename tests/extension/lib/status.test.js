import assert from 'node:assert/strict';
import { test } from 'node:test';

import { idleStatus } from '../../../extension/lib/status.js';

test('every idle status is a new one', () => {
  idleStatus().source.title = 'changed';
  assert.equal(idleStatus().source.title, '');
});

test('idle captures nothing and has failed at nothing', () => {
  const { state, failure, picture, muted, paused } = idleStatus();
  assert.deepEqual({ state, failure, picture, muted, paused }, { state: 'idle', failure: null, picture: null, muted: false, paused: false });
});

test('a status survives the way to the panel', () => {
  const status = idleStatus();
  assert.deepEqual(JSON.parse(JSON.stringify(status)), status);
});
