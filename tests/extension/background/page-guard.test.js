import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

import { PageGuard } from '../../../extension/background/page-guard.js';
import { Listeners, installChrome, until } from '../stand-ins/chrome.js';

const PAGE = 'https://news.example/today?secret=1';

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setInterval'] });
});

function staged() {
  const { chrome } = installChrome();
  const browser = {
    /** @type {any} */
    tab: { id: 7, url: PAGE, title: 'News' },
    /** @type {any[]|null} */
    frames: [{ frameId: 0, url: PAGE, documentId: 'one', documentLifecycle: 'active' }],
    stored: {},
    files: false,
    forbidden: false,
  };
  /** Documents with the veil on. @type {string[]} */
  const covered = [];
  const events = { onBeforeNavigate: new Listeners(), onCommitted: new Listeners(), onUpdated: new Listeners(), onReplaced: new Listeners(), onRemoved: new Listeners() };
  Object.assign(chrome, {
    storage: { managed: { get: async () => ({}) }, local: { get: async () => browser.stored } },
    extension: { isAllowedFileSchemeAccess: async () => browser.files },
    tabs: {
      ...events,
      get: async (/** @type {number} */ id) => {
        if (id !== browser.tab?.id) throw new Error('No tab with id');
        return browser.tab;
      },
    },
    scripting: {
      insertCSS: async (/** @type {any} */ { target }) => {
        if (browser.forbidden) throw new Error('Cannot access contents of the page');
        covered.push(...target.documentIds);
      },
      removeCSS: async (/** @type {any} */ { target }) => void covered.splice(covered.indexOf(target.documentIds[0]), 1),
      executeScript: async () => [{ result: true }],
    },
    webNavigation: { ...events, getAllFrames: async () => browser.frames },
  });
  /** @type {number[]} */
  const told = [];
  const guard = new PageGuard(async (tabId) => void told.push(tabId));
  const navigate = (/** @type {string} */ url, frameId = 0, tabId = 7) => events.onCommitted.fire({ tabId, frameId, url });
  return { browser, events, guard, told, navigate, covered };
}

/** @param {Record<string, unknown>} more of a frame inside the page */
const frame = (more) => ({ frameId: 5, documentId: 'inner', documentLifecycle: 'active', ...more });

test('a page that may be looked at: which one, its title, and of its address the host', async () => {
  const { guard } = staged();
  const { past, ...verdict } = await guard.judge(7);
  assert.deepEqual(verdict, { finding: 'clear', page: 'one 1', blockedAt: 0, covered: true, title: 'News', host: 'news.example' });
  assert.equal((await guard.judge(7)).past, past);
});

test('T23 of a blocked page neither title nor address is told', async () => {
  const { browser, guard } = staged();
  browser.tab = { id: 7, url: 'https://www.paypal.com/', title: 'Balance: 12' };
  const { finding, title, host } = await guard.judge(7);
  assert.deepEqual({ finding, title, host }, { finding: 'blocked', title: '', host: '' });
});

test('T23 what is blocked: by what the tab shows, by its document, by where it goes, by a frame in it', async () => {
  /** @type {[string, (browser: any) => void][]} */
  const rows = [
    ['the tab', ({ tab }) => (tab.url = 'https://chase.com/')],
    ['an unknown address', ({ tab }) => delete tab.url],
    ['view-source', ({ tab }) => (tab.url = `view-source:${PAGE}`)],
    ['chrome://', ({ tab }) => (tab.url = 'chrome://settings/')],
    ['the document', ({ frames }) => (frames[0].url = 'https://chase.com/')],
    ['a document without an address', ({ frames }) => (frames[0].url = '')],
    ['where it goes', ({ tab }) => (tab.pendingUrl = 'https://chase.com/')],
    ['a frame', ({ frames }) => frames.push(frame({ url: 'https://www.paypal.com/button' }))],
    ['a frame of another extension', ({ frames }) => frames.push(frame({ url: 'chrome-extension://aaaabbbbccccddddeeeeffffgggghhhh/menu' }))],
  ];
  for (const [name, change] of rows) {
    const { browser, guard } = staged();
    change(browser);
    assert.equal((await guard.judge(7)).finding, 'blocked', name);
  }
});

test('frames that are on no screen do not count, nor do those of harmless sites', async () => {
  const { browser, guard } = staged();
  browser.frames?.push(frame({ url: 'https://www.paypal.com/', documentLifecycle: 'prerender' }), frame({ url: 'https://ads.example/' }), frame({ url: 'about:blank' }));
  assert.equal((await guard.judge(7)).finding, 'clear');
});

test('F27 a tab that was closed, unloaded or crashed shows no page', async () => {
  for (const change of [(/** @type {any} */ b) => (b.tab = null), (/** @type {any} */ b) => (b.tab.discarded = true), (/** @type {any} */ b) => (b.tab.status = 'unloaded'), (/** @type {any} */ b) => (b.frames = null), (/** @type {any} */ b) => (b.frames = [])]) {
    const { browser, guard } = staged();
    change(browser);
    assert.equal((await guard.judge(7)).finding, 'gone');
  }
});

