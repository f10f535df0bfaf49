import assert from 'node:assert/strict';
import { afterEach, mock, test } from 'node:test';

import { CodedError } from '../../../extension/lib/messages.js';
import { Conversation } from '../../../extension/offscreen/conversation.js';
import { Devices, endAll, ending, settle, until } from '../stand-ins/devices.js';
import { s16, voice } from '../stand-ins/voice.js';

const TAB = { kind: /** @type {const} */ ('tab'), tabId: 7, title: 'Terns', reply: /** @type {const} */ ('voice'), microphone: { id: '', label: '' } };
const VOICE = { ...TAB, kind: /** @type {const} */ ('voice'), tabId: null, title: '' };

afterEach(endAll);

function staged() {
  const devices = new Devices();
  return { devices, conversation: ending(new Conversation(devices.doors)) };
}

/** A conversation whose link is open and whose host starts. @param {any} [wanted] */
async function started(wanted = TAB) {
  const stage = staged();
  stage.conversation.start(wanted);
  await settle();
  return stage;
}

/** @param {any} [wanted] */
async function live(wanted = TAB) {
  const stage = await started(wanted);
  stage.devices.link.state('live');
  await settle();
  return stage;
}

const texts = (/** @type {Conversation} */ conversation) => conversation.entries.map(({ role, text }) => `${role}: ${text}`);

test('nothing is sent but start-session until Gemini listens; then the picture, then what was said, then live', async () => {
  const { devices } = await started();
  devices.microphone.hear(1);
  devices.microphone.hear(2);
  assert.deepEqual(devices.link.sent, ['start-session']);
  const { conversation, ...rest } = devices.link.messages[0].data;
  assert.deepEqual(rest, { source: 'tab', title: 'Terns', site: 'terns.example' });
  assert.match(conversation, /^[0-9a-f-]{36}$/);
  devices.link.state('live');
  await settle();
  devices.microphone.hear(3);
  assert.deepEqual(devices.link.sent, ['start-session', 'video', 'audio 1', 'audio 2', 'audio 3']);
});

test('what is said while the picture is awaited is kept and sent in order', async () => {
  const { devices } = await started();
  devices.eyes.take = async () => {
    devices.microphone.hear(2);
    return { bytes: Uint8Array.of(1), width: 2, height: 2, time: Date.now() };
  };
  devices.microphone.hear(1);
  devices.link.state('live');
  await settle();
  assert.deepEqual(devices.link.sent.slice(1), ['video', 'audio 1', 'audio 2']);
});

test('a source that shows nothing holds up the words for a second at most', async () => {
  const { devices } = await started();
  devices.eyes.take = async () => /** @type {any} */ (null);
  devices.microphone.hear(1);
  const before = performance.now();
  devices.link.state('live');
  await until(() => devices.link.sent.includes('audio 1'), 'the words');
  assert.ok(performance.now() - before < 1500);
});

test('by voice alone nothing is awaited and nothing shown', async () => {
  const { devices } = await live(VOICE);
  devices.microphone.hear(1);
  assert.deepEqual(devices.link.sent, ['start-session', 'audio 1']);
  assert.equal(devices.frames.length, 0);
});

test('the snapshot tells state, source, practice and model', async () => {
  const { conversation } = await live();
  const { state, source, practice, model, failure, picture } = conversation.status;
  assert.deepEqual({ state, source, practice, model, failure }, {
    state: 'live',
    source: { kind: 'tab', title: 'Terns', site: 'terns.example', width: 1272, height: 810 },
    practice: true,
    model: 'm',
    failure: null,
  });
  assert.match(String(picture?.url), /^blob:/);
});

test('changes that come together are told once', async () => {
  const { conversation, devices } = await live();
  let told = 0;
  conversation.addEventListener('status', () => {
    told += 1;
  });
  devices.link.speak(1, 5);
  conversation.mute(true);
  assert.equal(told, 0);
  await settle();
  assert.equal(told, 1);
});

