import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { Conversation } from '../../../extension/offscreen/conversation.js';
import { Devices, endAll, ending, settle, until } from '../stand-ins/devices.js';

const KEEPS = { heard: false, softened: false, kept: true };
const TAB = { kind: /** @type {const} */ ('tab'), tabId: 7, title: 'Terns', reply: /** @type {const} */ ('voice'), microphone: { id: '', label: '' } };
const QUESTION = 'What was just said?';
/** More than twice what is held until the page was found clear. */
const CHUNKS = 60;

afterEach(endAll);

/** A live conversation about a tab. @param {object} [sound] what is to become of its sound */
async function live(sound = KEEPS) {
  const devices = new Devices();
  const conversation = ending(new Conversation(devices.doors));
  conversation.start(/** @type {any} */ ({ ...TAB, sound }));
  await settle();
  devices.link.state('live');
  await settle();
  let time = 0;
  /** The tab sounds, all of it of this value. @param {number} value */
  const play = async (value) => {
    time = Math.max(time, Date.now());
    for (let index = 0; index < CHUNKS; index += 1, time += 20) devices.tabSounds.at(-1)?.sound(value, time);
    await settle();
  };
  return { devices, play, conversation };
}

/** @param {Conversation} conversation */
async function ask(conversation) {
  await conversation.askJustSaid(QUESTION);
  await settle();
}

/** @param {Uint8Array|undefined} bytes @returns {number[]} the different values in it, in their order */
function values(bytes) {
  const samples = new Int16Array(bytes?.buffer ?? new ArrayBuffer(0));
  return [...samples].filter((value, index) => value !== samples[index - 1]);
}

test('what the tab sounded like goes ahead of the question about it, and nothing of it before', async () => {
  const { devices, play, conversation } = await live();
  assert.equal(conversation.status.keepsTab, true);
  assert.equal(conversation.status.hearsTab, false);
  await play(3000);
  assert.equal(devices.link.sounds.length, 0);
  await ask(conversation);
  await until(() => devices.link.sent.includes('ask'), 'the question');
  assert.deepEqual(devices.link.sent.slice(-3), ['video', 'sound', 'ask']);
  assert.deepEqual(devices.link.messages.at(-1)?.data, { text: QUESTION });
  assert.deepEqual(values(devices.link.sounds[0]), [3000]);
  assert.ok(devices.link.sounds[0].length >= 640 * 20);
  assert.deepEqual(conversation.entries.map(({ text, typed }) => [text, typed]), [[QUESTION, true]]);
  assert.equal(devices.link.sent.some((what) => what.startsWith('audio')), false);
});

test('asked again there is more of it', async () => {
  const { devices, play, conversation } = await live();
  await play(3000);
  await ask(conversation);
  await until(() => devices.link.sounds.length === 1, 'the sound');
  await play(4000);
  await ask(conversation);
  await until(() => devices.link.sounds.length === 2, 'more of it');
  assert.deepEqual(values(devices.link.sounds[1]), [3000, 4000]);
});

test('where nothing was heard that is said, and put right by the next question that has a sound', async () => {
  const { devices, play, conversation } = await live();
  await ask(conversation);
  assert.equal(conversation.status.failure?.code, 'nothing-heard');
  assert.deepEqual(conversation.entries, []);
  await play(3000);
  await ask(conversation);
  await until(() => devices.link.sounds.length === 1, 'the sound');
  assert.equal(conversation.status.failure, null);
});

test('not wanted, nothing is captured and nothing kept; switched off, what was kept is forgotten', async () => {
  const { devices, play, conversation } = await live({ heard: false, softened: false, kept: false });
  assert.equal(devices.tabSounds.length, 0);
  await conversation.wishSound(KEEPS);
  await settle();
  await play(3000);
  await conversation.wishSound({ heard: true, softened: false, kept: false });
  assert.equal(conversation.status.keepsTab, false);
  await conversation.wishSound({ heard: true, softened: false, kept: true });
  await ask(conversation);
  assert.equal(conversation.status.failure?.code, 'nothing-heard');
});

test('T25 paused, what was kept is forgotten, and nothing is kept', async () => {
  const { devices, play, conversation } = await live();
  await play(3000);
  conversation.pause(true);
  assert.equal(devices.tabSounds[0].open, false);
  conversation.pause(false);
  await settle();
  await ask(conversation);
  assert.equal(conversation.status.failure?.code, 'nothing-heard');
});

test('of another page nothing is told, private or not, though the browser has not said yet that it is another', async () => {
  const { devices, play, conversation } = await live();
  await play(3000);
  devices.page = { ...devices.page, finding: 'blocked', page: 'two' };
  await ask(conversation);
  assert.equal(conversation.status.failure?.code, 'nothing-heard');
  await play(5000);
  assert.equal(conversation.status.keepsTab, false);
  devices.page = { ...devices.page, finding: 'clear', page: 'three' };
  await ask(conversation);
  assert.equal(conversation.status.failure?.code, 'nothing-heard');
  assert.deepEqual(devices.link.sounds, []);
});

test('another tab has nothing of the one before', async () => {
  const { devices, play, conversation } = await live();
  await play(3000);
  conversation.start(/** @type {any} */ ({ ...TAB, tabId: 8, sound: KEEPS }));
  await settle();
  assert.deepEqual(devices.tabSounds.map(({ open }) => open), [false, true]);
  await ask(conversation);
  assert.equal(conversation.status.failure?.code, 'nothing-heard');
});

test('F2 asked while nobody listens it waits, with its sound, and only once', async () => {
  const { devices, play, conversation } = await live();
  await play(3000);
  devices.link.state('reconnecting', 'no-network');
  await ask(conversation);
  await ask(conversation);
  assert.equal(devices.link.sent.includes('ask'), false);
  assert.equal(conversation.entries.filter(({ typed }) => typed).length, 1);
  devices.link.state('live');
  await until(() => devices.link.sent.includes('ask'), 'the question');
  assert.deepEqual(devices.link.sent.filter((what) => what === 'sound' || what === 'ask'), ['sound', 'ask']);
  assert.deepEqual(values(devices.link.sounds[0]), [3000]);
});

test('a model that takes no sound: it is said, and nothing is waited for', async () => {
  const { devices, play, conversation } = await live();
  await play(3000);
  await ask(conversation);
  assert.equal(conversation.status.activity, 'thinking');
  devices.link.say('error', { code: 'sound-refused', text: 'm', fatal: false });
  assert.deepEqual([conversation.status.activity, conversation.status.failure?.code], ['listening', 'sound-refused']);
});

test('asked of nobody, and without words, it is no question', async () => {
  const { devices, play, conversation } = await live();
  await play(3000);
  await conversation.askJustSaid('  ');
  conversation.end();
  await conversation.askJustSaid(QUESTION);
  await settle();
  assert.deepEqual([devices.link.sounds, conversation.entries], [[], []]);
});