test("the person's list holds at once, and so does the leave for local files", async () => {
  const { browser, guard } = staged();
  browser.stored = { blocked: ['news.example'] };
  assert.equal((await guard.judge(7)).finding, 'blocked');
  browser.tab.url = 'file:///notes.html';
  if (browser.frames) browser.frames[0].url = 'file:///notes.html';
  assert.equal((await guard.judge(7)).finding, 'blocked');
  browser.files = true;
  assert.equal((await guard.judge(7)).finding, 'clear');
});

test('T23 a blocked page that came and went between two questions changes the past', async () => {
  const { guard, navigate } = staged();
  const { past } = await guard.judge(7);
  navigate('https://news.example/other');
  navigate('https://www.paypal.com/', 0, 8);
  assert.equal((await guard.judge(7)).past, past, 'harmless, or another tab');
  navigate('https://www.paypal.com/');
  const later = (await guard.judge(7)).past;
  assert.notEqual(later, past);
  navigate('https://www.paypal.com/button', 9);
  assert.notEqual((await guard.judge(7)).past, later, 'a frame, too');
});

test('T23 when a blocked page came up is known of tabs that nobody looks at, until they are closed', async () => {
  const { browser, events, guard, navigate } = staged();
  await guard.judge(7);
  navigate('https://www.paypal.com/', 0, 8);
  navigate('https://news.example/other', 0, 8);
  browser.tab = { ...browser.tab, id: 8 };
  const { finding, blockedAt } = await guard.judge(8);
  assert.equal(finding, 'clear');
  assert.ok(blockedAt > 0);
  events.onRemoved.fire(8);
  assert.equal((await guard.judge(8)).blockedAt, 0);
});

test('T23 another worker does not know the past of the one before', async () => {
  const [one, other] = [staged(), staged()];
  assert.notEqual((await one.guard.judge(7)).past, (await other.guard.judge(7)).past);
});

test('navigations of a tab that was asked for are told, and of no other', async () => {
  const { guard, told, events, navigate } = staged();
  navigate(PAGE);
  await guard.judge(7);
  navigate(PAGE, 0, 8);
  navigate('https://ads.example/', 3);
  assert.deepEqual(told, []);
  events.onBeforeNavigate.fire({ tabId: 7, frameId: 0, url: PAGE });
  assert.deepEqual(told, [7]);
});

test('a page that changes its title all the time is told of once at a time, and the last time for certain', async () => {
  const { browser, events } = staged();
  /** @type {(() => void)[]} */
  const done = [];
  const guard = new PageGuard(() => new Promise((resolve) => void done.push(() => resolve())));
  await guard.judge(7);
  for (let count = 0; count < 1000; count += 1) events.onUpdated.fire(7, { title: String(count) }, browser.tab);
  assert.equal(done.length, 1);
  done[0]();
  await until(() => done.length === 2, 'the last change');
  done[1]();
  await new Promise(setImmediate);
  assert.equal(done.length, 2);
});

test('F27 a crash is told by nobody, so it looks by itself', async () => {
  const { guard, told } = staged();
  await guard.judge(7);
  mock.timers.tick(1000);
  assert.deepEqual(told, [7]);
  await new Promise(setImmediate);
  guard.rest();
  mock.timers.tick(5000);
  assert.deepEqual(told, [7]);
});

test('a clear page and each frame in it is covered once, a new frame as it comes, and a blocked page is left alone', async () => {
  const { browser, guard, covered } = staged();
  browser.frames?.push(frame({ url: 'https://ads.example/' }));
  const first = await guard.judge(7);
  assert.equal((await guard.judge(7)).page, first.page);
  browser.frames?.push(frame({ url: 'about:blank', documentId: 'later' }));
  assert.notEqual((await guard.judge(7)).page, first.page, 'pictures from before are of a page that was not covered');
  assert.deepEqual(covered, ['one', 'inner', 'later']);
  browser.tab.url = 'https://chase.com/';
  browser.frames?.push(frame({ url: 'about:blank', documentId: 'last' }));
  await guard.judge(7);
  assert.equal(covered.length, 3);
});

test('a page that may not be scripted is told as not covered, until the person presses there', async () => {
  const { browser, guard, covered } = staged();
  browser.forbidden = true;
  assert.equal((await guard.judge(7)).covered, false);
  browser.forbidden = false;
  assert.equal((await guard.judge(7)).covered, false);
  await guard.invited(7);
  assert.equal((await guard.judge(7)).covered, true);
  assert.deepEqual(covered, ['one']);
});

test('when nobody looks at a tab any more, what was put into its page is taken away', async () => {
  const { guard, covered } = staged();
  await guard.judge(7);
  await guard.leave(7);
  assert.deepEqual(covered, []);
  await guard.judge(7);
  guard.rest();
  await until(() => covered.length === 0, 'taken away');
});

test('when nobody looks any more, nothing is listened to', async () => {
  const { guard, events, told } = staged();
  await guard.judge(7);
  guard.rest();
  assert.deepEqual(Object.values(events).map(({ size }) => size), [0, 0, 0, 0, 0]);
  guard.recheck();
  assert.deepEqual(told, []);
  await guard.judge(7);
  guard.recheck();
  assert.deepEqual(told, [7]);
});
