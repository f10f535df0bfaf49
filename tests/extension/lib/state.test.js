import assert from 'node:assert/strict';
import { test } from 'node:test';

import { EVENTS, TRANSITIONS, allows, isRunning, next } from '../../../extension/lib/state.js';

const STATES = /** @type {(keyof typeof TRANSITIONS)[]} */ (Object.keys(TRANSITIONS));

test('every allowed pair goes to a state of the table', () => {
  for (const state of STATES) {
    for (const event of EVENTS.filter((event) => allows(state, event))) {
      assert.ok(STATES.includes(next(state, event)), `${state} ${event}`);
    }
  }
});

test('every other pair throws, naming both', () => {
  const illegal = STATES.flatMap((state) => EVENTS.filter((event) => !allows(state, event)).map((event) => [state, event]));
  assert.equal(illegal.length, STATES.length * EVENTS.length - 20);
  for (const [state, event] of illegal) {
    assert.throws(() => next(/** @type {any} */ (state), /** @type {any} */ (event)), new RegExp(`${event}.*${state}`));
  }
});

test('names from outside the table are not allowed', () => {
  for (const name of ['constructor', 'toString', '__proto__', '']) {
    assert.equal(allows(/** @type {any} */ (name), 'start'), false);
    assert.equal(allows('idle', /** @type {any} */ (name)), false);
  }
});

test('a conversation runs in starting, live, reconnecting and parked', () => {
  assert.deepEqual(STATES.filter(isRunning), ['starting', 'live', 'reconnecting', 'parked']);
});

test('every state can be reached from idle, and every state can be left', () => {
  const reached = new Set(['idle']);
  for (const state of reached) Object.values(TRANSITIONS[/** @type {'idle'} */ (state)]).forEach((to) => reached.add(to));
  assert.deepEqual([...reached].sort(), [...STATES].sort());
  for (const state of STATES) assert.ok(Object.keys(TRANSITIONS[state]).length > 0, state);
});
