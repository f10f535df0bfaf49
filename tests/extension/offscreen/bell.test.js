import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Bell } from '../../../extension/offscreen/bell.js';

test('one ring wakes all that wait, and those who come later wait for the next', async () => {
  const bell = new Bell();
  const { signal } = new AbortController();
  const waiting = [bell.wait(signal), bell.wait(signal)];
  bell.ring();
  await Promise.all(waiting);
  let woken = false;
  bell.wait(signal).then(() => {
    woken = true;
  });
  await new Promise(setImmediate);
  assert.equal(woken, false);
});

test('who gives up goes on, and leaves nothing behind', async () => {
  const bell = new Bell();
  const life = new AbortController();
  const waiting = bell.wait(life.signal);
  life.abort();
  await waiting;
  await bell.wait(life.signal);
});
