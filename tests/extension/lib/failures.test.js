import assert from 'node:assert/strict';
import { test } from 'node:test';

import { explain } from '../../../extension/lib/failures.js';
import { ERROR_CODES } from '../../../extension/lib/protocol.js';

test('every code says what happened, why, and what to do next, in words of its own', () => {
  const keys = ERROR_CODES.flatMap((code) => {
    const { what, why, next } = explain(code);
    return [what, why, next];
  });
  assert.equal(new Set(keys).size, 3 * ERROR_CODES.length);
  for (const key of keys) assert.match(key, /^failure_[a-z_]+_(what|why|next)$/);
});

test('every code was given an action or, on purpose, none', () => {
  for (const code of ERROR_CODES) assert.notEqual(explain(code).action, undefined, code);
});

test('failures that only a command mends offer the command', () => {
  for (const code of ['host-missing', 'host-forbidden', 'host-broken', 'version-mismatch']) {
    assert.equal(explain(code).action?.id, 'copy-command', code);
  }
});

test('the microphone is granted where the browser can ask', () => {
  assert.equal(explain('microphone-denied').action?.id, 'grant-microphone');
});

test('what is no code is an internal error, and nothing of it is looked up', () => {
  for (const code of ['nonsense', '', undefined, null, 7, {}, '__proto__', 'constructor']) {
    assert.deepEqual(explain(code), explain('internal'));
  }
});

test('what is returned may be changed without changing the next answer', () => {
  const words = explain('no-network');
  words.action = null;
  assert.equal(explain('no-network').action?.id, 'start');
});

test('a failure that any of several links may be behind leads to the page that finds it; what the person just did does not', () => {
  for (const code of ['host-missing', 'host-exited', 'host-broken', 'link-lost', 'no-network', 'key-rejected']) assert.ok(explain(code).traceable, code);
  for (const code of ['tab-forbidden', 'screen-denied', 'nothing-shared', 'page-blocked']) assert.ok(!explain(code).traceable, code);
});
