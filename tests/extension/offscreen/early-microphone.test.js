import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

import { EarlyMicrophone } from '../../../extension/offscreen/early-microphone.js';
import { WAITING_MS } from '../../../extension/offscreen/sound-input.js';
import { settle } from '../stand-ins/devices.js';

const DEFAULT = { id: '', label: '' };
const HEADSET = { id: 'b', label: 'Headset' };

/** Devices as the browser opens them: each asks for time, and may be refused. */
function staged() {
  /** @type {{chosen: object, track: {readyState: string, stop: () => void}, refuse: (error: Error) => void, give: () => void}[]} */
  const opened = [];
  const open = (/** @type {object} */ chosen) =>
    new Promise((resolve, refuse) => {
      const track = { readyState: 'live', stop: () => void (track.readyState = 'ended') };
      opened.push({ chosen, track, refuse, give: () => resolve({ track, readable: {}, isChosen: true }) });
    });
  return { opened, early: new EarlyMicrophone(/** @type {any} */ (open)) };
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout'] });
});

test('the conversation takes over what was opened ahead of it, open or still opening', async () => {
  for (const isOpen of [true, false]) {
    const { early, opened } = staged();
    early.open(HEADSET);
    if (isOpen) opened[0].give();
    const taken = early.take({ ...HEADSET });
    opened[0].give();
    assert.equal((await taken).track, opened[0].track);
    mock.timers.tick(WAITING_MS);
    await settle();
    assert.deepEqual([opened.length, opened[0].track.readyState], [1, 'live']);
  }
});

test('where nothing was opened ahead, it is opened in that very moment; and the next one, too', () => {
  const { early, opened } = staged();
  early.take(DEFAULT);
  assert.deepEqual(opened.map(({ chosen }) => chosen), [DEFAULT]);
  early.take(HEADSET);
  assert.deepEqual(opened.map(({ chosen }) => chosen), [DEFAULT, HEADSET]);
});

test('it is taken once: whoever listens again opens it again', async () => {
  const { early, opened } = staged();
  early.open(DEFAULT);
  opened[0].give();
  await early.take(DEFAULT);
  early.take(DEFAULT);
  assert.equal(opened.length, 2);
});

test('another one is wanted meanwhile: what was opened ahead is closed', async () => {
  const { early, opened } = staged();
  early.open(DEFAULT);
  const taken = early.take(HEADSET);
  for (const each of opened) each.give();
  assert.equal((await taken).track, opened[1].track);
  assert.deepEqual(opened.map(({ track }) => track.readyState), ['ended', 'live']);
});

test('a start that never comes: nothing listens for long, and nothing is opened ahead again', async () => {
  const { early, opened } = staged();
  early.open(DEFAULT);
  opened[0].give();
  await settle();
  assert.equal(opened[0].track.readyState, 'live');
  mock.timers.tick(WAITING_MS);
  await settle();
  assert.equal(opened[0].track.readyState, 'ended');
  early.open(DEFAULT);
  assert.equal(opened.length, 1);
});

test('so too where the browser opens it only after that', async () => {
  const { early, opened } = staged();
  early.open(DEFAULT);
  mock.timers.tick(WAITING_MS);
  opened[0].give();
  await settle();
  assert.equal(opened[0].track.readyState, 'ended');
});

test('the conversation was quicker: there is nothing to open ahead of it', () => {
  const { early, opened } = staged();
  early.take(DEFAULT);
  early.open(DEFAULT);
  assert.equal(opened.length, 1);
});

test('what the browser refused is told to the conversation, and to nobody else', async () => {
  const { early, opened } = staged();
  early.open(DEFAULT);
  opened[0].refuse(new DOMException('dismissed', 'NotAllowedError'));
  await settle();
  await assert.rejects(early.take(DEFAULT), { name: 'NotAllowedError' });
  assert.equal(opened.length, 1);
});

test('unplugged before the conversation came: it is opened again', async () => {
  const { early, opened } = staged();
  early.open(DEFAULT);
  opened[0].give();
  opened[0].track.stop();
  const taken = early.take(DEFAULT);
  await settle();
  opened[1].give();
  assert.equal((await taken).track, opened[1].track);
});
