import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Starter } from '../../../extension/background/starter.js';
import { CodedError, serve } from '../../../extension/lib/messages.js';
import { DEFAULTS } from '../../../extension/lib/settings.js';
import { installChrome } from '../stand-ins/chrome.js';

const DEFAULT = DEFAULTS.microphone;
const UNHEARD = { heard: false, softened: false, kept: false };

/** @param {{stored?: object, tabs?: object[], exists?: boolean, connect?: () => Promise<any>}} [how] */
function staged({ stored = {}, tabs = [{ id: 7, title: 'Terns', url: 'https://terns.example/' }], exists = true, connect = async () => ({}) } = {}) {
  const { chrome } = installChrome();
  Object.assign(chrome, {
    extension: { isAllowedFileSchemeAccess: async () => false },
    storage: { managed: { get: async () => ({}) }, local: { get: async () => stored } },
    windows: { getLastFocused: async () => ({ id: 3 }) },
    tabs: { query: async (/** @type {any} */ { windowId, active }) => (windowId === 3 && active ? tabs : []) },
    commands: { getAll: async () => [{ name: 'ask-about-tab', shortcut: 'Alt+G' }, { name: 'end-session', shortcut: '' }] },
  });
  /** @type {any[]} */
  const told = [];
  serve('offscreen', { 'start': (wanted) => void told.push(wanted), 'end': () => void told.push('end') });
  const host = { connect, status: async () => ({ key: 'set', practice: false, model: 'm' }) };
  const document = { ensure: async () => {}, exists: async () => exists };
  return { told, host, document, starter: new Starter(/** @type {any} */ (host), /** @type {any} */ (document)) };
}

test('a start tells the offscreen document the tab in front and how to answer', async () => {
  const { starter, told } = staged({ stored: { reply: 'text', talk: 'push-to-talk', sounds: false } });
  await starter.start('tab');
  assert.deepEqual(told, [{ kind: 'tab', tabId: 7, title: 'Terns', reply: 'text', talk: 'push-to-talk', sounds: false, microphone: DEFAULT, speaker: DEFAULT, sound: UNHEARD }]);
});

test('what is to become of the sound of the tab is told with it', async () => {
  const { starter, told } = staged({ stored: { tabSound: true, quieter: true } });
  await starter.start('tab');
  assert.deepEqual(told[0].sound, { heard: true, softened: true, kept: false });
});

test('a command is about the tab it came from', async () => {
  const { starter, told } = staged();
  await starter.start('tab', /** @type {any} */ ({ id: 9, title: 'Ferry', url: 'https://ferry.example/' }));
  assert.deepEqual(told, [{ kind: 'tab', tabId: 9, title: 'Ferry', reply: 'voice', talk: 'hands-free', sounds: false, microphone: DEFAULT, speaker: DEFAULT, sound: UNHEARD }]);
});

test('a screen and a voice need no tab', async () => {
  for (const kind of /** @type {const} */ (['screen', 'voice'])) {
    const { starter, told } = staged({ tabs: [] });
    await starter.start(kind);
    assert.deepEqual(told, [{ kind, tabId: null, title: '', reply: 'voice', talk: 'hands-free', sounds: false, microphone: DEFAULT, speaker: DEFAULT, sound: UNHEARD }]);
  }
});

test('without a window there is no tab to share', async () => {
  const { starter } = staged();
  chrome.windows.getLastFocused = () => Promise.reject(new Error('No last-focused window'));
  await assert.rejects(starter.start('tab'), { code: 'tab-forbidden' });
});

test('without a tab in front there is none to share', async () => {
  await assert.rejects(staged({ tabs: [] }).starter.start('tab'), { code: 'tab-forbidden' });
});

test('F19 a missing host does not keep a start from beginning: the conversation tells it', async () => {
  const { starter, told } = staged({ connect: () => Promise.reject(new CodedError('host-missing')) });
  await starter.start('tab');
  assert.equal(told.length, 1);
});

test('a command without a conversation does nothing', async () => {
  const { starter, told } = staged({ exists: false });
  await starter.tell('end');
  assert.deepEqual(told, []);
});

test('a conversation that goes while it is being told something has nothing more to know', async () => {
  const { starter, document } = staged();
  chrome.runtime.sendMessage = () => {
    document.exists = async () => false;
    return Promise.reject(new Error('Could not establish connection. Receiving end does not exist.'));
  };
  await starter.tell('end');
});

test('one that is there and does not take it is told of', async () => {
  const { starter } = staged();
  await assert.rejects(starter.tell('unheard-of'), { code: 'internal' });
});

test('a command reaches the conversation', async () => {
  const { starter, told } = staged();
  await starter.tell('end');
  assert.deepEqual(told, ['end']);
});

test('the opening panel learns the key that was really assigned and how the host stands', async () => {
  const opened = await staged().starter.openPanel();
  assert.deepEqual(opened, { shortcut: 'Alt+G', hostStatus: { key: 'set', practice: false, model: 'm' } });
});

test('F19 the opening panel learns why there is no host', async () => {
  const { starter, host } = staged();
  host.status = () => Promise.reject(new CodedError('host-missing'));
  await assert.rejects(starter.openPanel(), { code: 'host-missing' });
});

test('a document that is created for a start learns what to listen to, before the start is told', async () => {
  const microphone = { id: 'b', label: 'Headset' };
  const { starter, document, told } = staged({ stored: { microphone } });
  let created = () => {};
  document.ensure = () => new Promise((resolve) => {
    created = () => resolve(undefined);
  });
  const starting = starter.start('voice');
  assert.deepEqual(await starter.wantedMicrophone(), microphone);
  assert.deepEqual(told, []);
  created();
  await starting;
  assert.equal(told.length, 1);
});

test('a document that is created for anything else listens to nothing', async () => {
  const { starter } = staged();
  assert.equal(await starter.wantedMicrophone(), null);
  await starter.start('voice');
  assert.equal(await starter.wantedMicrophone(), null, 'the start is over');
});

test('for a start that cannot be, nothing is opened, and nothing after a document that cannot be', async () => {
  const { starter, document } = staged({ tabs: [] });
  const starting = starter.start('tab');
  assert.equal(await starter.wantedMicrophone(), null);
  await assert.rejects(starting, { code: 'tab-forbidden' });
  document.ensure = () => Promise.reject(new Error('not now'));
  await assert.rejects(starter.start('voice'), { message: 'not now' });
  assert.equal(await starter.wantedMicrophone(), null);
});
