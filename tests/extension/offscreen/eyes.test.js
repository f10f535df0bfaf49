import assert from 'node:assert/strict';
import { test } from 'node:test';

import { CodedError } from '../../../extension/lib/messages.js';
import { EyesOpener } from '../../../extension/offscreen/eyes.js';
import { Devices, settle } from '../stand-ins/devices.js';

const TAB = { kind: /** @type {const} */ ('tab'), tabId: 7, title: 'Terns' };
const SCREEN = { kind: /** @type {const} */ ('screen'), tabId: null, title: '' };
const VOICE = { kind: /** @type {const} */ ('voice'), tabId: null, title: '' };
const SILENT = { sound: false };

function staged() {
  const devices = new Devices();
  /** @type {string[]} */
  const told = [];
  /** What is looked through. @type {unknown} */
  let seen = null;
  const opener = new EyesOpener(devices.doors, {
    isSeen: (frames) => frames === seen,
    onFinding: () => told.push('finding'),
    onBlind: ({ code }) => told.push(code),
    onSound: () => told.push('sound'),
    onEnded: () => told.push('ended'),
    onClosed: (tabId) => told.push(`closed ${tabId}`),
  });
  return {
    devices,
    told,
    /** @param {import('../../../extension/offscreen/eyes.js').Wanted} wanted @param {{sound: boolean}} [how] */
    async look(wanted, how = SILENT) {
      const eyes = await opener.open(wanted, how);
      seen = eyes.frames;
      return eyes;
    },
    lookAway() {
      seen = null;
    },
  };
}

/** @param {Devices} devices */
const asked = (devices) => devices.requests.map(({ type }) => type);

test('a tab that was pressed on is granted, and its stream opened; its page has a title, a site and a size', async () => {
  const { look, devices } = staged();
  const { source, tabId, followed, sound } = await look(TAB);
  assert.deepEqual(asked(devices).slice(0, 2), ['grant-tab', 'capture-settled']);
  assert.deepEqual(source, { kind: 'tab', title: 'Terns', site: 'terns.example', width: 1272, height: 810 });
  assert.deepEqual([tabId, followed, sound], [7, false, null]);
});

test('its sound comes along where that is wanted', async () => {
  const { look, devices } = staged();
  const { sound } = await look(TAB, { sound: true });
  assert.ok(sound);
  assert.equal(devices.tabSounds.length, 1);
});

test('a tab that is followed is neither granted nor brought to the front', async () => {
  const { look, devices } = staged();
  const { followed } = await look({ ...TAB, followed: true });
  assert.equal(followed, true);
  assert.deepEqual(asked(devices).slice(0, 1), ['follow-tab']);
  assert.equal(asked(devices).includes('grant-tab'), false);
});

test('a screen has a size, and neither title nor tab', async () => {
  const { look } = staged();
  const { source, tabId } = await look(SCREEN);
  assert.deepEqual([source, tabId], [{ kind: 'screen', title: '', site: '', width: 640, height: 480 }, null]);
});

test('after the picker, whatever was chosen there, the panel is shown again', async () => {
  const { look, devices } = staged();
  await look(SCREEN);
  devices.refuse.screen = new CodedError('screen-denied');
  await assert.rejects(look(SCREEN), { code: 'screen-denied' });
  await settle();
  assert.deepEqual(asked(devices), ['show-panel', 'show-panel']);
});

test('for a voice nothing is opened', async () => {
  const { look, devices } = staged();
  assert.equal((await look(VOICE)).frames, null);
  assert.deepEqual([devices.frames, devices.requests], [[], []]);
});

test('a tab that is refused is known to be so, and the panel need not stay', async () => {
  const { look, devices } = staged();
  devices.refuse.tab = new CodedError('tab-forbidden');
  await assert.rejects(look(TAB), { code: 'tab-forbidden' });
  await settle();
  assert.deepEqual(asked(devices), ['grant-tab', 'capture-settled']);
});

for (const wanted of [TAB, SCREEN]) {
  test(`F27 the end of a ${wanted.kind} is told only while it is looked at`, async () => {
    const { look, lookAway, devices, told } = staged();
    await look(wanted);
    devices.eyes.end();
    assert.deepEqual(told, ['ended']);
    lookAway();
    devices.eyes.end();
    assert.deepEqual(told, ['ended']);
  });
}

test('that a tab is looked at no more is told of those that were never looked through, too', async () => {
  const { look, lookAway, told } = staged();
  const { frames } = await look(TAB);
  lookAway();
  frames?.close();
  assert.deepEqual(told, ['closed 7']);
});
