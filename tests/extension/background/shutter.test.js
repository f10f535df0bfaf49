import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

import { Shutter } from '../../../extension/background/shutter.js';
import { settle } from '../stand-ins/devices.js';

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['Date', 'setTimeout'], now: 1_000_000 });
});

/** A browser with one tab that may be looked at; what happens while its picture is taken is put into `during`. */
function staged() {
  const browser = {
    /** @type {any} */
    tab: { id: 7, windowId: 3, active: true, lastAccessed: 5 },
    window: { state: 'normal' },
    /** @type {number[]} */
    times: [],
    during: () => {},
  };
  globalThis.chrome = /** @type {any} */ ({
    tabs: {
      get: async () => {
        if (!browser.tab) throw new Error('No tab with id: 7');
        return { ...browser.tab };
      },
      captureVisibleTab: async (/** @type {number} */ windowId, /** @type {object} */ how) => {
        assert.equal(windowId, 3);
        assert.deepEqual(how, { format: 'jpeg', quality: 95 });
        browser.times.push(Date.now());
        browser.during();
        return 'data:image/jpeg;base64,AQID';
      },
    },
    windows: { get: async () => browser.window },
  });
  return browser;
}

test('a tab that is in front: its picture, and a time from before it was taken', async () => {
  const browser = staged();
  browser.during = () => mock.timers.tick(50);
  assert.deepEqual(await new Shutter().take(7), { jpeg: 'AQID', time: 1_000_000 });
});

test('of a tab behind another, of one that has gone and in a minimised window none is taken', async () => {
  const browser = staged();
  const shutter = new Shutter();
  browser.tab.active = false;
  assert.equal(await shutter.take(7), null);
  browser.tab = { ...browser.tab, active: true };
  browser.window.state = 'minimized';
  assert.equal(await shutter.take(7), null);
  browser.tab = null;
  assert.equal(await shutter.take(7), null);
  assert.deepEqual(browser.times, []);
});

test('T23 a picture is thrown away when another tab came in front meanwhile, even when that has gone again', async () => {
  const changes = [
    (/** @type {any} */ tab) => (tab.active = false),
    (/** @type {any} */ tab) => (tab.lastAccessed = 6),
    (/** @type {any} */ tab) => (tab.windowId = 4),
  ];
  for (const change of changes) {
    const browser = staged();
    browser.during = () => void change(browser.tab);
    assert.equal(await new Shutter().take(7), null);
    assert.equal(browser.times.length, 1);
  }
});

test('never more than the browser takes in a second, whoever asks', async () => {
  const browser = staged();
  const shutter = new Shutter();
  const stills = Promise.all(Array.from({ length: 5 }, () => shutter.take(7)));
  for (let step = 0; step < 60; step += 1) {
    await settle();
    mock.timers.tick(50);
  }
  assert.equal((await stills).filter(Boolean).length, 5);
  assert.deepEqual(browser.times.slice(0, 2), [1_000_000, 1_000_000], 'the first two need not wait');
  for (let n = 2; n < 5; n += 1) assert.ok(browser.times[n] - browser.times[n - 2] > 1000);
});

test('who waits for nothing does not cost those who come after', async () => {
  const browser = staged();
  const shutter = new Shutter();
  browser.tab.active = false;
  await Promise.all([shutter.take(7), shutter.take(7), shutter.take(7)]);
  browser.tab.active = true;
  assert.ok(await shutter.take(7));
});

test('what the browser does not give is told', async () => {
  const browser = staged();
  browser.during = () => {
    throw new Error("The 'activeTab' permission is not in effect");
  };
  await assert.rejects(new Shutter().take(7), { code: 'tab-forbidden' });
});
