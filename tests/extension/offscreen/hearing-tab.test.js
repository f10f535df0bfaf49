/** A conversation that hears the tab, too: what of it goes up, and what it must not change. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { Conversation } from '../../../extension/offscreen/conversation.js';
import { Devices, endAll, ending, settle } from '../stand-ins/devices.js';

const TAB = {
  kind: /** @type {const} */ ('tab'),
  tabId: 7,
  title: 'Terns',
  reply: /** @type {const} */ ('voice'),
  microphone: { id: '', label: '' },
  sound: { heard: true, softened: false, kept: false },
};
const FULL = 1000;

afterEach(endAll);

/** @param {any} [wanted] */
async function started(wanted = TAB) {
  const devices = new Devices();
  const conversation = ending(new Conversation(devices.doors));
  conversation.start(wanted);
  await settle();
  return { devices, conversation };
}

/** @param {any} [wanted] */
async function live(wanted = TAB) {
  const stage = await started(wanted);
  stage.devices.link.state('live');
  await settle();
  return stage;
}

/** Half a second of the tab, found clear. @param {Devices} devices */
async function sound(devices) {
  const now = Date.now();
  for (let time = 0; time <= 480; time += 20) devices.tabSounds.at(-1)?.sound(FULL, now + time);
  await settle();
}

/** Twenty chunks of the microphone, and the first sample of each as it was sent. @param {Devices} devices */
function hear(devices) {
  const before = devices.link.sent.length;
  for (let count = 0; count < 20; count += 1) devices.microphone.hear(7);
  return devices.link.sent.slice(before).filter((each) => each.startsWith('audio')).map((each) => Number(each.slice(6)));
}

test('the tab lies under what the microphone hears, and the panel is told', async () => {
  const { devices, conversation } = await live();
  assert.equal(conversation.status.hearsTab, true);
  await sound(devices);
  const heard = hear(devices);
  assert.equal(heard.length, 20);
  assert.ok(Math.max(...heard) > FULL / 4, String(heard));
});

test('while an answer sounds it is softer for the person, and nothing of it goes up', async () => {
  const { devices } = await live();
  const [tab] = devices.tabSounds;
  await sound(devices);
  hear(devices);
  devices.link.speak(1, 5);
  assert.equal(tab.soft, true);
  await sound(devices);
  assert.deepEqual(new Set(hear(devices).slice(1)), new Set([7]), 'the first chunk fades');
  devices.speaker.drain();
  assert.equal(tab.soft, false);
});

test('what is kept until somebody listens is the person\'s voice alone', async () => {
  const { devices, conversation } = await started();
  await sound(devices);
  hear(devices);
  assert.equal(conversation.status.kept, 0, 'what a tab sounds like was not said by anybody');
  devices.link.state('live');
  await settle();
  assert.deepEqual(new Set(devices.link.sent.filter((each) => each.startsWith('audio'))), new Set(['audio 7']));
});

test('with push-to-talk only what is pressed goes up', async () => {
  const { devices } = await live({ ...TAB, talk: 'push-to-talk' });
  await sound(devices);
  assert.deepEqual(hear(devices), []);
});

test('paused, nothing is heard, and the tab sounds by itself', async () => {
  const { devices, conversation } = await live();
  const [tab] = devices.tabSounds;
  conversation.pause(true);
  assert.deepEqual([tab.open, conversation.status.hearsTab], [false, false]);
  conversation.pause(false);
  await settle();
  assert.deepEqual([devices.tabSounds.at(-1)?.open, conversation.status.hearsTab], [true, true]);
});

test('turned off, what was held of it does not go up', async () => {
  const { devices, conversation } = await live();
  await sound(devices);
  await conversation.wishSound({ heard: false, softened: false, kept: false });
  assert.deepEqual([new Set(hear(devices)), conversation.status.hearsTab], [new Set([7]), false]);
});

test('of a page that is found private nothing goes up, and the panel is told', async () => {
  const { devices, conversation } = await live();
  devices.page = { ...devices.page, finding: 'blocked' };
  await sound(devices);
  assert.deepEqual([new Set(hear(devices)), conversation.status.hearsTab], [new Set([7]), false]);
});
