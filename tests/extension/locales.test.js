import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

import { INSTALL_COMMAND, explain } from '../../extension/lib/failures.js';
import { fillMessage } from '../../extension/lib/i18n.js';
import { ERROR_CODES } from '../../extension/lib/protocol.js';
import { TRANSITIONS } from '../../extension/lib/state.js';

const EXTENSION = fileURLToPath(new URL('../../extension/', import.meta.url));
const LOCALES = ['en', 'zh_CN'];
const MESSAGES = Object.fromEntries(LOCALES.map((locale) => [locale, read(`_locales/${locale}/messages.json`)]));
const KEYS = Object.keys(MESSAGES.en);
const SOURCES = readdirSync(EXTENSION, { recursive: true })
  .map(String)
  .filter((path) => /\.(js|html)$|^manifest\.json$/.test(path))
  .map((path) => ({ path, content: readFileSync(join(EXTENSION, path), 'utf8') }));

/** Keys that are put together from values, with where the values come from. */
const FAMILIES = [
  ...[...Object.keys(TRANSITIONS), 'listening', 'thinking', 'speaking', 'waiting', 'hearing', 'muted', 'paused'].map((look) => `state_${look}`),
  ...['muted', 'paused', 'starting', 'reconnecting', 'parked', 'ended', 'failed', 'idle', 'waiting', 'hearing'].map((look) => `about_${look}`),
  ...['starting', 'parked'].map((look) => `about_${look}_push`),
  'note_lost_one',
  ...['tab', 'screen', 'voice'].map((kind) => `about_${kind}`),
  ...ERROR_CODES.flatMap((code) => {
    const { what, why, next } = explain(code);
    return [what, why, next];
  }),
];

/** @param {string} path */
function read(path) {
  return JSON.parse(readFileSync(join(EXTENSION, path), 'utf8'));
}

/** @param {string} message */
function placeholders(message) {
  return [...message.matchAll(/\$([A-Z_]+)\$/g)].map(([, name]) => name.toLowerCase()).sort();
}

/** Keys named in the sources: as an attribute, a `__MSG_key__`, or a quoted word that is a key. */
function named() {
  const found = new Set();
  for (const { content } of SOURCES) {
    for (const [, key] of content.matchAll(/data-i18n(?:-[a-z-]+)?="([^"]*)"/g)) found.add(key);
    for (const [, key] of content.matchAll(/__MSG_(\w+)__/g)) found.add(key);
    for (const [, key] of content.matchAll(/['"`]([a-z][a-z0-9]*(?:_[a-z0-9]+)*)['"`]/g)) {
      if (KEYS.includes(key)) found.add(key);
    }
  }
  return found;
}

/** Keys that the sources ask for in a way that can be told from any other word. */
function demanded() {
  const found = new Set(FAMILIES);
  for (const { path, content } of SOURCES) {
    if (path === join('lib', 'i18n.js')) continue; // explains the attributes with an example
    for (const [, key] of content.matchAll(/data-i18n(?:-[a-z-]+)?="([^"]*)"/g)) found.add(key);
    for (const [, key] of content.matchAll(/__MSG_(\w+)__/g)) found.add(key);
    for (const [, key] of content.matchAll(/\b(?:text|getMessage)\('(\w+)'/g)) found.add(key);
    for (const [, key] of content.matchAll(/\bfill\(at\([^)]*\), '(\w+)'/g)) found.add(key);
    for (const [, key] of content.matchAll(/'((?:note|mend|check|ask_hint|sight|about|button|failure|options|key|links?)_\w+)'/g)) {
      found.add(key);
    }
  }
  return found;
}

test('every locale has the same keys in the same order', () => {
  for (const locale of LOCALES) assert.deepEqual(Object.keys(MESSAGES[locale]), KEYS, locale);
});

test('every message has text, and the same placeholders in every locale', () => {
  for (const key of KEYS) {
    const wanted = placeholders(MESSAGES.en[key].message);
    for (const locale of LOCALES) {
      const { message, placeholders: declared = {} } = MESSAGES[locale][key];
      assert.ok(message.trim(), `${locale} ${key}`);
      assert.deepEqual([...new Set(placeholders(message))], [...new Set(wanted)], `${locale} ${key}`);
      assert.deepEqual(Object.keys(declared).sort(), [...new Set(wanted)], `${locale} ${key}`);
    }
  }
});

test('every English message has a description for the translator', () => {
  for (const key of KEYS) assert.ok(MESSAGES.en[key].description?.trim(), key);
});

test('Chinese is Chinese, wherever the text is not a name', () => {
  const names = ['locale_tag', 'extension_name', 'speaker_model', 'link_and', 'options_gemini', 'options_version'];
  for (const key of KEYS.filter((each) => !names.includes(each))) {
    assert.match(MESSAGES.zh_CN[key].message, /\p{Script=Han}/u, key);
  }
});

test('the next step after the host stopped is to try again, then set-up with the command of this system', () => {
  for (const locale of LOCALES) {
    const next = fillMessage(MESSAGES[locale][explain('host-exited').next], [INSTALL_COMMAND]);
    assert.ok(next.endsWith(INSTALL_COMMAND), `${locale} ${next}`);
  }
});

test('no text names a command that is another one on Windows', () => {
  for (const locale of LOCALES) {
    for (const key of KEYS) assert.doesNotMatch(MESSAGES[locale][key].message, /python3|install\.py/, `${locale} ${key}`);
  }
});

test('every key that is asked for exists', () => {
  const missing = [...demanded()].filter((key) => !KEYS.includes(key));
  assert.deepEqual(missing, []);
});

test('every key is used', () => {
  const used = new Set([...named(), ...FAMILIES]);
  assert.deepEqual(KEYS.filter((key) => !used.has(key)), []);
});

test('what the outside relies on is named as agreed', () => {
  const names = {
    button_start: 'Start',
    button_end: 'End',
    button_mute: 'Mute microphone',
    button_unmute: 'Unmute microphone',
    button_pause: 'Pause sharing',
    button_resume: 'Resume sharing',
    source_tab: 'This tab',
    source_screen: 'Screen or window',
    source_voice: 'Voice only',
    ask_label: 'Ask about what you see',
    conversation_label: 'Conversation',
    sight_label: 'What Gemini sees',
  };
  for (const [key, name] of Object.entries(names)) assert.equal(MESSAGES.en[key].message, name);
});

test('the description fits what the store and the browser allow', () => {
  for (const locale of LOCALES) assert.ok(MESSAGES[locale].extension_description.message.length <= 132, locale);
});