test('activity: thinking after a question until the first answer, speaking while it sounds', async () => {
  const { conversation, devices } = await live();
  assert.equal(conversation.status.activity, 'listening');
  conversation.ask('What is this?');
  assert.equal(conversation.status.activity, 'thinking');
  devices.link.speak(1, 5);
  assert.equal(conversation.status.activity, 'speaking');
  devices.link.say('turn-complete', { turn: 1 });
  assert.equal(conversation.status.activity, 'speaking');
  devices.speaker.drain();
  assert.equal(conversation.status.activity, 'listening');
});

test('activity: a spoken question is thought about too, but not one that was answered already', async () => {
  const { conversation, devices } = await live();
  devices.link.say('transcript', { role: 'user', text: 'What?', finished: true, turn: 1 });
  assert.equal(conversation.status.activity, 'thinking');
  devices.link.say('transcript', { role: 'model', text: 'A tern.', finished: false, turn: 1 });
  assert.equal(conversation.status.activity, 'listening');
  devices.link.say('transcript', { role: 'user', text: ' please', finished: true, turn: 1 });
  assert.equal(conversation.status.activity, 'listening');
});

test('a typed question goes with the current picture just before it', async () => {
  const { conversation, devices } = await live();
  mock.timers.enable({ apis: ['Date'], now: Date.now() + 301 });
  const before = devices.link.sent.length;
  conversation.ask('  What is this?  ');
  await until(() => devices.link.sent.includes('ask'), 'the question');
  mock.timers.reset();
  assert.deepEqual(devices.link.sent.slice(before), ['video', 'ask']);
  assert.deepEqual(devices.link.messages.at(-1)?.data, { text: 'What is this?' });
  assert.deepEqual(conversation.entries.map(({ text, typed }) => [text, typed]), [['What is this?', true]]);
});

test('questions keep their order, and what was typed too early is asked once somebody listens', async () => {
  const { conversation, devices } = await started();
  conversation.ask('one');
  conversation.ask('two');
  assert.deepEqual(devices.link.sent, ['start-session']);
  devices.link.state('live');
  await settle();
  devices.link.say('frame-ack', { sequence: 9 });
  await settle();
  const asked = devices.link.messages.filter(({ type }) => type === 'ask').map(({ data }) => data.text);
  assert.deepEqual(asked, ['one', 'two']);
});

test('an empty question and one to nobody are none', async () => {
  const { conversation } = await live();
  conversation.ask('   ');
  conversation.end();
  conversation.ask('anyone?');
  assert.deepEqual(conversation.entries, []);
});

test('F11 interrupted: silent at once, late sound of the old turn is not played, the next turn is', async () => {
  const { conversation, devices } = await live();
  devices.link.speak(1, 5);
  devices.link.say('transcript', { role: 'model', text: 'A long', finished: false, turn: 1 });
  devices.link.say('interrupted', { turn: 1 });
  assert.deepEqual(devices.speaker.queue, []);
  devices.link.speak(1, 6);
  devices.link.speak(0, 6);
  assert.deepEqual(devices.speaker.queue, []);
  devices.link.speak(2, 7);
  assert.deepEqual(devices.speaker.queue, [7]);
  assert.equal(conversation.entries[0].cut, true);
});

/** @param {import('../../../extension/offscreen/conversation.js').Conversation} conversation */
const heardOf = ({ entries }) => entries.map(({ text, cut, heard }) => `${text.slice(0, heard)}|${heard === undefined ? '' : text.slice(heard)}${cut ? ' cut' : ''}`);

test('the transcript follows what is heard', async () => {
  const { conversation, devices } = await live();
  devices.link.say('transcript', { role: 'model', text: 'Terns fly far.', finished: false, turn: 1 });
  assert.deepEqual(heardOf(conversation), ['Terns fly far.|']);
  devices.link.speak(1, 5);
  assert.deepEqual(heardOf(conversation), ['|Terns fly far.']);
  devices.speaker.reach(1, 1);
  assert.deepEqual(heardOf(conversation), ['Terns| fly far.']);
  devices.link.say('turn-complete', { turn: 1 });
  devices.speaker.drain();
  assert.deepEqual(heardOf(conversation), ['Terns fly far.|']);
});

