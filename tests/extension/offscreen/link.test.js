import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';

import { MAX_MEDIA_BYTES, MEDIA, decodeMedia, encodeMedia } from '../../../extension/lib/protocol.js';
import { Link } from '../../../extension/offscreen/link.js';
import { Socket } from '../stand-ins/socket.js';

const TICKET = { port: 4567, token: 'secret', server_token: 'proof' };
const WELCOME = { type: 'welcome', data: { server_token: 'proof', version: '0.1.0' } };

/** @type {Link[]} */
let links = [];

beforeEach(() => {
  Object.assign(globalThis, { WebSocket: Socket });
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
});

afterEach(() => {
  for (const link of links) link.close();
  links = [];
  mock.timers.reset();
});

function opening() {
  /** @type {{type: string, data: any}[]} */
  const messages = [];
  /** @type {{turn: number, samples: Int16Array}[]} */
  const audio = [];
  /** @type {Error[]} */
  const lost = [];
  /** @type {number[]} */
  const awake = [];
  const opened = Link.open(TICKET, {
    onMessage: (message) => messages.push(message),
    onAudio: (turn, samples) => audio.push({ turn, samples }),
    onAwake: () => awake.push(Date.now()),
    onLost: (error) => lost.push(error),
  });
  opened.then((link) => links.push(link), () => {});
  return { opened, messages, audio, lost, awake, socket: /** @type {Socket} */ (Socket.opened.at(-1)) };
}

async function open() {
  const staged = opening();
  staged.socket.receive(WELCOME);
  return { ...staged, link: await staged.opened };
}

/** @param {number} turn @param {Int16Array} samples */
function speech(turn, samples) {
  const frame = encodeMedia(MEDIA.AUDIO_DOWN, { turn, sequence: 0, time: 0 }, new Uint8Array(samples.buffer));
  return /** @type {ArrayBuffer} */ (frame.buffer);
}

test('T6 the token travels as a subprotocol, never in the address', () => {
  const { socket } = opening();
  assert.equal(socket.url, 'ws://127.0.0.1:4567');
  assert.deepEqual(socket.protocols, ['tabtalk.v1', 'auth.secret']);
  assert.equal(socket.binaryType, 'arraybuffer');
});

test('T8 whoever does not prove itself first gets not a byte', async () => {
  for (const impostor of [
    { type: 'welcome', data: { server_token: 'guess', version: '0.1.0' } },
    { type: 'welcome', data: { version: '0.1.0' } },
    { type: 'session-state', data: { state: 'live', practice: false, model: '' } },
    '{not json',
    speech(0, new Int16Array(4)),
  ]) {
    const { opened, socket } = opening();
    socket.receive(impostor);
    await assert.rejects(opened, { code: 'link-lost' });
    assert.deepEqual(socket.sent, []);
    assert.equal(socket.closed, true);
    socket.receive(WELCOME);
    assert.deepEqual(socket.sent, []);
  }
});

test('F19 a host that says nothing is given up after three seconds', async () => {
  const { opened, socket } = opening();
  mock.timers.tick(2999);
  assert.equal(socket.closed, false);
  mock.timers.tick(1);
  await assert.rejects(opened, { code: 'link-lost' });
  assert.equal(socket.closed, true);
});

test('T28 a refusal that fires error and never close is a refusal', async () => {
  const { opened, socket } = opening();
  socket.onerror?.({});
  await assert.rejects(opened, { code: 'link-lost' });
});

test('F24 a link that closes or breaks is lost once', async () => {
  for (const end of /** @type {const} */ (['onclose', 'onerror'])) {
    const { socket, lost } = await open();
    const fire = socket[end];
    fire?.({ code: 1006 });
    fire?.({ code: 1006 });
    assert.equal(lost.length, 1);
    assert.equal(/** @type {any} */ (lost[0]).code, 'link-lost');
  }
});

test('F23 a host that falls silent is lost within five seconds, pings or not', async () => {
  const clock = mock.method(performance, 'now', () => now);
  let now = 0;
  const { socket, lost } = await open();
  for (let second = 1; second <= 4; second += 1) {
    now = second * 1000;
    mock.timers.tick(1000);
  }
  assert.equal(lost.length, 0);
  assert.equal(socket.messages.filter(({ type }) => type === 'ping').length, 4);
  now = 5000;
  mock.timers.tick(1000);
  assert.equal(lost.length, 1);
  clock.mock.restore();
});

test('F23 a host that answers each ping is asked with each beat', async () => {
  const clock = mock.method(performance, 'now', () => now);
  let now = 0;
  const { socket, lost } = await open();
  for (let beat = 1; beat <= 20; beat += 1) {
    now = beat * 1000;
    mock.timers.tick(1000);
    now += 5;
    socket.receive({ type: 'pong', data: { time: 1 } });
  }
  assert.deepEqual([socket.messages.filter(({ type }) => type === 'ping').length, lost.length], [20, 0]);
  clock.mock.restore();
});

test('F23 a host is not asked whether it lives while an answer comes from it', async () => {
  const clock = mock.method(performance, 'now', () => now);
  let now = 0;
  const { socket, lost } = await open();
  const pings = () => socket.messages.filter(({ type }) => type === 'ping').length;
  for (let beat = 1; beat <= 20; beat += 1) {
    now = beat * 1000 - 40;
    socket.receive(speech(1, new Int16Array(4)));
    now += 40;
    mock.timers.tick(1000);
  }
  assert.equal(pings(), 0);
  for (let beat = 21; beat <= 23; beat += 1) {
    now = beat * 1000;
    mock.timers.tick(1000);
  }
  assert.deepEqual([pings(), lost.length], [3, 0]);
  now = 24_000;
  mock.timers.tick(1000);
  assert.equal(lost.length, 1);
  clock.mock.restore();
});

