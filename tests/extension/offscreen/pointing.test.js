import assert from 'node:assert/strict';
import { mock, test } from 'node:test';

import { Pointing } from '../../../extension/offscreen/pointing.js';
import { settle } from '../stand-ins/devices.js';

const BOX = { x: 0.1, y: 0.2, width: 0.3, height: 0.4 };

/** A source that shows something else with every frame that is asked for. */
class Source {
  shown = 0;
  /** @type {any[]} */
  taken = [];

  renew() {
    this.shown += 1;
  }

  async whenFresh() {}

  /** @param {any} box */
  async takePart(box) {
    this.taken.push(box);
    return { bytes: Uint8Array.of(this.shown), width: 3, height: 4, time: Date.now() };
  }
}

/** @param {{[type: string]: (data: any) => any}} background @param {number|null} [tabId] */
function staged(background, tabId = 7) {
  const frames = new Source();
  const capture = /** @type {any} */ ({ frames, tabId });
  /** @type {string[]} */
  const asked = [];
  /** @type {[number, any][]} */
  const pointed = [];
  /** @type {string[]} */
  const failed = [];
  const askInWindow = mock.fn(async () => null);
  const pointing = new Pointing(
    /** @type {any} */ ({
      request: async (/** @type {string} */ _target, /** @type {string} */ type, /** @type {any} */ data) => {
        asked.push(type);
        return background[type]?.(data);
      },
      askInWindow,
    }),
    capture,
    {
      onChange: () => {},
      onPointed: async (picture, box) => void pointed.push([picture.bytes[0], box]),
      onFailed: (error) => failed.push(error.code),
    },
  );
  return { pointing, frames, capture, asked, pointed, failed, askInWindow };
}

test('what was marked on the page is cut from a frame that was asked for after the sheet had gone', async () => {
  const { pointing, frames, pointed, asked } = staged({ 'point-in-tab': () => ({ box: BOX }) });
  await pointing.begin();
  assert.deepEqual(pointed, [[2, BOX]]);
  assert.deepEqual(frames.taken, [BOX, BOX]);
  assert.deepEqual(asked, ['point-in-tab', 'pointed']);
  assert.equal(pointing.isUnderWay, false);
});

test('who leaves has pointed at nothing, and still no picture goes out before the sheet has gone', async () => {
  const { pointing, frames, pointed, askInWindow } = staged({ 'point-in-tab': () => ({ box: null }) });
  await pointing.begin();
  assert.deepEqual(pointed, []);
  assert.equal(frames.shown, 2);
  assert.equal(askInWindow.mock.callCount(), 0);
});

for (const [what, tabId] of /** @type {[string, number|null][]} */ ([['a page that cannot be pointed at', 7], ['a screen', null]])) {
  test(`for ${what} there is a window`, async () => {
    const { pointing, askInWindow, asked } = staged({ 'point-in-tab': () => null }, tabId);
    await pointing.begin();
    assert.equal(askInWindow.mock.callCount(), 1);
    assert.equal(asked.includes('point-in-tab'), tabId !== null);
  });
}

test('a service worker that goes leaves nothing on the page', async () => {
  const { pointing, asked, pointed, askInWindow } = staged({
    'point-in-tab': () => {
      throw new Error('gone');
    },
  });
  await pointing.begin();
  assert.deepEqual(asked, ['point-in-tab', 'leave-tab', 'pointed']);
  assert.deepEqual([pointed.length, askInWindow.mock.callCount()], [0, 0]);
});

test('another source ends it, and of the one before nothing is sent', async () => {
  /** @type {(answer: any) => void} */
  let answer = () => {};
  const { pointing, capture, asked, pointed } = staged({ 'point-in-tab': () => new Promise((resolve) => void (answer = resolve)) });
  const over = pointing.begin();
  await settle();
  pointing.follow();
  assert.ok(!asked.includes('leave-tab'));
  capture.frames = new Source();
  pointing.follow();
  assert.ok(asked.includes('leave-tab'));
  answer({ box: BOX });
  await over;
  assert.deepEqual(pointed, []);
});

test('it is not begun twice, nor without a source', async () => {
  const { pointing, capture, asked } = staged({ 'point-in-tab': () => ({ box: null }) });
  await Promise.all([pointing.begin(), pointing.begin()]);
  capture.frames = null;
  await pointing.begin();
  assert.deepEqual(asked, ['point-in-tab', 'pointed']);
});

for (const [where, answer] of /** @type {[string, any][]} */ ([['on the page', { box: BOX }], ['in a window', null]])) {
  test(`who points ${where} at what gives no picture in time is told`, async (t) => {
    t.mock.method(AbortSignal, 'timeout', () => AbortSignal.abort());
    const { pointing, pointed, failed, askInWindow } = staged({ 'point-in-tab': () => answer });
    await pointing.begin();
    assert.deepEqual([pointed, failed, askInWindow.mock.callCount()], [[], ['picture-missing'], 0]);
    assert.equal(pointing.isUnderWay, false);
  });
}

test('who has left is told nothing', async (t) => {
  t.mock.method(AbortSignal, 'timeout', () => AbortSignal.abort());
  const { pointing, failed } = staged({ 'point-in-tab': () => ({ box: null }) });
  await pointing.begin();
  assert.deepEqual(failed, []);
});
