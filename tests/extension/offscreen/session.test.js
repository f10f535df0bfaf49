import assert from 'node:assert/strict';
import { afterEach, mock, test } from 'node:test';

import { CodedError } from '../../../extension/lib/messages.js';
import { Conversation } from '../../../extension/offscreen/conversation.js';
import { Devices, endAll, ending, settle, until } from '../stand-ins/devices.js';

const TAB = { kind: /** @type {const} */ ('tab'), tabId: 7, title: 'Terns', reply: /** @type {const} */ ('voice'), microphone: { id: '', label: '' } };
const VOICE = { ...TAB, kind: /** @type {const} */ ('voice'), tabId: null, title: '' };
/** Loud enough to be heard by somebody. */
const ALOUD = 1000;
const HANDLE = 'CihkZWZhdWx0';

afterEach(() => {
  mock.timers.reset();
  endAll();
});

/** A live conversation. @param {any} [wanted] */
async function live(wanted = VOICE) {
  const devices = new Devices();
  const conversation = ending(new Conversation(devices.doors));
  conversation.start(wanted);
  await settle();
  devices.link.state('live');
  await settle();
  return { devices, conversation };
}

/** @param {any} [wanted] */
async function parked(wanted = VOICE) {
  const stage = await live(wanted);
  stage.devices.link.state('parked');
  await settle();
  return stage;
}

/** The link drops, and a new one is open, to a host that knows the session or does not. @param {Devices} devices @param {object} [attached] */
async function relinked(devices, attached = {}) {
  const links = devices.links.length;
  Object.assign(devices.attached, { kept: true, received: -1, ...attached });
  devices.link.lose();
  await until(() => devices.links.length > links, 'another link');
  await settle();
}

const texts = (/** @type {Conversation} */ conversation) => conversation.entries.map(({ role, text }) => `${role}: ${text}`);
const introduction = (/** @type {Devices} */ devices) => devices.link.messages[0].data;
const sounds = (/** @type {Devices} */ devices) => devices.link.sent.filter((what) => what.startsWith('audio'));

/** A voice, as far as the detector can tell: a pitch of 160 Hz. @param {Devices} devices @param {number} chunks */
function speak(devices, chunks) {
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    const samples = Int16Array.from({ length: 320 }, (_, index) => 9000 * Math.sin((2 * Math.PI * 160 * (chunk * 320 + index)) / 16000));
    if (devices.microphone.open) devices.microphone.handlers.onChunk({ samples, time: chunk });
  }
}

/** From here on it is heard so long from now, in ms. @param {Devices} devices @param {number} later */
function timed(devices, later) {
  const { onChunk } = devices.microphone.handlers;
  devices.microphone.handlers.onChunk = (chunk) => onChunk({ ...chunk, time: Date.now() + later });
}

/** What a quiet room sounds like. @param {Devices} devices @param {number} chunks */
function room(devices, chunks) {
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    const samples = Int16Array.from({ length: 320 }, (_, index) => ((index * 7919 + chunk * 104729) % 31) - 15);
    devices.microphone.handlers.onChunk({ samples, time: chunk });
  }
}

test('F24 on a new link the host is told which conversation it is, what resumes it and what was said', async () => {
  const { devices, conversation } = await live();
  const { conversation: name, handle, history } = introduction(devices);
  assert.deepEqual([handle, history], [undefined, undefined]);
  devices.link.say('resumption', { handle: 'older' });
  devices.link.say('resumption', { handle: HANDLE });
  devices.link.say('transcript', { role: 'user', text: 'Where do terns go?', finished: true, turn: 1 });
  devices.link.say('transcript', { role: 'model', text: 'To Antarc', finished: false, turn: 1 });
  conversation.ask('Why?');
  await settle();
  await relinked(devices);
  assert.deepEqual(introduction(devices), {
    source: 'voice',
    title: '',
    site: '',
    conversation: name,
    handle: HANDLE,
    history: {
      turns: [
        { role: 'user', text: 'Where do terns go?' },
        { role: 'model', text: 'To Antarc' },
        { role: 'user', text: 'Why?' },
      ],
    },
  });
});

test('F24 each link has a token of its own, and the next conversation a name of its own', async () => {
  const { devices, conversation } = await live();
  const { conversation: name } = introduction(devices);
  await relinked(devices);
  assert.equal(devices.requests.filter(({ type }) => type === 'connect-host').length, 2);
  conversation.end();
  conversation.start(VOICE);
  await settle();
  assert.notEqual(introduction(devices).conversation, name);
});

