import assert from 'node:assert/strict';
import { test } from 'node:test';

import { askShortcut, hostCheck, keyCaps, microphoneCheck, shortcutCheck } from '../../../extension/lib/checks.js';

const REPORT = { version: '0.1.0', key: 'set', practice: false, model: 'gemini-3.8-live' };

test('a host with a key is good and says version and model', () => {
  assert.deepEqual(hostCheck(REPORT), { mood: 'good', key: 'check_host_good', parts: ['0.1.0', 'gemini-3.8-live'] });
});

test('a host without a key practises', () => {
  const { mood, key } = hostCheck({ ...REPORT, key: 'not-set', practice: true });
  assert.deepEqual([mood, key], ['warn', 'check_host_practice']);
});

test('a key that cannot be read is worse than none', () => {
  assert.equal(hostCheck({ ...REPORT, key: 'login-needed', model: '' }).key, 'check_host_login_needed');
  const { mood, key } = hostCheck({ ...REPORT, key: 'unreadable', practice: true });
  assert.deepEqual([mood, key], ['bad', 'check_host_key_unreadable']);
});

test('each permission has its words; only an open one is asked for', () => {
  const words = /** @type {const} */ (['granted', 'denied', 'prompt', 'missing']).map(microphoneCheck);
  assert.equal(new Set(words.map(({ key }) => key)).size, 4);
  assert.deepEqual(words.map(({ asks = false }) => asks), [false, false, true, true]);
});

test('the shortcut that was really assigned', () => {
  assert.equal(askShortcut([{ name: '_execute_action', shortcut: 'Alt+T' }, { name: 'ask-about-tab', shortcut: 'Alt+G' }]), 'Alt+G');
  assert.equal(askShortcut([{ name: 'ask-about-tab', shortcut: '' }]), '');
  assert.equal(askShortcut([]), '');
  assert.equal(shortcutCheck('Alt+G').mood, 'good');
  assert.deepEqual([shortcutCheck('').mood, shortcutCheck('').asks], ['warn', true]);
});

test('key caps, of a Mac too', () => {
  assert.deepEqual(keyCaps('Ctrl+Shift+7'), ['Ctrl', 'Shift', '7']);
  assert.deepEqual(keyCaps('⌥G'), ['⌥', 'G']);
  assert.deepEqual(keyCaps('⇧⌘F12'), ['⇧', '⌘', 'F12']);
  assert.deepEqual(keyCaps(''), []);
});
