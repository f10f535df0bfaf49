import assert from 'node:assert/strict';
import { test } from 'node:test';

import { follows, giveUpUnlessAllowed, stopFollowing, wantFollowing } from '../../../extension/lib/following.js';

/** A browser in which the person answers, or already has. @param {{answer?: boolean, allowed?: boolean, stored?: object}} [how] */
function staged({ answer = true, allowed = false, stored = {} } = {}) {
  const browser = { allowed, stored, asked: 0 };
  const right = (/** @type {any} */ { origins }) => assert.deepEqual(origins, ['<all_urls>']);
  globalThis.chrome = /** @type {any} */ ({
    storage: { managed: { get: async () => ({}) }, local: { get: async () => browser.stored, set: async (/** @type {object} */ items) => void (browser.stored = items) } },
    permissions: {
      contains: async (/** @type {any} */ asked) => (right(asked), browser.allowed),
      request: async (/** @type {any} */ asked) => (right(asked), (browser.asked += 1), (browser.allowed = answer)),
      remove: async (/** @type {any} */ asked) => (right(asked), (browser.allowed = false), true),
    },
  });
  return browser;
}

test('it holds only with the setting and the right', async () => {
  for (const [follow, allowed] of [[true, true], [true, false], [false, true], [false, false]]) {
    staged({ allowed, stored: { follow } });
    assert.equal(await follows(), follow && allowed);
  }
});

test('turned on, it asks before anything else is waited for', async () => {
  const browser = staged();
  const held = wantFollowing();
  assert.equal(browser.asked, 1, 'while the press is being answered');
  assert.equal(await held, true);
  assert.equal(await follows(), true);
});

test('refused, it stays off', async () => {
  staged({ answer: false });
  assert.equal(await wantFollowing(), false);
  assert.equal(await follows(), false);
});

test('turned off, the right is given back', async () => {
  const browser = staged({ allowed: true, stored: { follow: true } });
  assert.equal(await stopFollowing(), false);
  assert.equal(browser.allowed, false);
  assert.equal(await follows(), false);
});

test("refused by a company's policy, it stays off as well", async () => {
  staged();
  chrome.permissions.request = /** @type {any} */ (() => Promise.reject(new Error('blocked by enterprise policy')));
  assert.equal(await wantFollowing(), false);
});

test('the right taken back from outside turns the setting off, and nothing else does', async () => {
  for (const allowed of [true, false]) {
    const browser = staged({ allowed, stored: { follow: true } });
    await giveUpUnlessAllowed();
    assert.equal(/** @type {any} */ (browser.stored).follow, allowed);
  }
});