test('Gemini that interrupts itself again and again: headphones are offered, once', async () => {
  const { conversation, devices } = await live(VOICE);
  const said = voice(1, 48000, 2);
  const heard = s16(said.map((sample) => sample / 5), 16000);
  const failures = [];
  for (let turn = 1; turn <= 4; turn += 1) {
    devices.link.handlers.onAudio(turn, s16(said, 24000));
    devices.speaker.reach(turn, 48000);
    const began = Date.now() - 2000;
    for (let from = 0; from < heard.length; from += 320) {
      devices.microphone.handlers.onChunk({ samples: heard.slice(from, from + 320), time: began + from / 16 });
    }
    devices.link.say('interrupted', { turn });
    await settle();
    failures.push(conversation.status.failure?.code);
    if (turn === 2) conversation.point(); // Nothing to point at: another failure in its place.
  }
  assert.deepEqual(failures, [undefined, 'echo-heard', 'nothing-shared', 'nothing-shared']);
});

test('F11 of an interrupted answer it is known what was not heard, though its words had come to an end', async () => {
  const { conversation, devices } = await live();
  devices.link.say('transcript', { role: 'model', text: 'Terns fly far.', finished: false, turn: 1 });
  devices.link.speak(1, 5);
  devices.speaker.reach(1, 1);
  devices.link.say('turn-complete', { turn: 1 });
  devices.link.say('interrupted', { turn: 2 });
  assert.deepEqual(heardOf(conversation), ['Terns| fly far. cut']);
  devices.link.say('transcript', { role: 'model', text: 'Yes?', finished: true, turn: 3 });
  devices.link.speak(3, 5);
  devices.speaker.drain();
  assert.deepEqual(heardOf(conversation), ['Terns| fly far. cut', 'Yes?|']);
});

test('an answer that was heard whole is not marked by what comes after it', async () => {
  const { conversation, devices } = await live();
  devices.link.say('transcript', { role: 'model', text: 'Terns fly far.', finished: false, turn: 1 });
  devices.link.speak(1, 5);
  devices.link.say('turn-complete', { turn: 1 });
  devices.speaker.drain();
  devices.link.say('interrupted', { turn: 2 });
  assert.deepEqual(heardOf(conversation), ['Terns fly far.|']);
});

test('what is not spoken is read: nothing of it waits to be heard', async () => {
  const { conversation, devices } = await live();
  devices.link.say('transcript', { role: 'model', text: 'Terns fly far.', finished: false, turn: 1 });
  devices.link.speak(1, 5);
  conversation.reply('text');
  assert.deepEqual(heardOf(conversation), ['Terns fly far.|']);
  devices.link.speak(1, 5);
  devices.link.say('transcript', { role: 'model', text: ' Very far.', finished: true, turn: 1 });
  assert.deepEqual(heardOf(conversation), ['Terns fly far. Very far.|']);
});

test('an answer gives way to a voice in the microphone, and only while it can be heard', async () => {
  const { devices } = await live();
  const speak = () => {
    for (let chunk = 0; chunk < 20; chunk += 1) {
      // A tone of 200 Hz has a pitch as a voice has.
      const samples = Int16Array.from({ length: 320 }, (_, index) => (chunk < 5 ? index % 9 : 8000 * Math.sin((2 * Math.PI * index) / 80)));
      devices.microphone.handlers.onChunk({ samples, time: chunk * 20 });
    }
  };
  speak();
  assert.equal(devices.speaker.softened, 0);
  devices.link.speak(1, 5);
  speak();
  assert.ok(devices.speaker.softened > 0);
});

test('F11 turn numbers go round at 16 bits', async () => {
  const { devices } = await live();
  devices.link.say('interrupted', { turn: 0xffff });
  devices.link.speak(0xfffe, 6);
  devices.link.speak(0, 7);
  assert.deepEqual(devices.speaker.queue, [7]);
});

