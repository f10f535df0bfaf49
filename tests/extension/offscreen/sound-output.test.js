import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';

import { KEPT_MS, SoundOutput, listSpeakers } from '../../../extension/offscreen/sound-output.js';
import { settle } from '../stand-ins/devices.js';

const HEADSET = { id: 'h', label: 'Headset' };
const MONITOR = { id: 'm', label: 'Monitor' };

/** A context as the browser makes one: it goes to another device in its own time, and to none that is not there. */
class Context extends EventTarget {
  state = 'running';
  sinkId = '';
  resumed = 0;

  async setSinkId(/** @type {string} */ id) {
    await settle();
    if (this.state === 'closed') throw new DOMException('closed', 'InvalidStateError');
    if (id !== '' && !usable.includes(id)) throw new DOMException('gone', 'NotFoundError');
    this.sinkId = id;
  }

  async resume() {
    this.resumed += 1;
    this.state = 'running';
  }

  async close() {
    this.state = 'closed';
    this.dispatchEvent(new Event('statechange'));
  }
}

/** What the browser lists, and the ids of what it can open. @type {{id: string, label: string}[]} */
let listed = [];
/** @type {string[]} */
let usable = [];

/** @param {{id: string, label: string}[]} devices */
function plug(...devices) {
  listed = devices;
  usable = devices.map(({ id }) => id);
}

const enumerateDevices = mock.fn(async () => [
  { kind: 'audioinput', deviceId: 'h', label: 'Headset, its microphone' },
  { kind: 'audiooutput', deviceId: 'default', label: 'Default: Monitor' },
  ...listed.map(({ id, label }) => ({ kind: 'audiooutput', deviceId: id, label })),
]);

beforeEach(() => {
  enumerateDevices.mock.resetCalls();
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  Object.assign(globalThis, { AudioContext: Context });
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { mediaDevices: { enumerateDevices } } });
  plug(HEADSET, MONITOR);
});
afterEach(() => plug());

/** @param {SoundOutput} output */
async function opened(output) {
  return /** @type {Context} */ (/** @type {unknown} */ (await output.open()));
}

test('the speakers are those that play, and the default is not one more', async () => {
  assert.deepEqual(await listSpeakers(), [HEADSET, MONITOR]);
});

test('who chose nothing hears the default, and the computer is not asked for its devices', async () => {
  const output = new SoundOutput();
  assert.equal(await output.choose({ id: '', label: '' }), null);
  assert.equal((await opened(output)).sinkId, '');
  assert.equal(enumerateDevices.mock.callCount(), 0);
});

test('what plays goes to the chosen one, and what begins to play later begins there', async () => {
  const output = new SoundOutput();
  const playing = await opened(output);
  assert.equal(await output.choose(HEADSET), null);
  assert.equal(playing.sinkId, 'h');
  assert.equal((await opened(output)).sinkId, 'h');
  output.choose(MONITOR);
  assert.equal((await opened(output)).sinkId, 'm', 'a choice under way is waited for');
});

test('one with another id is known by its name', async () => {
  const output = new SoundOutput();
  const playing = await opened(output);
  assert.equal(await output.choose({ id: 'as it was', label: 'Monitor' }), null);
  assert.equal(playing.sinkId, 'm');
});

test('while it is gone the default plays, and both that and its return are told once', async () => {
  const output = new SoundOutput();
  const playing = await opened(output);
  await output.choose(HEADSET);
  plug(MONITOR);
  assert.deepEqual([await output.reconsider(), await output.reconsider(), playing.sinkId], ['away', null, '']);
  plug(HEADSET, MONITOR);
  mock.timers.tick(KEPT_MS - 1);
  const back = output.reconsider();
  await settle();
  assert.equal(playing.sinkId, '', 'the browser may still keep the way that leads elsewhere');
  mock.timers.tick(1);
  assert.deepEqual([await back, await output.reconsider(), playing.sinkId], ['back', null, 'h']);
});

test('what begins while one waits for it to be usable again does not wait: it begins at the default and goes along', async () => {
  const output = new SoundOutput();
  await opened(output);
  await output.choose(HEADSET);
  plug();
  await output.reconsider();
  plug(HEADSET);
  const back = output.reconsider();
  await null; // It has begun, and looks for the speaker.
  const next = await opened(output);
  await settle();
  const another = await opened(output);
  assert.deepEqual([next.sinkId, another.sinkId], ['', '']);
  mock.timers.tick(KEPT_MS);
  assert.deepEqual([await back, next.sinkId, another.sinkId], ['back', 'h', 'h']);
});

test('each choice of one that is not there is told, and of another that is there nothing', async () => {
  const output = new SoundOutput();
  const phone = { id: 'p', label: 'Phone' };
  assert.deepEqual([await output.choose(phone), await output.choose(phone), await output.choose(HEADSET)], ['away', 'away', null]);
});

test('one that is listed and cannot be opened is not there: nothing stays behind at it', async () => {
  const output = new SoundOutput();
  const playing = [await opened(output), await opened(output)];
  await output.choose(HEADSET);
  usable = [];
  listed = [{ ...HEADSET, id: 'h2' }];
  assert.equal(await output.reconsider(), 'away');
  assert.deepEqual(playing.map(({ sinkId }) => sinkId), ['', '']);
});

test('of two choices in a row the last holds, and nothing is told of the first', async () => {
  const output = new SoundOutput();
  const playing = await opened(output);
  const told = [output.choose({ id: 'p', label: 'Phone' }), output.choose(MONITOR)];
  assert.deepEqual(await Promise.all(told), [null, null]);
  assert.equal(playing.sinkId, 'm');
});

test('what was closed is in nobody\'s way', async () => {
  const output = new SoundOutput();
  const [one, other] = [await opened(output), await opened(output)];
  await one.close();
  const choosing = output.choose(HEADSET);
  assert.equal(await choosing, null);
  const again = output.choose(MONITOR);
  await other.close();
  assert.equal(await again, null);
});

test('what a device stopped that went plays on', async () => {
  const output = new SoundOutput();
  const playing = await opened(output);
  await output.choose(HEADSET);
  plug();
  playing.state = 'suspended';
  await output.reconsider();
  assert.deepEqual([playing.sinkId, playing.state], ['', 'running']);
});
