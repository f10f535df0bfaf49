import assert from 'node:assert/strict';
import { test } from 'node:test';

import { STATES, TOLD } from '../../../extension/offscreen/ears.js';

/** What every event makes of every state; `-`: nothing is to be done. */
const MOVES = {
  settled: { lose: 'lost', miss: 'missing', seek: '-', choose: 'settled' },
  lost: { lose: '-', miss: 'missing', seek: '-', choose: 'settled' },
  away: { lose: 'away', miss: 'missing', seek: 'away', choose: 'settled' },
  missing: { lose: '-', miss: 'missing', seek: 'sought', choose: 'missing' },
  sought: { lose: '-', miss: 'missing', seek: 'sought', choose: 'missing' },
};
/** What is told of the chosen one that opens, and of another. */
const WORDS = {
  settled: { chosen: '-', other: 'away' },
  lost: { chosen: 'other', other: 'away' },
  away: { chosen: 'back', other: '-' },
  missing: { chosen: '-', other: 'away' },
  sought: { chosen: 'found', other: 'found' },
};

/** @param {{[state: string]: {[event: string]: string}}} table @param {{[state: string]: object}} wanted every pair */
function filled(table, wanted) {
  const pairs = Object.entries(wanted).map(([state, events]) => [state, Object.fromEntries(Object.keys(events).map((event) => [event, table[state][event] ?? '-']))]);
  return Object.fromEntries(pairs);
}

test('which microphone listens: every event in every state', () => {
  assert.deepEqual(Object.keys(STATES), Object.keys(MOVES));
  assert.deepEqual(filled(STATES, MOVES), MOVES);
});

test('what is told of a microphone that opens, in every state', () => {
  assert.deepEqual(Object.keys(TOLD), Object.keys(STATES));
  assert.deepEqual(filled(TOLD, WORDS), WORDS);
});