test('F11 with the next conversation the turns begin anew: nothing of it counts as late', async () => {
  const { conversation, devices } = await live(VOICE);
  devices.link.say('interrupted', { turn: 5 });
  conversation.end();
  conversation.start(VOICE);
  await settle();
  devices.link.state('live');
  devices.link.speak(1, 9);
  assert.deepEqual(devices.speaker.queue, [9]);
});

test('F12 an interruption of nothing leaves everything as it is', async () => {
  const { conversation, devices } = await live();
  devices.link.say('interrupted', { turn: 1 });
  devices.link.say('turn-complete', { turn: 1 });
  devices.link.say('turn-complete', { turn: 1 });
  assert.deepEqual([conversation.status.state, conversation.status.activity], ['live', 'listening']);
  devices.microphone.hear(4);
  assert.equal(devices.link.sent.at(-1), 'audio 4');
});

test('text only: the words show and nothing sounds, from the moment it is chosen', async () => {
  const { conversation, devices } = await live();
  devices.link.speak(1, 5);
  conversation.reply('text');
  assert.deepEqual(devices.speaker.queue, []);
  devices.link.speak(1, 6);
  devices.link.say('transcript', { role: 'model', text: 'Quietly.', finished: true, turn: 1 });
  assert.deepEqual(devices.speaker.queue, []);
  assert.deepEqual(texts(conversation), ['model: Quietly.']);
  conversation.reply('voice');
  devices.link.speak(2, 7);
  assert.deepEqual(devices.speaker.queue, [7]);
});

test('T25 paused: microphone and picture are closed, and the host is told; resumed they open again', async () => {
  const { conversation, devices } = await live();
  conversation.pause(true);
  assert.deepEqual([devices.microphone.open, devices.eyes.open], [false, false]);
  assert.equal(devices.link.messages.at(-1)?.data.paused, true);
  const before = devices.link.sent.length;
  devices.microphone.hear(1);
  conversation.pause(true);
  await settle();
  assert.equal(devices.link.sent.length, before);
  conversation.pause(false);
  await settle();
  assert.deepEqual([devices.microphone.open, devices.eyes.open], [true, true]);
  devices.microphone.hear(2);
  assert.equal(devices.link.sent.at(-1), 'audio 2');
  assert.equal(devices.link.messages.at(-1)?.data.paused, false);
});

test('T25 a locked screen pauses all, says so once, and unlocking resumes nothing', async () => {
  const { conversation, devices } = await live();
  conversation.lock();
  conversation.lock();
  await settle();
  assert.deepEqual([conversation.status.paused, devices.microphone.open, devices.eyes.open], [true, false, false]);
  assert.deepEqual(texts(conversation), ['note: note_locked']);
  conversation.end();
  conversation.lock();
  assert.equal(conversation.status.paused, false);
});

test('T25 a picture that was still being made when the person paused is not sent', async () => {
  for (const stop of /** @type {((conversation: Conversation) => void)[]} */ ([
    (conversation) => conversation.pause(true),
    (conversation) => conversation.start(VOICE),
    (conversation) => conversation.end(),
  ])) {
    const { conversation, devices } = await live();
    const making = new Promise((resolve) => {
      devices.eyes.take = async () => {
        await new Promise((made) => void resolve(made));
        return { bytes: Uint8Array.of(1), width: 2, height: 2, time: Date.now() };
      };
    });
    const pictures = () => devices.link.sent.filter((what) => what === 'video').length;
    const before = pictures();
    devices.link.state('reconnecting');
    devices.link.state('live');
    const made = await making;
    stop(conversation);
    await settle();
    made();
    await settle();
    assert.equal(pictures(), before);
    assert.equal(conversation.status.paused || conversation.status.picture === null, true);
  }
});

test('voice only, chosen while a tab is being opened, holds', async () => {
  const { conversation, devices } = await live(VOICE);
  conversation.start(TAB);
  conversation.start(VOICE);
  await settle();
  assert.equal(conversation.status.source.kind, 'voice');
  assert.ok(devices.frames.every(({ open }) => !open));
});

