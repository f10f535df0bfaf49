import assert from 'node:assert/strict';
import { afterEach, mock, test } from 'node:test';

import { Conversation } from '../../../extension/offscreen/conversation.js';
import { PanelPort } from '../../../extension/offscreen/panel-port.js';
import { installChrome, portPair } from '../stand-ins/chrome.js';
import { Devices, settle } from '../stand-ins/devices.js';

/** @type {(() => void)[]} */
const ends = [];
afterEach(() => ends.splice(0).forEach((end) => end()));

function staged() {
  const { chrome } = installChrome();
  const devices = new Devices();
  const conversation = new Conversation(devices.doors);
  const panels = new PanelPort(conversation);
  const open = (name = 'panel', sender = {}) => {
    const [panel, port] = portPair(name);
    Object.assign(port.sender, sender);
    /** @type {{type: string, data: any}[]} */
    const told = [];
    panel.onMessage.addListener((message) => told.push(message));
    chrome.runtime.onConnect.fire(port);
    ends.push(() => panel.disconnect());
    return { panel, told };
  };
  return { conversation, devices, panels, open };
}

test('a panel that opens is told everything at once', async () => {
  const { conversation, open } = staged();
  conversation.start({ kind: 'voice', tabId: null, title: '', reply: 'voice', microphone: { id: '', label: '' } });
  conversation.ask('Hello?');
  await settle();
  const { told } = open();
  await settle();
  assert.equal(told[0].type, 'status');
  assert.equal(told[0].data.state, 'starting');
  assert.deepEqual([told[1].type, told[1].data.reset, told[1].data.entries.length], ['transcript', true, 1]);
  conversation.end();
});

test('afterwards it is told what changes, and so is every other panel', async () => {
  const { conversation, open } = staged();
  const [one, two] = [open(), open()];
  await settle();
  conversation.start({ kind: 'voice', tabId: null, title: '', reply: 'voice', microphone: { id: '', label: '' } });
  conversation.ask('Hello?');
  await settle();
  for (const { told } of [one, two]) {
    assert.equal(told.findLast(({ type }) => type === 'status')?.data.state, 'starting');
    assert.equal(told.findLast(({ type }) => type === 'transcript')?.data.entries[0].text, 'Hello?');
  }
  conversation.end();
});

test('what the panel asks is done', async () => {
  const { conversation, devices, open } = staged();
  conversation.start({ kind: 'voice', tabId: null, title: '', reply: 'voice', microphone: { id: '', label: '' } });
  await settle();
  devices.link.state('live');
  await settle();
  const { panel } = open();
  for (const message of [
    { type: 'mute', data: { muted: true } },
    { type: 'reply', data: { reply: 'text' } },
    { type: 'ask', data: { text: 'What?' } },
    { type: 'pause', data: { paused: true } },
  ]) panel.postMessage(message);
  await settle();
  const { muted, reply, paused } = conversation.status;
  assert.deepEqual([muted, reply, paused, conversation.entries[0].text], [true, 'text', true, 'What?']);
  panel.postMessage({ type: 'end' });
  await settle();
  assert.equal(conversation.status.state, 'ended');
});

test('a panel asks what was just said in its own words', async () => {
  const { conversation, open } = staged();
  /** @type {string[]} */
  const asked = [];
  conversation.askJustSaid = async (text) => void asked.push(text);
  const { panel } = open();
  panel.postMessage({ type: 'just-said', data: { text: 'Was wurde gesagt?' } });
  panel.postMessage({ type: 'just-said' });
  await settle();
  assert.deepEqual(asked, ['Was wurde gesagt?', '']);
});

test('a press in a panel is heard until it lets go, or is closed', async () => {
  const { conversation, devices, open } = staged();
  conversation.start({ kind: 'voice', tabId: null, title: '', reply: 'voice', talk: 'push-to-talk', microphone: { id: '', label: '' } });
  await settle();
  devices.link.state('live');
  await settle();
  const [one, other] = [open(), open()];
  const held = async (/** @type {() => void} */ act) => {
    act();
    await settle();
    return conversation.status.held;
  };
  const tell = (/** @type {any} */ { panel }, /** @type {string} */ type, /** @type {unknown} */ moment = Date.now()) => panel.postMessage({ type, data: { moment } });
  assert.equal(await held(() => tell(one, 'press')), true);
  assert.equal(await held(() => other.panel.disconnect()), true, 'that is another panel');
  assert.equal(await held(() => tell(one, 'release')), false);
  for (const odd of [null, 'now', NaN, Infinity]) assert.equal(await held(() => tell(one, 'press', odd)), false);
  assert.equal(await held(() => tell(one, 'press')), true);
  assert.equal(await held(() => one.panel.disconnect()), false);
  conversation.end();
});

test('T14 what makes no sense is passed over, and nobody else gets in', async () => {
  const { conversation, panels, open } = staged();
  open('other');
  open('panel', { id: 'a'.repeat(32) });
  open('panel', { url: 'https://evil.example/' });
  assert.equal(panels.isOpen, false);
  const { panel } = open();
  for (const message of [{ type: 'constructor' }, { type: 'ask' }, { type: 'start', data: {} }]) panel.postMessage(message);
  await settle();
  assert.equal(conversation.status.state, 'idle');
});

test('loudness is told while somebody looks, and only then', async () => {
  mock.timers.enable({ apis: ['setInterval'] });
  const { open, panels } = staged();
  const { panel, told } = open();
  mock.timers.tick(700);
  await settle();
  const levels = told.filter(({ type }) => type === 'level');
  assert.equal(levels.length, 10);
  assert.deepEqual(levels[0].data, { microphone: 0, speaker: 0 });
  panel.disconnect();
  await settle();
  assert.equal(panels.isOpen, false);
  mock.timers.tick(700);
  await settle();
  assert.equal(told.filter(({ type }) => type === 'level').length, 10);
  mock.timers.reset();
});
