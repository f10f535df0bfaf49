import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Follower } from '../../../extension/background/follower.js';
import { Listeners } from '../stand-ins/chrome.js';
import { settle } from '../stand-ins/devices.js';

/** A browser with two windows, the first of which the person used last. @param {{follow?: boolean, allowed?: boolean}} [how] */
function staged({ follow = true, allowed = true } = {}) {
  const browser = { front: /** @type {Record<number, number>} */ ({ 3: 7, 4: 70 }), last: 3, follow, allowed };
  const [onActivated, onFocusChanged] = [new Listeners(), new Listeners()];
  globalThis.chrome = /** @type {any} */ ({
    storage: { managed: { get: async () => ({}) }, local: { get: async () => ({ follow: browser.follow }) } },
    permissions: { contains: async () => browser.allowed },
    windows: {
      onFocusChanged,
      getLastFocused: async (/** @type {any} */ { windowTypes }) => {
        assert.deepEqual(windowTypes, ['normal'], 'not a window of ours, nor of the developer tools');
        if (!browser.last) throw new Error('No last-focused window');
        return { id: browser.last };
      },
    },
    tabs: { onActivated, query: async (/** @type {any} */ { windowId, active }) => (active ? [{ id: browser.front[windowId] }] : []) },
  });
  /** @type {number[]} */
  const told = [];
  const follower = new Follower((tabId) => void told.push(tabId));
  return { browser, told, follower, onActivated, onFocusChanged };
}

test('the tab that comes in front is told, and that of another window', async () => {
  const { browser, told, follower, onActivated, onFocusChanged } = staged();
  follower.attend();
  browser.front[3] = 8;
  onActivated.fire({ tabId: 8, windowId: 3 });
  await settle();
  browser.last = 4;
  onFocusChanged.fire(4);
  await settle();
  assert.deepEqual(told, [8, 70]);
});

test('a tab that a window in the background shows is not where the person is', async () => {
  const { browser, told, follower, onActivated } = staged();
  follower.attend();
  browser.front[4] = 71;
  onActivated.fire({ tabId: 71, windowId: 4 });
  await settle();
  assert.deepEqual(told, [7]);
});

test('of many that come in front at once the last is told', async () => {
  const { browser, told, follower, onActivated } = staged();
  follower.attend();
  for (const tabId of [8, 9, 10]) {
    browser.front[3] = tabId;
    onActivated.fire({ tabId, windowId: 3 });
  }
  await settle();
  assert.deepEqual(told, [10]);
});

test('nobody is followed who does not want it, or where the browser does not allow it, or while nothing runs', async () => {
  for (const how of [{ follow: false }, { allowed: false }]) {
    const { told, follower, onActivated } = staged(how);
    follower.attend();
    onActivated.fire({});
    await settle();
    assert.deepEqual(told, []);
  }
  const { told, follower, onActivated, onFocusChanged } = staged();
  follower.attend();
  follower.attend();
  follower.rest();
  assert.deepEqual([onActivated.size, onFocusChanged.size], [0, 0]);
  assert.deepEqual(told, []);
});

test('without a window there is nowhere to go', async () => {
  const { browser, told, follower, onActivated } = staged();
  follower.attend();
  browser.last = 0;
  onActivated.fire({});
  await settle();
  assert.deepEqual(told, []);
});
