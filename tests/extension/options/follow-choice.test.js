import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FollowChoice } from '../../../extension/options/follow-choice.js';
import { settle } from '../stand-ins/devices.js';

/** The page with its box, in a browser that asks the person. */
function staged() {
  /** @type {(allowed: boolean) => void} */
  let answer = () => {};
  let allowed = false;
  let stored = {};
  globalThis.chrome = /** @type {any} */ ({
    i18n: { getMessage: () => '' },
    storage: {
      managed: { get: async () => ({}) },
      local: { get: async () => stored, set: async (/** @type {object} */ items) => void (stored = { ...stored, ...items }) },
    },
    permissions: {
      contains: async () => allowed,
      request: () => new Promise((resolve) => void (answer = (given) => resolve((allowed = given)))),
      remove: async () => !(allowed = false),
    },
  });
  const box = Object.assign(new EventTarget(), { checked: false });
  const told = { textContent: '' };
  const choice = new FollowChoice(/** @type {any} */ (box), /** @type {any} */ (told));
  const press = () => {
    box.checked = !box.checked;
    box.dispatchEvent(new Event('change'));
  };
  return { choice, box, told, press, answer: (/** @type {boolean} */ given) => answer(given) };
}

test('allowed, the box stays ticked and says so; pressed again, it says that the right was given back', async () => {
  const { choice, box, told, press, answer } = staged();
  press();
  answer(true);
  await settle();
  await choice.show();
  assert.deepEqual([box.checked, told.textContent], [true, 'options_follow_on']);
  press();
  await settle();
  await choice.show();
  assert.deepEqual([box.checked, told.textContent], [false, 'options_follow_off']);
});

test('refused, the box goes back and says why', async () => {
  const { box, told, press, answer } = staged();
  press();
  answer(false);
  await settle();
  assert.deepEqual([box.checked, told.textContent], [false, 'options_follow_refused']);
});

test('the page that gets the focus back before the answer does not untick it', async () => {
  const { choice, box, press, answer } = staged();
  press();
  const shown = choice.show();
  await settle();
  assert.equal(box.checked, true);
  answer(true);
  await shown;
  assert.equal(box.checked, true);
});
