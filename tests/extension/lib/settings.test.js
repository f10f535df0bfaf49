import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { changeSettings, checkSettings, DEFAULTS, readSettings } from '../../../extension/lib/settings.js';

/** `chrome.storage.local`: copies in, copies out, as JSON. */
class StorageArea {
  #kept = {};

  async get(/** @type {string[]} */ keys) {
    const found = Object.entries(this.#kept).filter(([key]) => keys.includes(key));
    return structuredClone(Object.fromEntries(found));
  }

  async set(/** @type {object} */ items) {
    this.#kept = { ...this.#kept, ...structuredClone(items) };
  }
}

/** By an organisation. @type {{[name: string]: unknown}} */
let decided = {};

beforeEach(() => {
  decided = {};
  globalThis.chrome = /** @type {any} */ ({ storage: { local: new StorageArea(), managed: { get: async () => decided } } });
});

test('nothing stored gives the defaults', async () => {
  assert.deepEqual(await readSettings(), DEFAULTS);
});

test('a change is kept and leaves the rest', async () => {
  assert.deepEqual(await changeSettings({ reply: 'text' }), { ...DEFAULTS, reply: 'text' });
  assert.deepEqual(await changeSettings({ source: 'screen' }), { ...DEFAULTS, reply: 'text', source: 'screen' });
  assert.deepEqual(await changeSettings({ sounds: true }), { ...DEFAULTS, reply: 'text', source: 'screen', sounds: true });
  assert.deepEqual(await readSettings(), { ...DEFAULTS, reply: 'text', source: 'screen', sounds: true });
});

test('sounds of its own are off until somebody wants them', () => {
  assert.equal(DEFAULTS.sounds, false);
});

test('a tab is not heard, and its sound is left alone, until somebody wants otherwise', () => {
  assert.deepEqual([DEFAULTS.tabSound, DEFAULTS.quieter], [false, false]);
  const { tabSound, quieter } = checkSettings({ tabSound: 1, quieter: 'yes' });
  assert.deepEqual([tabSound, quieter], [false, false]);
});

test('nothing of a tab is kept for anybody who did not ask for it', async () => {
  assert.equal(DEFAULTS.justSaid, false);
  assert.equal(checkSettings({ justSaid: 'yes' }).justSaid, false);
  assert.equal((await changeSettings({ justSaid: true })).justSaid, true);
});

test('nobody is followed who did not ask for it', async () => {
  assert.equal(DEFAULTS.follow, false);
  assert.equal(checkSettings({ follow: 'yes' }).follow, false);
  assert.equal((await changeSettings({ follow: true })).follow, true);
});

for (const name of /** @type {const} */ (['microphone', 'speaker'])) test(`a ${name} is kept by its id and its name, and of this computer: nobody decides it for others`, async () => {
  const device = { id: 'a1', label: 'Headset' };
  assert.deepEqual((await changeSettings({ [name]: /** @type {any} */ ({ ...device, more: 1 }) }))[name], device);
  decided = { [name]: { id: 'b', label: '' } };
  assert.deepEqual((await readSettings())[name], device);
  for (const odd of [null, 'a1', {}, { id: 'a1' }, { id: 1, label: '' }, { id: 'x'.repeat(301), label: '' }]) {
    assert.deepEqual(checkSettings({ [name]: odd })[name], { id: '', label: '' });
  }
});

test('what another version stored is checked on the way out', async () => {
  await chrome.storage.local.set({ reply: 'song', source: 'voice', sounds: 'loud', blocked: 'all', allowed: ['*'], more: 1 });
  assert.deepEqual(await readSettings(), { ...DEFAULTS, source: 'voice' });
});

test('a change that makes no sense changes nothing', async () => {
  assert.deepEqual(await changeSettings(/** @type {any} */ ({ reply: 'song', other: true })), DEFAULTS);
});

test('anything at all can be checked', () => {
  for (const value of [null, undefined, 3, 'text', [], { reply: {} }, { source: null }]) {
    assert.deepEqual(checkSettings(value), DEFAULTS);
  }
});

test('names that this version does not know stay, whatever is changed', async () => {
  await chrome.storage.local.set({ future: [1], reply: 'voice' });
  await changeSettings({ reply: 'text' });
  assert.deepEqual(await chrome.storage.local.get(['future', 'reply']), { future: [1], reply: 'text' });
});

test('a change writes its own names alone', async () => {
  await changeSettings({ sounds: true });
  assert.deepEqual(await chrome.storage.local.get(Object.keys(DEFAULTS)), { sounds: true });
});

test('what an organisation decided goes before what the person chose, and is not taken for that', async () => {
  await changeSettings({ reply: 'text', source: 'voice' });
  decided = { reply: 'voice', model: 'gemini-x', follow: true };
  assert.deepEqual(await readSettings(), { ...DEFAULTS, reply: 'voice', source: 'voice' });
  assert.equal((await changeSettings({ sounds: true })).reply, 'voice');
  decided = {};
  assert.deepEqual(await readSettings(), { ...DEFAULTS, reply: 'text', source: 'voice', sounds: true });
});

test('an organisation adds private sites and uncovers none', async () => {
  await changeSettings({ blocked: ['doctor.example'] });
  decided = { blocked: ['intranet.example'] };
  assert.deepEqual((await readSettings()).blocked, ['intranet.example', 'doctor.example']);
});