test('F24 a handle that was taken back is not shown again', async () => {
  const { devices } = await live();
  devices.link.say('resumption', { handle: HANDLE });
  devices.link.say('resumption', { handle: '' });
  await relinked(devices);
  assert.equal(introduction(devices).handle, undefined);
});

test('F24 a question that was not sent yet is asked, and not told as history', async () => {
  const { devices, conversation } = await live();
  devices.attached = { kept: true, received: -1 };
  devices.link.lose();
  conversation.ask('Still there?');
  await until(() => devices.links.length === 2, 'another link');
  await settle();
  assert.equal(introduction(devices).history, undefined);
  devices.link.state('live');
  await settle();
  assert.deepEqual(devices.link.sent, ['start-session', 'ask']);
});

test('F24 kept: the answer plays on, turns and bubbles hold, and no note is made', async () => {
  const { devices, conversation } = await live();
  devices.link.say('transcript', { role: 'model', text: 'To Antarc', finished: false, turn: 3 });
  devices.link.speak(3, 5);
  const { clears } = devices.speaker;
  await relinked(devices);
  assert.deepEqual([devices.speaker.queue, devices.speaker.clears], [[5], clears]);
  devices.link.state('live');
  devices.link.say('transcript', { role: 'model', text: 'tica.', finished: true, turn: 3 });
  devices.link.speak(3, 6);
  assert.deepEqual(devices.speaker.queue, [5, 6]);
  assert.deepEqual(texts(conversation), ['model: To Antarctica.']);
});

test('F24 kept: an answer that was interrupted before stays so', async () => {
  const { devices, conversation } = await live();
  devices.link.say('interrupted', { turn: 3 });
  await relinked(devices);
  devices.link.state('live');
  devices.link.speak(3, 6);
  devices.link.say('transcript', { role: 'model', text: 'late', finished: true, turn: 3 });
  assert.deepEqual([devices.speaker.queue, texts(conversation)], [[], []]);
});

test('F24 kept: what had not arrived goes again first, then what was kept, each once and in order', async () => {
  const { devices } = await live();
  for (const value of [10, 11, 12, 13]) devices.microphone.hear(value);
  devices.attached = { kept: true, received: 1 };
  devices.link.lose();
  devices.microphone.hear(14);
  await until(() => devices.links.length === 2, 'another link');
  await settle();
  devices.microphone.hear(15);
  devices.link.state('live');
  await settle();
  devices.microphone.hear(16);
  assert.deepEqual(sounds(devices), ['audio 12', 'audio 13', 'audio 14', 'audio 15', 'audio 16']);
  assert.deepEqual(devices.link.numbers, [2, 3, 4, 5, 6]);
});

test('F24 kept: the words need not wait for a picture', async () => {
  const { devices } = await live(TAB);
  devices.eyes.take = () => new Promise(() => {});
  await relinked(devices);
  devices.microphone.hear(1);
  devices.link.state('live');
  await settle();
  assert.deepEqual(devices.link.sent, ['start-session', 'audio 1']);
});

test('F24 kept, but Gemini is away: what is said waits for it', async () => {
  const { devices, conversation } = await live();
  devices.microphone.hear(1);
  await relinked(devices);
  devices.link.state('reconnecting', 'service-unavailable');
  assert.deepEqual([conversation.status.state, sounds(devices)], ['reconnecting', []]);
  devices.link.state('live');
  await settle();
  assert.deepEqual(sounds(devices), ['audio 1']);
});

test('F24 a link that drops over and over loses and doubles nothing', async () => {
  const { devices } = await live();
  for (let round = 0; round < 5; round += 1) {
    devices.microphone.hear(round * 2);
    devices.microphone.hear(round * 2 + 1);
    await relinked(devices, { received: round * 2 });
    devices.link.state('live');
    await settle();
    assert.deepEqual(devices.link.numbers, [round * 2 + 1]);
    assert.deepEqual(sounds(devices), [`audio ${round * 2 + 1}`]);
  }
});

test('F24 not kept by the same host: the turns begin anew, the broken answer is silent, nothing claims a restart', async () => {
  const { devices, conversation } = await live();
  devices.link.say('interrupted', { turn: 9 });
  devices.link.speak(10, 5);
  devices.microphone.hear(1);
  await relinked(devices, { kept: false });
  assert.deepEqual(devices.speaker.queue, []);
  devices.link.state('live');
  await settle();
  devices.link.speak(1, 8);
  assert.deepEqual([devices.speaker.queue, sounds(devices), texts(conversation)], [[8], [], []]);
});

