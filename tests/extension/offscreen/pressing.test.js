/** A conversation with push-to-talk: what a press does beside being heard. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';

import { Conversation } from '../../../extension/offscreen/conversation.js';
import { TAIL_MS } from '../../../extension/offscreen/push-to-talk.js';
import { Devices, endAll, ending, settle, until } from '../stand-ins/devices.js';

const VOICE = {
  kind: /** @type {const} */ ('voice'),
  tabId: null,
  title: '',
  reply: /** @type {const} */ ('voice'),
  talk: /** @type {const} */ ('push-to-talk'),
  microphone: { id: '', label: '' },
};
const TAB = { ...VOICE, kind: /** @type {const} */ ('tab'), tabId: 7, title: 'Terns' };

beforeEach(() => mock.timers.enable({ apis: ['Date'], now: 1_000_000 }));

afterEach(() => {
  endAll();
  mock.timers.reset();
});

/** @param {any} [wanted] */
async function started(wanted = VOICE) {
  const devices = new Devices();
  const conversation = ending(new Conversation(devices.doors));
  conversation.start(wanted);
  await settle();
  return { devices, conversation };
}

/** @param {any} [wanted] */
async function live(wanted = VOICE) {
  const stage = await started(wanted);
  stage.devices.link.state('live');
  await settle();
  return stage;
}

/** So many chunks are captured, and arrive. @param {Devices} devices @param {number} chunks @param {number} [value] */
function hear(devices, chunks, value = 1000) {
  for (let count = 0; count < chunks; count += 1) {
    if (devices.microphone.open) devices.microphone.handlers.onChunk({ samples: new Int16Array(320).fill(value), time: Date.now() });
    mock.timers.tick(20);
  }
}

/** Pressed for so many chunks, and its tail. @param {Conversation} conversation @param {Devices} devices @param {number} chunks */
function press(conversation, devices, chunks) {
  conversation.press(Date.now());
  hear(devices, chunks);
  conversation.release(Date.now());
  hear(devices, TAIL_MS / 20 + 1);
}

/** The presses in which something was sent, each once, with their ends. @param {Devices} devices */
const presses = (devices) => devices.link.presses.filter((press, index, all) => press !== all[index - 1]);

test('the host is told of it at the start, and of nothing hands-free', async () => {
  const { devices } = await started();
  assert.equal(devices.link.messages[0].data.talk, 'push-to-talk');
  const other = await started({ ...VOICE, talk: 'hands-free' });
  assert.equal('talk' in other.devices.link.messages[0].data, false);
});

test('what is said goes up in presses, and nothing between them', async () => {
  const { devices, conversation } = await live();
  hear(devices, 50);
  assert.deepEqual(devices.link.presses, []);
  press(conversation, devices, 20);
  hear(devices, 50);
  press(conversation, devices, 20);
  assert.deepEqual(presses(devices), [1, '1 over', 2, '2 over']);
});

test('it is shown while the person presses, and not in the tail', async () => {
  const { devices, conversation } = await live();
  assert.deepEqual([conversation.status.talk, conversation.status.held], ['push-to-talk', false]);
  conversation.press(Date.now());
  assert.equal(conversation.status.held, true);
  hear(devices, 5);
  conversation.release(Date.now());
  assert.equal(conversation.status.held, false);
});

test('hands-free there is nothing to press', async () => {
  const { conversation } = await live({ ...VOICE, talk: 'hands-free' });
  conversation.press(Date.now());
  conversation.togglePress();
  assert.deepEqual([conversation.status.talk, conversation.status.held], ['hands-free', false]);
});

test('the key for the whole browser begins with one press and ends with another', async () => {
  const { devices, conversation } = await live();
  conversation.togglePress();
  assert.equal(conversation.status.held, true);
  hear(devices, 10);
  conversation.togglePress();
  hear(devices, 20);
  assert.deepEqual([conversation.status.held, presses(devices)], [false, [1, '1 over']]);
});

test('a press into an answer silences it at once, and what of it comes late; the next is heard', async () => {
  const { devices, conversation } = await live();
  devices.link.say('transcript', { role: 'model', text: 'A long answer', finished: false, turn: 0 });
  devices.link.speak(0, 5);
  conversation.press(Date.now());
  assert.deepEqual([devices.speaker.queue, devices.speaker.playback.playing], [[], false]);
  devices.link.speak(0, 6);
  hear(devices, 5);
  conversation.release(Date.now());
  devices.link.speak(0, 7);
  assert.deepEqual(devices.speaker.queue, []);
  assert.equal(conversation.entries.find(({ role }) => role === 'model')?.cut, true);
  devices.link.say('interrupted', { turn: 0 });
  devices.link.speak(1, 8);
  assert.deepEqual(devices.speaker.queue, [8]);
});

test('an answer that begins while the person presses is not heard either', async () => {
  const { devices, conversation } = await live();
  conversation.press(Date.now());
  devices.link.speak(0, 5);
  assert.deepEqual(devices.speaker.queue, []);
  conversation.release(Date.now());
  devices.link.speak(1, 6);
  assert.deepEqual(devices.speaker.queue, [6]);
});

