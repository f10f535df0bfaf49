import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { CodedError } from '../../../extension/lib/messages.js';
import { Stills } from '../../../extension/offscreen/stills.js';
import { until } from '../stand-ins/chrome.js';
import { settle } from '../stand-ins/devices.js';

/** @type {Stills[]} */
const open = [];
afterEach(() => {
  for (const stills of open.splice(0)) stills.close();
});

/** The service worker at the other end answers what `answer` returns: at once, or, `held`, when `give` is called. */
function staged({ held = false, answer = () => /** @type {any} */ ({ jpeg: 'AQID', time: 1 }) } = {}) {
  const camera = {
    taken: 0,
    answer,
    /** @type {(() => void)[]} */
    waiting: [],
    give: () => camera.waiting.shift()?.(),
  };
  /** @type {string[]} */
  const refused = [];
  /** @type {any[]} */
  const shown = [];
  const stills = new Stills(
    async () => {
      camera.taken += 1;
      if (held) await new Promise((resolve) => void camera.waiting.push(() => resolve(undefined)));
      return camera.answer();
    },
    ({ code }) => refused.push(code),
  );
  open.push(stills);
  stills.feed(/** @type {any} */ ({ postMessage: (/** @type {any} */ message) => shown.push(message) }));
  return { camera, stills, shown, refused };
}

test('the first comes at once, and no other before it was looked at', async () => {
  const { camera, stills, shown } = staged();
  await settle();
  assert.deepEqual(shown, [{ type: 'still', jpeg: 'AQID', time: 1 }]);
  stills.seen(true);
  await new Promise((resolve) => void setTimeout(resolve, 700));
  assert.equal(camera.taken, 1);
  stills.looked();
  await until(() => camera.taken === 2, 'the next');
});

test('one that is asked for is taken at once, though nobody looked at the last', async () => {
  const { camera, stills } = staged();
  await settle();
  stills.seen(false);
  stills.renew();
  const current = stills.whenCurrent();
  await settle();
  assert.equal(camera.taken, 2);
  stills.seen(false);
  assert.equal(await current, true);
});

test('one that was under way when it was asked for is not it', async () => {
  const { camera, stills } = staged({ held: true });
  stills.renew();
  const current = stills.whenCurrent();
  let came = null;
  current?.then((value) => void (came = value));
  camera.give();
  await settle();
  stills.seen(false);
  await settle();
  assert.equal(camera.taken, 2);
  await settle();
  assert.equal(came, null);
  camera.give();
  await settle();
  stills.seen(false);
  await settle();
  assert.equal(came, true);
});

test('what was taken just now stands for now', async () => {
  const { stills } = staged();
  await settle();
  stills.seen(false);
  assert.equal(stills.whenCurrent(), null);
});

test('of a tab that is on no screen nothing stands for now, however often one asks', async () => {
  const { camera, stills, shown } = staged({ answer: () => null });
  await settle();
  for (let time = 0; time < 3; time += 1) assert.equal(await stills.whenCurrent(), false);
  assert.deepEqual(shown, []);
  assert.ok(camera.taken >= 4);
});

test('closed, what is waited for comes no more, and nothing is taken', async () => {
  const { camera, stills } = staged({ held: true });
  await settle();
  stills.renew();
  const current = stills.whenCurrent();
  stills.close();
  assert.equal(await current, false);
  camera.give();
  await settle();
  stills.renew();
  await settle();
  assert.equal(camera.taken, 1);
});

test('what the browser refuses again and again is told once; a service worker that went is not', async () => {
  const { camera, stills, refused } = staged();
  await settle();
  stills.seen(false);
  camera.answer = () => {
    throw new Error('Could not establish connection');
  };
  const fail = async () => {
    stills.renew();
    await settle();
  };
  for (let time = 0; time < 4; time += 1) await fail();
  assert.deepEqual(refused, []);
  camera.answer = () => {
    throw new CodedError('tab-forbidden');
  };
  for (let time = 0; time < 5; time += 1) await fail();
  assert.deepEqual(refused, ['tab-forbidden']);
});
