import assert from 'node:assert/strict';
import { test } from 'node:test';

import { merge, MOST_ENTRIES } from '../../../extension/popup/entries.js';

/** @param {number} id @param {object} [more] */
function entry(id, more = {}) {
  return { id, role: /** @type {const} */ ('user'), text: `${id}`, final: true, typed: false, cut: false, ...more };
}

test('entries are added in order of id', () => {
  const entries = merge([entry(2)], { reset: false, entries: [entry(3), entry(1)] });
  assert.deepEqual(entries.map(({ id }) => id), [1, 2, 3]);
});

test('an entry with a known id replaces that entry; the others stay the same objects', () => {
  const before = [entry(1), entry(2)];
  const after = merge(before, { reset: false, entries: [entry(2, { text: 'corrected' })] });
  assert.equal(after[0], before[0]);
  assert.equal(after[1].text, 'corrected');
  assert.equal(before[1].text, '2');
});

test('a reset forgets what was there', () => {
  assert.deepEqual(merge([entry(1)], { reset: true, entries: [entry(9)] }).map(({ id }) => id), [9]);
});

test('the panel keeps the newest entries only', () => {
  const many = Array.from({ length: MOST_ENTRIES + 20 }, (_, id) => entry(id));
  const kept = merge([], { reset: true, entries: many });
  assert.equal(kept.length, MOST_ENTRIES);
  assert.equal(kept[0].id, 20);
});

test('what is no entry is left out and what is no update changes nothing', () => {
  const before = [entry(1)];
  for (const update of [null, undefined, 4, {}, { entries: 'x' }, { entries: [null, 1, {}, entry(NaN), { id: 3, role: 'x' }] }]) {
    assert.deepEqual(merge(before, update), before);
  }
});