test('F18 the host was lost in mid-question: the other one hears it from its beginning, and it is one bubble', async () => {
  const { devices, conversation } = await live();
  devices.microphone.hear(1001);
  devices.link.say('transcript', { role: 'model', text: 'Earlier.', finished: true, turn: 1 });
  devices.microphone.hear(1002);
  devices.link.say('transcript', { role: 'user', text: 'Where do', finished: false, turn: 2 });
  devices.kill();
  devices.microphone.hear(1003);
  await until(() => devices.links.length === 2, 'another link');
  await settle();
  devices.link.state('live');
  await settle();
  assert.deepEqual(sounds(devices), ['audio 1002', 'audio 1003']);
  devices.link.say('transcript', { role: 'user', text: 'Where do terns go?', finished: true, turn: 1 });
  devices.link.say('transcript', { role: 'user', text: 'And when?', finished: true, turn: 2 });
  assert.deepEqual(texts(conversation), [
    'model: Earlier.',
    'user: Where do terns go?',
    'note: note_host_restarted',
    'user: And when?',
  ]);
});

test('F18 what the other host answered is known in its turn', async () => {
  const { devices } = await live();
  for (let round = 0; round < 2; round += 1) {
    devices.microphone.hear(1001 + round);
    devices.link.say('transcript', { role: 'model', text: 'Answer.', finished: true, turn: 1 });
    devices.kill();
    await until(() => devices.links.length === 2 + round, 'another link');
    await settle();
    devices.link.state('live');
    await settle();
    assert.deepEqual(sounds(devices), []);
  }
});

test('F18 what a handle resumes is not told again', async () => {
  const { devices } = await live();
  devices.microphone.hear(1001);
  devices.link.say('resumption', { handle: HANDLE });
  devices.microphone.hear(1002);
  devices.kill();
  await until(() => devices.links.length === 2, 'another link');
  await settle();
  devices.link.state('live');
  await settle();
  assert.deepEqual(sounds(devices), ['audio 1002']);
});

test('F18 the host was lost after it was live: the broken answer ends as soon as there is another host, and a note says why', async () => {
  const { devices, conversation } = await live();
  devices.link.speak(1, 5);
  devices.refuse.link = new CodedError('link-lost', 'not yet');
  devices.kill();
  await until(() => devices.speaker.queue.length === 0, 'silence');
  delete devices.refuse.link;
  await until(() => devices.links.length === 2, 'another link');
  await settle();
  devices.link.state('live');
  await settle();
  assert.deepEqual(texts(conversation), ['note: note_host_restarted']);
});

test('F18 a host that was lost before it was live leaves no note', async () => {
  const devices = new Devices();
  const conversation = ending(new Conversation(devices.doors));
  conversation.start(VOICE);
  await settle();
  devices.kill();
  await until(() => devices.links.length === 2, 'another link');
  await settle();
  devices.link.state('live');
  await settle();
  assert.deepEqual([conversation.status.state, texts(conversation)], ['live', []]);
});

test('F18 after a failure Start goes on with the same conversation: its words, its name, its handle', async () => {
  const { devices, conversation } = await live();
  const { conversation: name } = introduction(devices);
  devices.link.say('resumption', { handle: HANDLE });
  devices.link.say('transcript', { role: 'user', text: 'Where do terns go?', finished: true, turn: 1 });
  devices.link.say('error', { code: 'service-unavailable', text: '', fatal: true });
  assert.equal(conversation.status.state, 'failed');
  conversation.start(VOICE);
  await settle();
  assert.deepEqual(texts(conversation), ['user: Where do terns go?']);
  const again = introduction(devices);
  assert.deepEqual([again.conversation, again.handle, again.history.turns.length], [name, HANDLE, 1]);
  devices.link.state('live');
  await settle();
  devices.microphone.hear(1);
  assert.deepEqual([conversation.status.state, sounds(devices)], ['live', ['audio 1']]);
});

test('F18 a question that waited when it failed is asked when it goes on', async () => {
  const { devices, conversation } = await live();
  devices.link.state('reconnecting', 'no-network');
  conversation.ask('Why?');
  devices.link.say('error', { code: 'no-network', text: '', fatal: true });
  conversation.start(VOICE);
  await settle();
  devices.link.state('live');
  await settle();
  assert.deepEqual(devices.link.messages.filter(({ type }) => type === 'ask').map(({ data }) => data.text), ['Why?']);
});

test('a start that failed before anything was said begins anew', async () => {
  const devices = new Devices();
  const conversation = ending(new Conversation(devices.doors));
  devices.refuse['connect-host'] = new CodedError('host-missing');
  conversation.start(VOICE);
  conversation.ask('Anyone?');
  await settle();
  assert.equal(conversation.status.state, 'failed');
  conversation.start(VOICE);
  assert.deepEqual(conversation.entries, []);
});

