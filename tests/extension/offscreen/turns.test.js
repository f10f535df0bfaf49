import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Turns } from '../../../extension/offscreen/turns.js';

test('a question is awaited until the first of its answer', () => {
  for (const answer of /** @type {const} */ (['read', 'listen'])) {
    const turns = new Turns();
    turns.ask();
    assert.equal(turns.awaited, true);
    turns[answer](1);
    assert.equal(turns.awaited, false);
  }
});

test('a spoken question whose words come late is not awaited: its answer has begun', () => {
  const turns = new Turns();
  turns.listen(4);
  turns.hear(4);
  assert.equal(turns.awaited, false);
  turns.hear(5);
  assert.equal(turns.awaited, true);
});

test('an answer is coming in from its first sound to its end or interruption', () => {
  const turns = new Turns();
  turns.listen(1);
  assert.equal(turns.answering, true);
  turns.complete();
  assert.equal(turns.answering, false);
  turns.listen(2);
  turns.interrupt(2);
  assert.equal(turns.answering, false);
});

test('F11 sound of an interrupted turn and of those before may not be heard', () => {
  const turns = new Turns();
  turns.interrupt(3);
  assert.deepEqual([2, 3, 4, 5].map((turn) => turns.listen(turn)), [false, false, true, true]);
});

test('F11 turn numbers go round', () => {
  const turns = new Turns();
  turns.interrupt(0xffff);
  assert.deepEqual([0xfffe, 0xffff, 0, 1].map((turn) => turns.listen(turn)), [false, false, true, true]);
});

test('a question that ends with nothing is not awaited for ever', () => {
  const turns = new Turns();
  turns.ask();
  turns.complete();
  assert.equal(turns.awaited, false);
});
