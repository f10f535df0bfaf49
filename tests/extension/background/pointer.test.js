import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { openPointWindow, pointInTab } from '../../../extension/background/pointer.js';

const BOX = { x: 0.1, y: 0.2, width: 0.3, height: 0.4 };
/** What the browser says. */
let browser = /** @type {any} */ ({});

beforeEach(() => {
  browser = { active: true, state: 'normal', open: true, result: { box: BOX }, created: [] };
  /** @type {any} */ (globalThis).chrome = {
    tabs: { get: async () => ({ active: browser.active, windowId: 1 }) },
    windows: {
      get: async () => ({ state: browser.state }),
      getLastFocused: async () => ({ left: 100, top: 50, width: 1000, height: 800 }),
      create: async (/** @type {any} */ how) => void browser.created.push(how),
    },
    scripting: {
      executeScript: async (/** @type {any} */ { files }) => {
        if (!browser.open) throw new Error('Cannot access contents of the page.');
        if (files && browser.leaves) throw new Error('Frame with ID 0 was removed.');
        return [{ result: files ? browser.result : true }];
      },
    },
  };
});

test('what is marked on the page', async () => {
  assert.deepEqual(await pointInTab(7), { box: BOX });
});

test('a page that is left meanwhile is as if the person had left', async () => {
  browser.leaves = true;
  assert.deepEqual(await pointInTab(7), { box: null });
});

const WHERE = { 'behind another': { active: false }, 'in a minimized window': { state: 'minimized' }, 'of the browser’s own': { open: false } };
for (const [where, how] of Object.entries(WHERE)) {
  test(`a tab ${where} is not pointed at itself`, async () => {
    Object.assign(browser, how);
    assert.equal(await pointInTab(7), null);
  });
}

test('what makes no sense is not taken', async () => {
  for (const result of [undefined, { unable: true }, { box: { ...BOX, x: 7 } }, { box: 'all' }]) {
    browser.result = result;
    assert.equal(await pointInTab(7), null);
  }
});

test('the window has the shape of the picture, and lies in the middle of the browser’s', async () => {
  await openPointWindow({ width: 2000, height: 1000 });
  const [{ left, top, width, height }] = browser.created;
  assert.deepEqual({ left, top, width, height }, { left: 175, top: 238, width: 850, height: 425 });
});