test('F2 how much of what was said is kept shows in the snapshot, and what is lost in a note', async () => {
  const { devices, conversation } = await live();
  devices.link.state('reconnecting', 'no-network');
  for (let chunk = 0; chunk < 150; chunk += 1) devices.microphone.hear(ALOUD);
  assert.equal(conversation.status.kept, 3);
  for (let chunk = 0; chunk < 1600; chunk += 1) devices.microphone.hear(ALOUD);
  assert.equal(conversation.status.kept, 30);
  devices.link.state('live');
  await settle();
  assert.equal(conversation.status.kept, 0);
  assert.deepEqual(conversation.entries.map(({ text, amount }) => [text, amount]), [['note_lost', 5]]);
  assert.equal(sounds(devices).length, 1500);
});

test('F2 a silence that was too long for the memory is no loss', async () => {
  const { devices, conversation } = await live();
  devices.link.state('reconnecting', 'no-network');
  for (let chunk = 0; chunk < 3000; chunk += 1) devices.microphone.hear(0);
  devices.link.state('live');
  await settle();
  assert.deepEqual([conversation.status.kept, conversation.entries], [0, []]);
});

test('what the host gave up is noted too, in one note with what follows at once', async () => {
  const { devices, conversation } = await live();
  devices.link.say('dropped', { seconds: 0.2 });
  devices.link.say('dropped', { seconds: 2.4 });
  devices.link.say('dropped', { seconds: 3 });
  assert.deepEqual(conversation.entries.map(({ text, amount }) => [text, amount]), [['note_lost', 5]]);
});

test('F18 what was kept when it failed is lost, and said to be', async () => {
  const { devices, conversation } = await live();
  devices.link.state('reconnecting', 'no-network');
  for (let chunk = 0; chunk < 100; chunk += 1) devices.microphone.hear(ALOUD);
  devices.link.say('error', { code: 'no-network', text: '', fatal: true });
  assert.deepEqual(conversation.entries.map(({ text, amount }) => [text, amount]), [['note_lost', 2]]);
});

test('T27 parked: nothing goes up, the microphone is listened to here, and nothing counts as kept', async () => {
  const { devices, conversation } = await parked(TAB);
  const before = devices.link.sent.length;
  room(devices, 100);
  assert.deepEqual([conversation.status.state, devices.link.sent.length, devices.microphone.open], ['parked', before, true]);
  assert.equal(conversation.status.kept, 0);
});

test('parked: the first word wakes it, and goes up with what led to it after the newest picture', async () => {
  const { devices, conversation } = await parked(TAB);
  room(devices, 300);
  const before = devices.link.sent.length;
  speak(devices, 30);
  assert.deepEqual(devices.link.sent.slice(before), ['wake']);
  devices.link.state('starting');
  assert.equal(conversation.status.state, 'starting');
  devices.link.state('live');
  await settle();
  const after = devices.link.sent.slice(before + 1);
  assert.equal(after[0], 'video');
  const heard = after.filter((what) => what.startsWith('audio')).length;
  assert.ok(heard >= 120 && heard <= 131, `${heard} chunks`);
  devices.microphone.hear(7);
  assert.equal(devices.link.sent.at(-1), 'audio 7');
});

test('parked: a press, Alt+G and a typed question wake it, once each', async () => {
  for (const act of /** @type {((conversation: Conversation) => void)[]} */ ([
    (conversation) => conversation.wake(),
    (conversation) => void conversation.start(VOICE),
    (conversation) => conversation.ask('Still there?'),
  ])) {
    const { devices, conversation } = await parked();
    conversation.mute(true);
    act(conversation);
    conversation.wake();
    assert.equal(devices.link.sent.filter((what) => what === 'wake').length, 1);
    devices.link.state('starting');
    devices.link.state('live');
    await settle();
    assert.equal(conversation.status.state, 'live');
    assert.equal(devices.link.sent.filter((what) => what === 'ask').length, conversation.entries.length);
  }
});

test('parked: muted, it is not woken by silence, nor by the noise of the room when it can hear again', async () => {
  const { devices, conversation } = await parked();
  conversation.mute(true);
  for (let chunk = 0; chunk < 200; chunk += 1) devices.microphone.hear(0);
  conversation.mute(false);
  room(devices, 200);
  assert.equal(devices.link.sent.includes('wake'), false);
  speak(devices, 20);
  assert.equal(devices.link.sent.includes('wake'), true);
});

