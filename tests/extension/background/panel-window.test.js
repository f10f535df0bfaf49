import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

import { PanelWindow, placeOf } from '../../../extension/background/panel-window.js';

/** A browser with a place for a panel, which the test may close. */
let panel = { open: false, openings: 0, focused: true, tab: 1 };

beforeEach(() => {
  panel = { open: false, openings: 0, focused: true, tab: 1 };
  /** @type {any} */ (globalThis).chrome = {
    runtime: { getContexts: async () => (panel.open ? [{ contextType: 'POPUP' }] : []) },
    windows: {
      getLastFocused: async () => ({ id: 1, focused: true }),
      get: async (/** @type {number} */ id) => {
        if (id > 2) throw new Error(`No window with id: ${id}.`);
        return { id, type: id === 1 ? 'normal' : 'app' };
      },
    },
    tabs: { query: async () => [{ id: panel.tab }] },
    action: {
      openPopup: async () => {
        if (!panel.focused) throw new Error('Could not find an active browser window.');
        panel.open = true;
        panel.openings += 1;
      },
    },
  };
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
});

/** @param {number} ms */
async function pass(ms) {
  for (let passed = 0; passed < ms; passed += 50) {
    mock.timers.tick(50);
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  }
}

test('a panel that is open stays open through the beginning of a capture', async () => {
  panel.open = true;
  const kept = new PanelWindow().keepOpen();
  await pass(300);
  panel.open = false;
  await pass(200);
  assert.equal(panel.open, true);
  await pass(5500);
  await kept;
  assert.equal(panel.openings, 1);
  mock.timers.reset();
});

test('without a panel none is opened', async () => {
  await new PanelWindow().keepOpen();
  assert.equal(panel.openings, 0);
  mock.timers.reset();
});

test('a panel that is closed later was closed by the person', async () => {
  panel.open = true;
  const kept = new PanelWindow().keepOpen();
  await pass(5500);
  await kept;
  panel.open = false;
  await pass(2000);
  assert.equal(panel.open, false);
  mock.timers.reset();
});

test('a panel that is closed again and again is let go', async () => {
  const kept = new PanelWindow().keepShown();
  for (let time = 0; time < 12; time += 1) {
    await pass(100);
    panel.open = false;
  }
  await pass(2000);
  await kept;
  assert.equal(panel.openings, 3);
  mock.timers.reset();
});

test('a window that gets the focus late gets its panel all the same', async () => {
  panel.focused = false;
  const kept = new PanelWindow().keepShown();
  await pass(500);
  panel.focused = true;
  await pass(300);
  assert.equal(panel.open, true);
  await pass(2000);
  await kept;
  mock.timers.reset();
});

test('a capture that takes its time is waited for, and one that has settled not for long', async () => {
  panel.open = true;
  const window = new PanelWindow();
  const kept = window.keepOpen();
  await pass(3000);
  panel.open = false;
  await pass(200);
  assert.equal(panel.open, true);
  window.settle();
  await pass(1200);
  await kept;
  panel.open = false;
  await pass(1000);
  assert.equal(panel.open, false);
  mock.timers.reset();
});

test('whoever goes to another tab leaves the panel behind', async () => {
  panel.open = true;
  const window = new PanelWindow();
  const kept = window.keepOpen();
  await pass(300);
  Object.assign(panel, { open: false, tab: 2 });
  await pass(1000);
  await kept;
  assert.equal(panel.open, false);
  const shown = window.keepShown();
  await pass(1500);
  await shown;
  assert.equal(panel.open, true, 'asked for, it comes there too');
  mock.timers.reset();
});

test('a panel that steps aside is not opened again until it may come back', async () => {
  panel.open = true;
  const window = new PanelWindow();
  const kept = window.keepOpen();
  await pass(300);
  await window.stepAside();
  panel.open = false;
  await pass(2000);
  await kept;
  assert.equal(panel.open, false);
  const back = window.comeBack();
  await pass(1500);
  await back;
  assert.deepEqual([panel.open, panel.openings], [true, 1]);
  mock.timers.reset();
});

test('a panel that was closed does not come back', async () => {
  const window = new PanelWindow();
  await window.stepAside();
  await window.comeBack();
  assert.equal(panel.openings, 0);
  mock.timers.reset();
});

test('whoever asked about one tab and went to another before the panel came does not get it there', async () => {
  const asked = await placeOf(/** @type {chrome.tabs.Tab} */ ({ id: 1, windowId: 1 }));
  panel.tab = 2;
  const window = new PanelWindow();
  const shown = window.keepShown(asked);
  await pass(1500);
  await shown;
  assert.equal(panel.openings, 0);
  panel.tab = 1;
  const again = window.keepShown(asked);
  await pass(1500);
  await again;
  assert.equal(panel.open, true, 'over the tab that was asked about it comes');
  mock.timers.reset();
});

test('where no panel can be, or where it is not known, it comes over the tab in front', async () => {
  for (const windowId of [2, 3]) assert.equal(await placeOf(/** @type {chrome.tabs.Tab} */ ({ id: 1, windowId })), null);
  assert.equal(await placeOf(), null);
  mock.timers.reset();
});
