import assert from 'node:assert/strict';
import { mock, test } from 'node:test';

import { CodedError, isOurs, request, serve } from '../../../extension/lib/messages.js';
import { EXTENSION_ID, installChrome } from '../stand-ins/chrome.js';

test('a request reaches its target and brings back what the handler returned', async () => {
  installChrome();
  serve('background', { double: ({ number }) => number * 2 });
  serve('offscreen', { double: () => assert.fail('not for the offscreen document') });
  assert.equal(await request('background', 'double', { number: 21 }), 42);
});

test('the code of an error crosses over', async () => {
  installChrome();
  serve('background', {
    start: () => {
      throw new CodedError('tab-forbidden', 'not this one');
    },
  });
  await assert.rejects(request('background', 'start'), { code: 'tab-forbidden', message: 'not this one' });
});

test('any other error becomes internal and is shown on the console', async () => {
  installChrome();
  const told = mock.method(console, 'error', () => {});
  serve('background', { start: () => Promise.reject(new TypeError('a mistake')) });
  await assert.rejects(request('background', 'start'), { code: 'internal', message: 'a mistake' });
  assert.equal(told.mock.callCount(), 1);
  told.mock.restore();
});

test('what nobody serves is an error, not silence', async () => {
  installChrome();
  await assert.rejects(request('background', 'start'), { code: 'internal' });
  serve('background', {});
  for (const type of ['start', 'constructor', 'toString']) {
    await assert.rejects(request('background', type), { code: 'internal', message: `no handler for ${type}` });
  }
});

test('T14 only pages of this extension are answered', async () => {
  const { chrome } = installChrome();
  serve('background', { 'connect-host': () => 'a token' });
  const asked = { target: 'background', type: 'connect-host', data: {} };
  const ours = { id: EXTENSION_ID, url: `chrome-extension://${EXTENSION_ID}/offscreen/offscreen.html` };
  for (const sender of [
    { ...ours, id: 'a'.repeat(32) },
    { ...ours, url: 'https://evil.example/' },
    { ...ours, url: `https://evil.example/chrome-extension://${EXTENSION_ID}/` },
    { ...ours, url: `chrome-extension://${'a'.repeat(32)}/popup.html` },
  ]) {
    assert.equal(isOurs(/** @type {any} */ (sender)), false);
    assert.equal(await chrome.runtime.sendMessage(asked, sender), undefined);
  }
  assert.deepEqual(await chrome.runtime.sendMessage(asked, ours), { ok: true, value: 'a token' });
});
