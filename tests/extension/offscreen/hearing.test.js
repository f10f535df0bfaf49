import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Hearing } from '../../../extension/offscreen/hearing.js';

test('the share grows with what is played, and shrinks with what comes in', () => {
  const hearing = new Hearing();
  assert.deepEqual(hearing.shares, []);
  hearing.give(1, 1000);
  assert.deepEqual(hearing.shares, [{ turn: 1, share: 0 }]);
  hearing.hear({ turn: 1, heard: 500 });
  assert.deepEqual(hearing.shares, [{ turn: 1, share: 0.5 }]);
  hearing.give(1, 1000);
  assert.deepEqual(hearing.shares, [{ turn: 1, share: 0.25 }]);
});

test('answers before the one that plays were heard, those after it were not; numbers go round', () => {
  const hearing = new Hearing();
  for (const turn of [0xffff, 0, 1]) hearing.give(turn, 100);
  hearing.hear({ turn: 0, heard: 10 });
  assert.deepEqual(hearing.shares.map(({ share }) => share), [1, 0.1, 0]);
});

test('what plays and was not given here changes nothing', () => {
  const hearing = new Hearing();
  hearing.give(3, 100);
  hearing.hear({ turn: -1, heard: 0 });
  hearing.hear({ turn: 2, heard: 50 });
  assert.deepEqual(hearing.shares, [{ turn: 3, share: 0 }]);
  hearing.forget();
  assert.deepEqual(hearing.shares, []);
});

test('it remembers a bounded number of answers', () => {
  const hearing = new Hearing();
  for (let turn = 0; turn < 1000; turn += 1) hearing.give(turn, 1);
  assert.ok(hearing.shares.length < 100);
  assert.equal(hearing.shares.at(-1)?.turn, 999);
});
