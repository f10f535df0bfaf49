import assert from 'node:assert/strict';
import { test } from 'node:test';

import { HOLDS, bindHold } from '../../../extension/popup/hold.js';

/** A button in a window, and a panel that notes what it is told. */
function staged() {
  const window = new EventTarget();
  const attributes = new Map([['aria-disabled', 'false']]);
  const button = Object.assign(new EventTarget(), {
    ownerDocument: { defaultView: window },
    getAttribute: (/** @type {string} */ name) => attributes.get(name) ?? null,
    setPointerCapture: () => {},
  });
  /** @type {string[]} */
  const told = [];
  const moments = /** @type {number[]} */ ([]);
  const panel = {
    isHeld: false,
    hold: (/** @type {boolean} */ held, /** @type {number} */ moment) => {
      panel.isHeld = held;
      told.push(held ? 'press' : 'release');
      moments.push(moment);
    },
  };
  bindHold(/** @type {any} */ (button), panel);
  const happen = (/** @type {string} */ type, /** @type {object} */ also = {}) => {
    const event = Object.assign(new Event(type, { cancelable: true }), { detail: 1, button: 0, isPrimary: true, ...also });
    button.dispatchEvent(event);
    return event;
  };
  return { told, moments, panel, window, attributes, happen };
}

test('every state of the table is one of it', () => {
  for (const row of Object.values(HOLDS)) for (const next of Object.values(row)) assert.ok(Object.hasOwn(HOLDS, next));
});

test('the pointer holds it until it is let go, wherever that is, and its click counts for nothing', () => {
  const { told, happen } = staged();
  happen('pointerdown');
  happen('pointerup');
  happen('lostpointercapture');
  happen('click');
  assert.deepEqual(told, ['press', 'release']);
});

test('a pointer that is taken away lets go', () => {
  const { told, happen } = staged();
  happen('pointerdown');
  happen('lostpointercapture');
  assert.deepEqual(told, ['press', 'release']);
});

test('another button or another finger holds nothing', () => {
  const { told, happen } = staged();
  happen('pointerdown', { button: 2 });
  happen('pointerdown', { isPrimary: false });
  assert.deepEqual(told, []);
});

for (const key of [' ', 'Enter']) {
  test(`the key ${JSON.stringify(key)} holds it, repeats and clicks nothing`, () => {
    const { told, happen } = staged();
    assert.equal(happen('keydown', { key }).defaultPrevented, true);
    happen('keydown', { key, repeat: true });
    happen('keydown', { key, repeat: true });
    assert.equal(happen('keyup', { key }).defaultPrevented, true);
    assert.deepEqual(told, ['press', 'release']);
  });
}

test('another key is none of it', () => {
  const { told, happen } = staged();
  assert.equal(happen('keydown', { key: 'Tab' }).defaultPrevented, false);
  assert.deepEqual(told, []);
});

test('the click of a screen reader begins, and another ends', () => {
  const { told, happen } = staged();
  happen('click', { detail: 0 });
  happen('blur');
  assert.deepEqual(told, ['press']);
  happen('click', { detail: 0 });
  assert.deepEqual(told, ['press', 'release']);
});

test('what a click began is ended by a press, too', () => {
  const { told, happen } = staged();
  happen('click', { detail: 0 });
  happen('keydown', { key: ' ' });
  happen('keyup', { key: ' ' });
  assert.deepEqual(told, ['press', 'release']);
});

test('what a click began and something else ended is begun anew', () => {
  const { told, panel, happen } = staged();
  happen('click', { detail: 0 });
  panel.isHeld = false;
  happen('keydown', { key: ' ' });
  happen('keyup', { key: ' ' });
  assert.deepEqual(told, ['press', 'press', 'release']);
});

test('whoever leaves the button or the window with a key down has let go', () => {
  for (const leave of ['button', 'window']) {
    const { told, window, happen } = staged();
    happen('keydown', { key: ' ' });
    if (leave === 'button') happen('blur');
    else window.dispatchEvent(new Event('blur'));
    happen('keyup', { key: ' ' });
    assert.deepEqual(told, ['press', 'release'], leave);
  }
});

test('while there is nothing to be heard with, nothing begins; what began can end', () => {
  const { told, attributes, happen } = staged();
  attributes.set('aria-disabled', 'true');
  happen('pointerdown');
  happen('pointerup');
  assert.deepEqual(told, []);
  attributes.set('aria-disabled', 'false');
  happen('pointerdown');
  attributes.set('aria-disabled', 'true');
  happen('pointerup');
  assert.deepEqual(told, ['press', 'release']);
});

test('a press is told with the moment at which it was', () => {
  const { moments, happen } = staged();
  happen('pointerdown', {});
  assert.ok(Math.abs(moments[0] - Date.now()) < 5000);
});
