import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readFile, toFile } from '../../../extension/options/settings-file.js';
import { fits, ROWS } from '../../../extension/options/settings-table.js';
import { fromHost, toHost } from '../../../extension/options/store.js';

const NOW = Object.fromEntries(ROWS.map(({ name, standard }) => [name, standard]));

/** @param {object} settings @param {object} [more] */
const file = (settings, more = {}) => JSON.stringify({ format: 'tabtalk-settings', version: 1, settings, ...more });

test('what was exported is read back, and changes nothing where nothing is another', () => {
  const changed = { ...NOW, voice: 'Puck', blocked: ['mail.example'], sounds: true };
  const found = readFile(toFile(changed), NOW, []);
  assert.deepEqual(found?.changes.map(({ row, to }) => [row.name, to]), [['voice', 'Puck'], ['sounds', true], ['blocked', ['mail.example']]]);
  assert.deepEqual(readFile(toFile(changed), changed, [])?.changes, []);
});

test('only what is a setting is exported, whatever else is there', () => {
  const secret = { ...NOW, key: 'AIzaCANARY', base_url: 'https://gateway.example' };
  assert.doesNotMatch(toFile(secret), /CANARY|gateway/);
});

test('a device is of this computer: it goes into no file, and is taken from none', () => {
  for (const name of ['microphone', 'speaker']) {
    const device = { [name]: { id: 'a1', label: 'Headset' } };
    assert.doesNotMatch(toFile({ ...NOW, ...device }), /microphone|speaker|Headset/);
    const found = readFile(file(device), NOW, []);
    assert.deepEqual([found?.changes, found?.unknown], [[], [name]]);
  }
});

test('what does not fit is named and left out', () => {
  const odd = { future: 1, key: 'AIzaCANARY', patience: 'for ever', voice: 3, sounds: 'yes', blocked: ['*'], model: 'm', reply: 'text', __proto__x: 1 };
  const found = readFile(file(odd), NOW, ['model']);
  assert.deepEqual(found?.changes.map(({ row }) => row.name), ['reply']);
  assert.deepEqual(found?.unknown, ['future', 'key', '__proto__x']);
  assert.deepEqual(found?.wrong, ['patience', 'voice', 'sounds', 'blocked']);
  assert.deepEqual(found?.decided, ['model']);
});

test('a name is repeated only so far, and a file of too many is none', () => {
  assert.equal(readFile(file({ ['x'.repeat(9999)]: 1 }), NOW, [])?.unknown[0].length, 40);
  assert.equal(readFile(file(Object.fromEntries(Array.from({ length: 201 }, (_, at) => [`n${at}`, 1]))), NOW, []), null);
});

test('what is no file of ours, or of a version to come, is none', () => {
  for (const content of ['', '{', 'null', '[]', '3', '{}', file([]), file({}, { version: 2 }), file({}, { version: 1.5 }), file({}, { format: 'x' }), JSON.stringify({ format: 'tabtalk-settings', version: 1, settings: null })]) {
    assert.equal(readFile(content, NOW, []), null, content);
  }
});

test('every default fits its row, and no two rows have a name in common', () => {
  for (const row of ROWS) assert.ok(fits(row, row.standard), row.name);
  assert.equal(new Set(ROWS.map(({ name }) => name)).size, ROWS.length);
  for (const row of ROWS) for (const value of [null, undefined, {}, 3, 'x'.repeat(60_000)]) assert.equal(fits(row, value), false, row.name);
});

test('what the host says is taken as far as it makes sense', () => {
  const none = { values: {}, offers: { models: [], voices: [], languages: [] } };
  for (const told of [null, undefined, {}, { settings: { model: 3, other: 'x' }, offers: { models: 'x' } }]) assert.deepEqual(fromHost(told), none);
  assert.deepEqual(fromHost({ settings: { voice: 'Kore' }, offers: { voices: ['Kore', 1] } }), {
    values: { voice: 'Kore' },
    offers: { models: [], voices: ['Kore'], languages: [] },
  });
});

test('an empty text gives the default back', () => {
  assert.deepEqual(toHost({ model: '  ', voice: 'Puck' }), { model: null, voice: 'Puck' });
});