test('pressed twice, the tab is opened once', async () => {
  const { conversation, devices } = staged();
  conversation.start(TAB);
  conversation.start(TAB);
  await settle();
  assert.deepEqual([devices.frames.length, devices.eyes.open, conversation.status.failure], [1, true, null]);
});

test('muted, the microphone stays open as silence and the host is told', async () => {
  const { conversation, devices } = await live();
  conversation.mute(true);
  assert.deepEqual([devices.microphone.open, devices.microphone.muted], [true, true]);
  assert.deepEqual(devices.link.messages.at(-1), {
    type: 'capture-changed',
    data: { source: 'tab', title: 'Terns', site: 'terns.example', muted: true, paused: false },
  });
  conversation.mute(false);
  assert.equal(devices.microphone.muted, false);
});

test('F4 what the host calls fatal fails the conversation, and everything is closed', async () => {
  const { conversation, devices } = await live();
  devices.link.say('error', { code: 'key-rejected', text: 'API key not valid', fatal: true });
  assert.equal(conversation.status.state, 'failed');
  assert.deepEqual(conversation.status.failure, { code: 'key-rejected', detail: 'API key not valid' });
  assert.equal(conversation.status.picture, null);
  for (const { open } of [devices.microphone, devices.eyes, devices.speaker, devices.link]) assert.equal(open, false);
});

test('a smaller error is shown, and the conversation goes on', async () => {
  const { conversation, devices } = await live();
  devices.link.say('error', { code: 'bad-message', text: 'too long', fatal: false });
  assert.deepEqual([conversation.status.state, conversation.status.failure?.code], ['live', 'bad-message']);
});

test('F19 a host that is not there fails the start, and is not started again by itself', async () => {
  for (const code of ['host-missing', 'host-forbidden', 'host-exited', 'host-broken', 'version-mismatch']) {
    const { conversation, devices } = staged();
    devices.refuse['connect-host'] = new CodedError(code, 'words of the browser');
    conversation.start(TAB);
    await settle();
    assert.deepEqual([conversation.status.state, conversation.status.failure?.code], ['failed', code]);
    assert.equal(devices.requests.filter(({ type }) => type === 'connect-host').length, 1);
    assert.ok(devices.microphones.every(({ open }) => !open));
  }
});

test('F2 Gemini lost: what is said is kept until it is back, then sent, and a broken answer is not played on', async () => {
  const { conversation, devices } = await live(VOICE);
  devices.link.speak(1, 5);
  devices.link.state('reconnecting', 'service-unavailable');
  assert.deepEqual([conversation.status.state, conversation.status.failure?.code], ['reconnecting', 'service-unavailable']);
  assert.deepEqual(devices.speaker.queue, []);
  devices.microphone.hear(1);
  assert.equal(devices.link.sent.includes('audio 1'), false);
  devices.link.state('live');
  await settle();
  assert.deepEqual(devices.link.sent.slice(-1), ['audio 1']);
  assert.deepEqual([conversation.status.state, conversation.status.failure], ['live', null]);
});

test('F2 pictures that went down with a connection are not waited for: those after it go out', async () => {
  const { devices } = await live();
  const pictures = () => devices.link.sent.filter((what) => what === 'video').length;
  for (let lost = 0; lost < 3; lost += 1) {
    devices.link.state('reconnecting', 'service-unavailable');
    devices.link.state('live');
    await settle();
  }
  assert.equal(pictures(), 4);
});

test('a picture that never comes holds up the words for a second at most', async () => {
  const { devices } = await started();
  devices.eyes.take = () => new Promise(() => {});
  devices.microphone.hear(1);
  devices.link.state('live');
  await until(() => devices.link.sent.includes('audio 1'), 'the words', 1500);
});

test('F1 an answer that came in whole is played to its end while the connection changes', async () => {
  const { devices } = await live(VOICE);
  devices.link.speak(1, 5);
  devices.link.say('turn-complete', { turn: 1 });
  devices.link.state('reconnecting', 'service-unavailable');
  assert.deepEqual(devices.speaker.queue, [5]);
});

