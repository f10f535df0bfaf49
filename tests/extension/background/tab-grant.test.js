import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MAX_SIDE, captureSize, grantTab, viewTab } from '../../../extension/background/tab-grant.js';
import { installChrome } from '../stand-ins/chrome.js';

/** @param {{ratio?: number|Promise<number>|null, zoom?: number, capture?: () => Promise<string>}} [how] ratio null: the page may not be asked */
function browser({ ratio = 1, zoom = 1, capture = async () => 'stream-id' } = {}) {
  const { chrome } = installChrome();
  Object.assign(chrome, {
    tabs: {
      get: async (/** @type {number} */ id) => ({ id, width: 1272, height: 809, title: 'Terns' }),
      getZoom: async () => zoom,
    },
    tabCapture: { getMediaStreamId: capture },
    scripting: {
      executeScript: async () => {
        if (ratio === null) throw new Error('Cannot access contents of the page.');
        return [{ result: await ratio }];
      },
    },
  });
}

test('sizes are those of the tab in device pixels, rounded to even', () => {
  assert.deepEqual(captureSize(1272, 809, 1), { width: 1272, height: 810 });
  assert.deepEqual(captureSize(600, 401, 2), { width: 1200, height: 802 });
  assert.deepEqual(captureSize(1000, 500, 1.25), { width: 1250, height: 626 });
});

test('a large tab is scaled down with its aspect, tall or wide', () => {
  assert.deepEqual(captureSize(1920, 1080, 2), { width: MAX_SIDE, height: 1080 });
  assert.deepEqual(captureSize(900, 3000, 1), { width: 576, height: MAX_SIDE });
});

test('an unknown size stays unknown, and a tiny one is not nothing', () => {
  assert.deepEqual(captureSize(0, 0, 2), { width: 0, height: 0 });
  assert.deepEqual(captureSize(1, 1, 1), { width: 2, height: 2 });
});

test('a grant has all that a capture needs', async () => {
  browser({ ratio: 2 });
  assert.deepEqual(await grantTab(7), { streamId: 'stream-id', tabId: 7, width: 1920, height: 1222, ratio: 2 });
});

test("the page's zoom is not the screen's ratio", async () => {
  browser({ ratio: 1.5, zoom: 1.5 });
  assert.equal((await grantTab(7)).ratio, 1);
});

test('a page that may not be asked or says nonsense is captured at its size in plain pixels', async () => {
  for (const ratio of [null, /** @type {any} */ ('2'), /** @type {any} */ (undefined)]) {
    browser({ ratio });
    const { width, height } = await grantTab(7);
    assert.deepEqual({ width, height }, { width: 1272, height: 810 });
  }
});

test('a page that hangs does not hold up the capture', async () => {
  browser({ ratio: new Promise(() => {}) });
  assert.equal((await grantTab(7)).ratio, 1);
});

test('F28 a page the browser forbids says so, with its words', async () => {
  browser({ capture: () => Promise.reject(new Error('Extension has not been invoked for the current page')) });
  await assert.rejects(grantTab(7), { code: 'tab-forbidden', message: /has not been invoked/ });
});

test('a later look keeps the known ratio, and asks for it only where the tab may have moved', async () => {
  browser({ ratio: 2 });
  assert.equal((await viewTab(7, 1.5, false)).ratio, 1.5);
  assert.equal((await viewTab(7, 1.5, true)).ratio, 2);
  browser({ ratio: null });
  assert.equal((await viewTab(7, 1.5, true)).ratio, 1.5);
});
