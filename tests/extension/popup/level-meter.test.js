import assert from 'node:assert/strict';
import { test } from 'node:test';

import { barHeights, levelOf } from '../../../extension/popup/level-meter.js';

test('louder is higher, and every height is within the bar', () => {
  const heights = [0, 0.01, 0.1, 0.5, 1].map((level) => barHeights(level)[1]);
  assert.deepEqual(heights, [...heights].sort((one, other) => one - other));
  for (const height of [-5, 0, 0.3, 1, 99].flatMap(barHeights)) assert.ok(height > 0 && height <= 1, `${height}`);
});

test('ordinary speech is well seen', () => {
  assert.ok(barHeights(0.1)[1] > 0.4);
});

test('no level shows the mark at rest', () => {
  for (const level of [null, undefined, NaN, 'loud', {}]) assert.deepEqual(barHeights(level), barHeights(null));
});

test('the level is of whoever has the word', () => {
  const levels = { microphone: 0.2, speaker: 0.7 };
  assert.equal(levelOf('speaking', levels), 0.7);
  for (const look of /** @type {const} */ (['starting', 'listening', 'thinking'])) assert.equal(levelOf(look, levels), 0.2);
  for (const look of /** @type {const} */ (['idle', 'muted', 'paused', 'reconnecting', 'ended', 'failed'])) {
    assert.equal(levelOf(look, levels), null);
  }
  assert.equal(levelOf('listening', null), 0);
});