test('F18 a lost host is looked for at once: transcript and words stay, a note says so', async () => {
  const { conversation, devices } = await live(VOICE);
  devices.link.say('transcript', { role: 'model', text: 'Half an ans', finished: false, turn: 1 });
  devices.link.speak(1, 5);
  devices.kill();
  assert.equal(conversation.status.state, 'reconnecting');
  devices.microphone.hear(1);
  await until(() => devices.links.length === 2, 'a second link');
  await settle();
  assert.deepEqual(devices.speaker.queue, []);
  devices.link.state('live');
  await settle();
  assert.deepEqual(devices.link.sent, ['start-session', 'audio 1']);
  assert.deepEqual(texts(conversation), ['model: Half an ans', 'note: note_host_restarted']);
  devices.link.speak(1, 8);
  assert.deepEqual(devices.speaker.queue, [8]);
});

test('F18 after ten tries it fails, with Start at hand', async () => {
  const { conversation, devices } = await live(VOICE);
  devices.refuse['connect-host'] = new CodedError('host-exited');
  mock.timers.enable({ apis: ['setTimeout'] });
  devices.link.lose();
  for (let count = 0; count < 15; count += 1) {
    mock.timers.tick(4000);
    await settle();
  }
  mock.timers.reset();
  assert.equal(devices.requests.filter(({ type }) => type === 'connect-host').length, 11);
  assert.deepEqual([conversation.status.state, conversation.status.failure?.code], ['failed', 'host-exited']);
  delete devices.refuse['connect-host'];
  conversation.start(VOICE);
  await settle();
  assert.equal(conversation.status.state, 'starting');
});

test('F27 the shared tab is closed: by voice from here on, with a note', async () => {
  const { conversation, devices } = await live();
  devices.eyes.end();
  const { state, source, failure, picture } = conversation.status;
  assert.deepEqual([state, source.kind, failure?.code, picture], ['live', 'voice', 'tab-lost', null]);
  assert.deepEqual(texts(conversation), ['note: note_tab_lost']);
  assert.equal(devices.link.messages.at(-1)?.data.source, 'voice');
  devices.microphone.hear(3);
  assert.equal(devices.link.sent.at(-1), 'audio 3');
});

test('F27 sharing the screen is stopped by the button of the browser: no failure, a note', async () => {
  const { conversation, devices } = await live({ ...VOICE, kind: 'screen' });
  devices.eyes.end();
  assert.deepEqual([conversation.status.source.kind, conversation.status.failure], ['voice', null]);
  assert.deepEqual(texts(conversation), ['note: note_screen_stopped']);
});

/** The only microphone there is, for a moment. @param {import('../stand-ins/devices.js').Devices} devices */
async function unplug(devices) {
  devices.refuse.microphone = new CodedError('microphone-missing');
  devices.microphone.lose();
  await settle();
  delete devices.refuse.microphone;
}

test('F27 the microphone is unplugged: muted, and unmuting opens it again', async () => {
  const { conversation, devices } = await live();
  await unplug(devices);
  assert.deepEqual([conversation.status.state, conversation.status.muted, conversation.status.failure?.code], ['live', true, 'microphone-lost']);
  conversation.mute(false);
  await settle();
  assert.deepEqual([devices.microphones.length, conversation.status.failure], [2, null]);
});

test('F27 the microphone is unplugged and plugged in again: it listens, but for whoever had muted it', async () => {
  for (const muted of [false, true]) {
    const { conversation, devices } = await live();
    conversation.mute(muted);
    await unplug(devices);
    assert.equal(conversation.status.muted, true);
    await conversation.reconsider();
    await settle();
    assert.deepEqual([conversation.status.muted, devices.microphone.muted, conversation.status.failure], [muted, muted, null]);
    assert.deepEqual(texts(conversation), ['note: note_microphone_found']);
  }
});