/** Clocks that are turned by hand: the one on the wall, and the one that may stand still while the machine sleeps. */
function clocks() {
  const time = { wall: 1_900_000_000_000, running: 0 };
  const wall = mock.method(Date, 'now', () => time.wall);
  const running = mock.method(performance, 'now', () => time.running);
  return {
    /** @param {number} wallMs @param {number} [runningMs] */
    pass(wallMs, runningMs = wallMs) {
      time.wall += wallMs;
      time.running += runningMs;
      mock.timers.tick(1000);
    },
    restore() {
      wall.mock.restore();
      running.mock.restore();
    },
  };
}

for (const stands of [true, false]) {
  test(`F26 after sleep the host has four seconds to answer a fresh ping; its clock ${stands ? 'stood still' : 'went on'}`, async () => {
    const clock = clocks();
    const { socket, lost, awake } = await open();
    clock.pass(1000);
    const before = socket.messages.length;
    clock.pass(3_600_000, stands ? 1000 : 3_600_000);
    assert.deepEqual([lost.length, awake.length], [0, 1]);
    assert.deepEqual(socket.messages.slice(before).map(({ type }) => type), ['ping']);
    for (let second = 0; second < 4; second += 1) clock.pass(1000);
    assert.equal(lost.length, 0);
    clock.pass(1000);
    assert.equal(lost.length, 1);
    clock.restore();
  });
}

test('F26 a host that answers after sleep is not lost, and a slow second is no sleep', async () => {
  const clock = clocks();
  const { socket, lost, awake } = await open();
  clock.pass(60_000, 0);
  for (let second = 0; second < 20; second += 1) {
    socket.receive({ type: 'pong', data: { time: 1 } });
    clock.pass(2000);
  }
  assert.deepEqual([lost.length, awake.length], [0, 1]);
  clock.restore();
});

test('any message shows that the host lives', async () => {
  const clock = mock.method(performance, 'now', () => now);
  let now = 0;
  const { socket, lost } = await open();
  for (let second = 1; second <= 30; second += 1) {
    now = second * 1000;
    if (second % 3 === 0) socket.receive({ type: 'pong', data: { time: 1 } });
    mock.timers.tick(1000);
  }
  assert.equal(lost.length, 0);
  clock.mock.restore();
});

test('control messages and speech reach their handlers', async () => {
  const { socket, messages, audio } = await open();
  socket.receive({ type: 'interrupted', data: { turn: 3 } });
  socket.receive(speech(4, Int16Array.of(1, -2, 3)));
  assert.deepEqual(messages.map(({ type, data }) => [type, data.turn]), [['interrupted', 3]]);
  assert.deepEqual(audio.map(({ turn, samples }) => [turn, ...samples]), [[4, 1, -2, 3]]);
});

test('F15 what makes no sense is skipped without quoting it, and the link stays', async () => {
  const warned = mock.method(console, 'warn', () => {});
  const { socket, messages, audio, lost } = await open();
  for (const nonsense of ['{"secret words', 'null', '{"type":"unknown","data":{}}', '{"type":"transcript","data":{"text":5}}', new ArrayBuffer(3)]) {
    socket.receive(nonsense);
  }
  socket.receive(/** @type {ArrayBuffer} */ (encodeMedia(MEDIA.VIDEO_UP, { sequence: 0, time: 0 }, new Uint8Array(4)).buffer));
  assert.deepEqual([messages, audio, lost], [[], [], []]);
  assert.equal(warned.mock.calls.some(({ arguments: words }) => words.join(' ').includes('secret')), false);
  warned.mock.restore();
});

test('half a sample at the end is left out', async () => {
  const { socket, audio } = await open();
  const frame = encodeMedia(MEDIA.AUDIO_DOWN, { sequence: 0, time: 0 }, new Uint8Array(5));
  socket.receive(/** @type {ArrayBuffer} */ (frame.buffer));
  assert.equal(audio[0].samples.length, 2);
});

test('media go with their number and time, and a frame too large is not sent', async () => {
  const { socket, link } = await open();
  assert.equal(link.sendMedia(MEDIA.AUDIO_UP, { sequence: 41, time: 1234.5 }, Uint8Array.of(7)), true);
  assert.equal(link.sendMedia(MEDIA.VIDEO_UP, { sequence: 0, time: 1234.5 }, Uint8Array.of(7)), true);
  assert.equal(link.sendMedia(MEDIA.VIDEO_UP, { sequence: 1, time: 0 }, new Uint8Array(MAX_MEDIA_BYTES + 1)), false);
  const frames = socket.sent.filter((data) => typeof data !== 'string').map((data) => decodeMedia(/** @type {any} */ (data).buffer));
  assert.deepEqual(frames.map(({ kind, sequence, time, payload }) => [kind, sequence, time, ...payload]), [
    [MEDIA.AUDIO_UP, 41, 1234.5, 7],
    [MEDIA.VIDEO_UP, 0, 1234.5, 7],
  ]);
});

test('a message that does not fit the protocol is a mistake of ours and throws', async () => {
  const { link } = await open();
  assert.throws(() => link.send('ask', {}), /text is missing/);
});

test('once closed it sends and hears nothing, and is not lost', async () => {
  const { link, socket, messages, lost } = await open();
  link.send('end-session');
  link.close();
  link.send('ask', { text: 'late' });
  assert.equal(link.sendMedia(MEDIA.AUDIO_UP, { sequence: 0, time: 0 }, new Uint8Array(2)), false);
  socket.receive({ type: 'interrupted', data: { turn: 1 } });
  mock.timers.tick(20_000);
  assert.deepEqual(socket.messages.map(({ type }) => type), ['end-session']);
  assert.deepEqual([messages, lost], [[], []]);
});
