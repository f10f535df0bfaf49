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

beforeEach(() => {
  globalThis.chrome = /** @type {any} */ ({ storage: { local: new StorageArea() } });
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

test('nobody is followed who did not ask for it', async () => {
  assert.equal(DEFAULTS.follow, false);
  assert.equal(checkSettings({ follow: 'yes' }).follow, false);
  assert.equal((await changeSettings({ follow: true })).follow, true);
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