test('F27 the microphone is unplugged and another is chosen: it listens, but for whoever had muted it', async () => {
  for (const muted of [false, true]) {
    const { conversation, devices } = await live();
    conversation.mute(muted);
    await unplug(devices);
    conversation.listenTo({ id: 'headset', label: 'Headset' });
    await settle();
    assert.deepEqual([conversation.status.muted, devices.microphone.muted, conversation.status.failure], [muted, muted, null]);
    assert.deepEqual(texts(conversation), []);
  }
});

test('another speaker is chosen while one talks; one that is not there is said, and that it is back', async () => {
  const { conversation, devices } = await live(VOICE);
  await conversation.speakFrom({ id: 'headset', label: 'Headset' });
  assert.deepEqual([devices.output.chosen, texts(conversation)], ['headset', []]);
  devices.output.plugged = [];
  await conversation.reconsider();
  await conversation.reconsider();
  assert.deepEqual(texts(conversation), ['note: note_speaker_away']);
  devices.output.plugged = ['headset'];
  await conversation.reconsider();
  assert.deepEqual(texts(conversation), ['note: note_speaker_away', 'note: note_speaker_back']);
});

test('each conversation that begins without the speaker that was chosen says so, and nothing is said before one', async () => {
  const { conversation, devices } = await live({ ...VOICE, speaker: { id: 'phone', label: 'Phone' } });
  assert.deepEqual([devices.output.chosen, texts(conversation)], ['phone', ['note: note_speaker_away']]);
  conversation.end();
  await conversation.speakFrom({ id: 'radio', label: 'Radio' });
  assert.equal(texts(conversation).length, 1);
});

test('another microphone is chosen while one talks, and one that is not there is said', async () => {
  const { conversation, devices } = await live(VOICE);
  conversation.listenTo({ id: 'headset', label: 'Headset' });
  await settle();
  assert.deepEqual(devices.microphones.map(({ open }) => open), [false, true]);
  assert.deepEqual(texts(conversation), []);
  conversation.listenTo({ id: 'phone', label: 'Phone' });
  await settle();
  assert.deepEqual(texts(conversation), ['note: note_microphone_away']);
  conversation.pause(true);
  conversation.listenTo({ id: 'headset', label: 'Headset' });
  await settle();
  assert.ok(devices.microphones.every(({ open }) => !open), 'paused, nothing listens');
  conversation.pause(false);
  await settle();
  assert.deepEqual([devices.microphone.isChosen, devices.microphone.open], [true, true]);
});

test('T25 a microphone that was lost and opens again after a pause is muted, as the panel says', async () => {
  const { conversation, devices } = await live();
  await unplug(devices);
  conversation.pause(true);
  conversation.pause(false);
  await settle();
  assert.deepEqual([devices.microphones.length, devices.microphone.muted, conversation.status.muted], [2, true, true]);
  conversation.mute(false);
  assert.deepEqual([devices.microphones.length, devices.microphone.muted], [2, false]);
});

test('without permission for the microphone a conversation does not start', async () => {
  const { conversation, devices } = staged();
  devices.refuse.microphone = new CodedError('microphone-denied', 'Permission dismissed');
  conversation.start(TAB);
  await settle();
  assert.deepEqual([conversation.status.state, conversation.status.failure?.code], ['failed', 'microphone-denied']);
  assert.ok(devices.frames.every(({ open }) => !open));
});

test('without any microphone one can still type', async () => {
  const stage = staged();
  stage.devices.refuse.microphone = new CodedError('microphone-missing');
  stage.conversation.start(TAB);
  await settle();
  stage.devices.link.state('live');
  await settle();
  const { state, failure, muted } = stage.conversation.status;
  assert.deepEqual([state, failure?.code, muted], ['live', 'microphone-missing', true]);
});