test('a voice alone makes no answer softer', async () => {
  const { devices } = await live();
  devices.link.speak(0, 5);
  for (let chunk = 0; chunk < 50; chunk += 1) {
    const samples = Int16Array.from({ length: 320 }, (_, index) => 9000 * Math.sin((2 * Math.PI * 160 * (chunk * 320 + index)) / 16000));
    devices.microphone.handlers.onChunk({ samples, time: Date.now() });
    mock.timers.tick(20);
  }
  assert.equal(devices.speaker.softened, 0);
});

test('pressed and released while everything is still starting, it is heard whole', async () => {
  const { devices, conversation } = await started();
  press(conversation, devices, 20);
  assert.deepEqual(devices.link.presses, []);
  devices.link.state('live');
  await settle();
  assert.deepEqual(presses(devices), [1, '1 over']);
  assert.equal(devices.link.presses.length, 20 + TAIL_MS / 20 + 1);
});

test('F24 a press goes on over a link that is lost in the middle of it', async () => {
  const { devices, conversation } = await live();
  conversation.press(Date.now());
  hear(devices, 10);
  const links = devices.links.length;
  Object.assign(devices.attached, { kept: true, received: 4 });
  devices.link.lose();
  hear(devices, 10);
  await until(() => devices.links.length > links, 'another link');
  await settle();
  devices.link.state('live');
  await settle();
  hear(devices, 10);
  conversation.release(Date.now());
  hear(devices, 20);
  assert.deepEqual(presses(devices), [1, '1 over']);
  assert.deepEqual(devices.link.numbers, Array.from(devices.link.numbers, (_, index) => 5 + index), 'what had not arrived, and on');
});

test('F18 a press that another host knows nothing of is told it from its beginning', async () => {
  const { devices, conversation } = await live();
  conversation.press(Date.now());
  hear(devices, 10);
  const links = devices.links.length;
  devices.kill();
  await until(() => devices.links.length > links, 'another link');
  await settle();
  assert.equal(devices.link.messages[0].data.talk, 'push-to-talk');
  devices.link.state('live');
  await settle();
  hear(devices, 10);
  conversation.release(Date.now());
  hear(devices, 20);
  assert.deepEqual([presses(devices), devices.link.presses.length], [[1, '1 over'], 20 + TAIL_MS / 20 + 1]);
});

/** @type {[string, (conversation: Conversation) => void][]} */
const TAKEN = [
  ['muted', (conversation) => conversation.mute(true)],
  ['paused', (conversation) => conversation.pause(true)],
  ['locked', (conversation) => conversation.lock()],
];
for (const [how, take] of TAKEN) {
  test(`${how} while it is held, the press is over, and nobody can press`, async () => {
    const { devices, conversation } = await live();
    conversation.press(Date.now());
    hear(devices, 10);
    take(conversation);
    assert.deepEqual([conversation.status.held, presses(devices)], [false, [1, '1 over']]);
    conversation.press(Date.now());
    assert.equal(conversation.status.held, false);
  });
}

test('a microphone that goes for good while it is held ends the press', async () => {
  const { devices, conversation } = await live();
  conversation.press(Date.now());
  hear(devices, 10);
  devices.refuse.microphone = new Error('none');
  devices.microphone.lose();
  await settle();
  assert.deepEqual([conversation.status.held, presses(devices)], [false, [1, '1 over']]);
});

test('the end of the conversation lets go, and the next one begins with nobody pressing', async () => {
  const { devices, conversation } = await live();
  conversation.press(Date.now());
  hear(devices, 10);
  conversation.end();
  assert.equal(conversation.status.held, false);
  conversation.release(Date.now());
  conversation.start(VOICE);
  await settle();
  assert.equal(conversation.status.held, false);
});

test('a conversation that rests hears no voice, and is woken by a press, which is heard whole', async () => {
  const { devices, conversation } = await live();
  devices.link.state('parked');
  await settle();
  hear(devices, 100, 20_000);
  assert.equal(devices.link.sent.includes('wake'), false);
  conversation.press(Date.now());
  assert.equal(devices.link.sent.includes('wake'), true);
  hear(devices, 10);
  devices.link.state('starting');
  devices.link.state('live');
  await settle();
  conversation.release(Date.now());
  hear(devices, 20);
  assert.deepEqual(presses(devices), [1, '1 over']);
});

test('a picture goes with a press, and none while nobody presses', async () => {
  const { devices, conversation } = await live(TAB);
  const pictures = () => devices.link.sent.filter((what) => what === 'video').length;
  assert.equal(pictures(), 1, 'the first');
  let looks = 0;
  devices.eyes.look = () => {
    looks += 1;
    return { grade: 'none', movedAt: 0 };
  };
  await settle();
  assert.equal(looks, 0, 'nobody asks what has changed');
  mock.timers.tick(1500);
  conversation.press(Date.now());
  hear(devices, 1);
  await until(() => pictures() === 2, 'the picture of the press');
  assert.ok(looks > 0);
  conversation.release(Date.now());
});

test('a moment that cannot be is the nearest that can', async () => {
  const { devices, conversation } = await live();
  hear(devices, 200);
  conversation.press(0);
  conversation.release(Date.now() + 1e9);
  hear(devices, 20);
  assert.deepEqual(presses(devices), [1, '1 over']);
  assert.ok(devices.link.presses.length < 130, 'two seconds back at most');
});
