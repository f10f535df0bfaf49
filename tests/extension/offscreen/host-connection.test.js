import assert from 'node:assert/strict';
import { afterEach, mock, test } from 'node:test';

import { CodedError } from '../../../extension/lib/messages.js';
import { MEDIA } from '../../../extension/lib/protocol.js';
import { HostConnection } from '../../../extension/offscreen/host-connection.js';
import { Devices, settle } from '../stand-ins/devices.js';

afterEach(() => mock.timers.reset());

async function opened() {
  const devices = new Devices();
  /** @type {string[]} */
  const told = [];
  const host = new HostConnection(devices.doors, {
    onOpen: () => told.push('open'),
    onMessage: () => {},
    onAudio: () => {},
    onNewHost: () => told.push('new host'),
    onLost: ({ code }) => told.push(`lost ${code}`),
    onGivenUp: ({ code }) => told.push(`given up ${code}`),
  });
  mock.timers.enable({ apis: ['setTimeout'] });
  host.open(Promise.resolve());
  await settle();
  const asked = () => devices.requests.filter(({ type }) => type === 'connect-host').length;
  /** @param {number} ms */
  const wait = async (ms) => {
    mock.timers.tick(ms);
    await settle();
  };
  return { devices, told, host, asked, wait };
}

test('F24 a link that drops is opened again at once, with a ticket of its own', async () => {
  const { devices, told, asked, wait } = await opened();
  devices.link.lose();
  await wait(0);
  assert.deepEqual([told, asked()], [['open', 'lost link-lost', 'open'], 2]);
});

test('F24 sound and pictures are numbered over all links', async () => {
  const { devices, host, wait } = await opened();
  const send = (/** @type {number} */ kind, /** @type {number} */ sequence = NaN) =>
    host.sendMedia(kind, new Uint8Array(2), { time: 0, ...(Number.isNaN(sequence) ? {} : { sequence }) });
  assert.deepEqual([send(MEDIA.AUDIO_UP), send(MEDIA.AUDIO_UP), send(MEDIA.VIDEO_UP)], [0, 1, 0]);
  devices.link.lose();
  assert.equal(send(MEDIA.AUDIO_UP), -1);
  await wait(0);
  assert.deepEqual([send(MEDIA.AUDIO_UP, 1), send(MEDIA.AUDIO_UP), send(MEDIA.VIDEO_UP)], [1, 2, 1]);
});

test('F18 another host is noticed before its link is open, the same one is not another', async () => {
  const { devices, told, host, wait } = await opened();
  devices.link.lose();
  await wait(0);
  assert.equal(told.includes('new host'), false);
  host.succeeded();
  devices.kill();
  await wait(0);
  assert.deepEqual(told.slice(-3), ['lost link-lost', 'new host', 'open']);
});

test('what is not there is not tried again', async () => {
  const { devices, told, asked, wait } = await opened();
  devices.refuse['connect-host'] = new CodedError('host-missing');
  devices.link.lose();
  await wait(0);
  await wait(60_000);
  assert.deepEqual([told.at(-1), asked()], ['given up host-missing', 2]);
});

test('F18 it is tried ten times, over twenty seconds, then given up; opened again it tries as often', async () => {
  const { devices, told, host, asked, wait } = await opened();
  devices.refuse.link = new CodedError('link-lost');
  devices.link.lose();
  for (let seconds = 0; seconds < 40; seconds += 1) await wait(1000);
  assert.deepEqual([told.at(-1), asked()], ['given up host-exited', 11]);
  host.open(Promise.resolve());
  await settle();
  for (let seconds = 0; seconds < 40; seconds += 1) await wait(1000);
  assert.equal(asked(), 22);
});

test('F18 a host that cannot start in mid-conversation is tried ten times as any other, then given up by its own name', async () => {
  const { devices, told, asked, wait } = await opened();
  devices.refuse['connect-host'] = new CodedError('host-broken');
  devices.link.lose();
  for (let seconds = 0; seconds < 40; seconds += 1) await wait(1000);
  assert.deepEqual([told.at(-1), asked()], ['given up host-broken', 11]);
});

test('F26 when the network comes back while it waits it tries at once', async () => {
  const { devices, told, asked, wait } = await opened();
  devices.refuse.link = new CodedError('link-lost');
  devices.link.lose();
  for (const delay of [0, 250, 500, 1000]) await wait(delay);
  const before = asked();
  delete devices.refuse.link;
  devices.network.turn(false);
  await settle();
  assert.equal(asked(), before);
  devices.network.turn(true);
  await settle();
  assert.deepEqual([asked(), told.at(-1)], [before + 1, 'open']);
  await wait(60_000);
  assert.equal(asked(), before + 1);
});

test('F26 the host is told what the browser says of the network, and so it is after sleep', async () => {
  const { devices } = await opened();
  devices.network.turn(false);
  devices.network.turn(true);
  devices.network.online = false;
  devices.link.handlers.onAwake?.();
  assert.deepEqual(devices.link.messages, [false, true, false].map((online) => ({ type: 'network-changed', data: { online } })));
});

test('closed it neither listens to the network nor tries', async () => {
  const { devices, host, asked, wait } = await opened();
  devices.link.lose();
  host.close();
  devices.network.turn(true);
  await wait(60_000);
  assert.equal(asked(), 1);
  assert.equal(devices.links.every(({ open }) => !open), true);
});

test('closed while a link is being opened, that is closed as soon as it is open', async () => {
  const { devices, host, told, wait } = await opened();
  devices.link.lose();
  mock.timers.tick(0);
  host.close();
  await wait(0);
  assert.equal(devices.links.every(({ open }) => !open), true);
  assert.deepEqual(told, ['open', 'lost link-lost']);
});