test('F28 a tab that may not be captured fails the start; during a conversation the eyes stay where they were', async () => {
  const forbidden = new CodedError('tab-forbidden');
  const { conversation, devices } = staged();
  devices.refuse['grant-tab'] = forbidden;
  conversation.start(TAB);
  await settle();
  assert.deepEqual([conversation.status.state, conversation.status.failure?.code], ['failed', 'tab-forbidden']);

  const running = await live();
  running.devices.refuse['grant-tab'] = forbidden;
  await running.conversation.start({ ...TAB, tabId: 8 });
  const { state, source, failure } = running.conversation.status;
  assert.deepEqual([state, source.title, failure?.code], ['live', 'Terns', 'tab-forbidden']);
  assert.equal(running.devices.eyes.open, true);
});

test('a start on another tab moves the eyes there; on the same tab it changes nothing', async () => {
  const { conversation, devices } = await live();
  await conversation.start(TAB);
  assert.equal(devices.frames.length, 1);
  devices.view = { ...devices.view, title: 'Ferry' };
  await conversation.start({ ...TAB, tabId: 8 });
  await settle();
  assert.deepEqual(devices.frames.map(({ open }) => open), [false, true]);
  assert.deepEqual([devices.links.length, devices.microphones.length], [1, 1]);
  assert.equal(devices.link.messages.findLast(({ type }) => type === 'capture-changed')?.data.title, 'Ferry');
});

test('looking at something again puts right that a source was lost', async () => {
  const { conversation, devices } = await live();
  devices.eyes.end();
  await conversation.start({ ...TAB, tabId: 8 });
  await settle();
  assert.deepEqual([conversation.status.source.kind, conversation.status.failure], ['tab', null]);
});

test('a question typed at the very end is not asked in the next conversation', async () => {
  const { conversation, devices } = await live();
  conversation.ask('Too late?');
  conversation.end();
  conversation.start(TAB);
  await settle();
  devices.link.state('live');
  await settle();
  conversation.ask('In time?');
  await settle();
  const asked = devices.links.flatMap(({ messages }) => messages).filter(({ type }) => type === 'ask');
  assert.deepEqual(asked.map(({ data }) => data.text), ['In time?']);
});

test('the end closes all and leaves the words; the next start begins with none', async () => {
  const { conversation, devices } = await live();
  conversation.ask('What is this?');
  await settle();
  conversation.end();
  assert.equal(conversation.status.state, 'ended');
  assert.equal(devices.link.sent.at(-1), 'end-session');
  for (const { open } of [devices.microphone, devices.eyes, devices.speaker, devices.link]) assert.equal(open, false);
  assert.equal(conversation.entries.length, 1);
  conversation.end();
  conversation.start(TAB);
  assert.equal(conversation.entries.length, 0);
});

test('ended while everything is still opening, nothing stays open', async () => {
  const { conversation, devices } = staged();
  conversation.start(TAB);
  conversation.end();
  await settle();
  for (const { open } of [...devices.microphones, ...devices.frames, ...devices.speakers, ...devices.links]) assert.equal(open, false);
  assert.equal(conversation.status.state, 'ended');
});

test('what an earlier link or host says late changes nothing', async () => {
  const { conversation, devices } = await live(VOICE);
  const { handlers } = devices.link;
  conversation.end();
  handlers.onMessage({ type: 'session-state', data: { state: 'live', practice: false, model: '' } });
  handlers.onMessage({ type: 'session-state', data: { state: 'failed', reason: 'internal', practice: false, model: '' } });
  handlers.onAudio(1, new Int16Array(2));
  assert.equal(conversation.status.state, 'ended');
});

test('the pictures that were sent are known in order, and are gone from memory when it ends', async () => {
  const revoked = mock.method(URL, 'revokeObjectURL');
  const { conversation, devices } = await live();
  for (let count = 0; count < 3; count += 1) {
    devices.link.state('reconnecting');
    devices.link.state('live');
    await settle();
  }
  const { picture, pictures } = conversation.status;
  assert.equal(pictures.length, 4);
  assert.deepEqual(pictures.at(-1), picture);
  conversation.end();
  assert.deepEqual(conversation.status.pictures, []);
  assert.equal(revoked.mock.callCount(), 4);
  revoked.mock.restore();
});