test('a conversation that is awake is not woken', async () => {
  const { devices, conversation } = await live();
  conversation.wake();
  assert.equal(devices.link.sent.includes('wake'), false);
});

test('F24 parked over a lost link it is parked again; a word or a press meanwhile wakes it when the link is back', async () => {
  const quiet = await parked();
  await relinked(quiet.devices);
  quiet.devices.link.state('parked');
  assert.deepEqual([quiet.conversation.status.state, quiet.devices.link.sent], ['parked', ['start-session']]);

  for (const act of /** @type {((stage: {devices: Devices, conversation: Conversation}) => void)[]} */ ([
    ({ devices }) => speak(devices, 20),
    ({ conversation }) => conversation.wake(),
    ({ conversation }) => conversation.ask('Still there?'),
  ])) {
    const stage = await parked();
    room(stage.devices, 50);
    stage.devices.attached = { kept: true, received: -1 };
    stage.devices.link.lose();
    act(stage);
    await until(() => stage.devices.links.length === 2, 'another link');
    await settle();
    stage.devices.link.state('parked');
    assert.deepEqual(stage.devices.link.sent, ['start-session', 'wake']);
  }
});

test('F24 a sentence over a lost link is heard whole, though the session was parked and is parked again', async () => {
  const { devices } = await parked();
  room(devices, 50);
  devices.attached = { kept: true, received: -1 };
  devices.link.lose();
  speak(devices, 300);
  await until(() => devices.links.length === 2, 'another link');
  await settle();
  for (const state of ['parked', 'starting', 'live']) devices.link.state(state);
  await settle();
  const heard = devices.link.sent.filter((each) => each.startsWith('audio'));
  assert.ok(heard.length >= 300, String(heard.length));
});

test('F24 what did not fit over a lost link is told, though the session is parked again', async () => {
  const { conversation, devices } = await parked();
  room(devices, 50);
  devices.attached = { kept: true, received: -1 };
  devices.link.lose();
  speak(devices, 2000);
  await until(() => devices.links.length === 2, 'another link');
  await settle();
  for (const state of ['parked', 'starting', 'live']) devices.link.state(state);
  await settle();
  assert.equal(texts(conversation).filter((text) => text === 'note: note_lost').length, 1, String(texts(conversation)));
});

test('parked, then ended or failed, all is closed', async () => {
  const { devices, conversation } = await parked();
  conversation.end();
  assert.deepEqual([conversation.status.state, devices.microphone.open, devices.link.open], ['ended', false, false]);
});

test('F2 what the kept session says again opens no second bubble', async () => {
  const { devices, conversation } = await live();
  devices.link.say('transcript', { role: 'user', text: 'Where do terns go?', finished: true, turn: 1 });
  devices.link.say('transcript', { role: 'model', text: 'To Antarctica.', finished: true, turn: 1 });
  await relinked(devices);
  devices.link.state('live');
  devices.link.say('transcript', { role: 'user', text: 'Where do terns go?', finished: true, turn: 1 });
  devices.link.say('transcript', { role: 'model', text: ' Antarctica.', finished: true, turn: 1 });
  devices.link.say('transcript', { role: 'model', text: ' Every year.', finished: true, turn: 1 });
  assert.deepEqual(texts(conversation), ['user: Where do terns go?', 'model: To Antarctica.', 'model: Every year.']);
});

test('what the person sees goes with what they begin to say, heard by the host or here, and no sound waits for it', async () => {
  for (const begin of [
    (/** @type {Devices} */ devices) => devices.link.say('speech', { time: Date.now() + 500 }),
    (/** @type {Devices} */ devices) => {
      timed(devices, 5000);
      room(devices, 50);
      speak(devices, 20);
    },
  ]) {
    const { devices } = await live(TAB);
    const pictures = () => devices.link.sent.filter((what) => what === 'video').length;
    const before = pictures();
    begin(devices);
    const heard = sounds(devices).length;
    devices.microphone.hear(1);
    assert.equal(sounds(devices).length, heard + 1);
    await until(() => pictures() > before, 'the picture');
  }
});

test('what was said before somebody listened gets a picture within it, too', async () => {
  const devices = new Devices();
  const conversation = ending(new Conversation(devices.doors));
  conversation.start({ ...TAB, kind: 'screen', tabId: null });
  await settle();
  room(devices, 50);
  speak(devices, 20);
  devices.link.state('live');
  await until(() => devices.link.sent.filter((what) => what === 'video').length === 2, 'a picture within what was said');
  assert.ok(devices.link.sent.indexOf('audio') < devices.link.sent.lastIndexOf('video'));
});
