import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { before, test } from 'node:test';

import { LOCALES, fill, fillMessage, language, loadTexts, localeFor, text } from '../../../extension/lib/i18n.js';

const MESSAGES = { locale_tag: 'en', plain: 'Plain.', press: 'Press $1, then $2.', twice: '$1 and $1', last: 'Press $1' };

before(() => {
  globalThis.chrome = /** @type {any} */ ({
    i18n: {
      getMessage: (/** @type {keyof typeof MESSAGES} */ key, /** @type {string[]} */ parts) =>
        (MESSAGES[key] ?? '').replace(/\$(\d)/g, (_, number) => parts[number - 1] ?? ''),
    },
  });
});

/** Takes what `fill` puts in. */
class Element {
  /** @type {unknown[]} */
  children = [];

  replaceChildren(/** @type {unknown[]} */ ...children) {
    this.children = children.filter((child) => child !== '');
  }
}

/** @param {string} key @param {any[]} parts */
function filled(key, ...parts) {
  const element = new Element();
  fill(/** @type {any} */ (element), key, ...parts);
  return element.children;
}

test('a message, with its parts in order', () => {
  assert.equal(text('plain'), 'Plain.');
  assert.equal(text('press', 'A', 'B'), 'Press A, then B.');
  assert.equal(language(), 'en');
});

test('a gap shows its key instead of nothing', () => {
  assert.equal(text('no_such_key'), 'no_such_key');
});

test('nodes go where the placeholders are, in the order of the language', () => {
  const [key, other] = [{}, {}];
  assert.deepEqual(filled('press', key, other), ['Press ', key, ', then ', other, '.']);
  assert.equal(filled('press', key, other)[1], key);
  assert.deepEqual(filled('last', key), ['Press ', key]);
  assert.deepEqual(filled('plain'), ['Plain.']);
});

test('a part that looks like a placeholder stays text', () => {
  assert.deepEqual(filled('last', '$1 <b>'), ['Press ', '$1 <b>']);
});

test('every language has its folder, or English', async () => {
  assert.equal(localeFor('zh-CN'), 'zh_CN');
  assert.equal(localeFor('en-US'), 'en');
  assert.equal(localeFor('de'), 'en');
  assert.deepEqual(LOCALES, (await readdir(new URL('../../../extension/_locales', import.meta.url))).sort());
});

test('a message is filled as the browser fills it', () => {
  const message = {
    message: 'Helper $VERSION$, model $model$, $VERSION$ again, 5 $ a piece.',
    placeholders: { version: { content: '$1' }, model: { content: '<$2>' } },
  };
  assert.equal(fillMessage(message, ['1', 'm']), 'Helper 1, model <m>, 1 again, 5 $ a piece.');
  assert.equal(fillMessage(message, []), 'Helper , model <>,  again, 5 $ a piece.');
  assert.equal(fillMessage(undefined, []), '');
});

// Last: from here on the texts are our own.
test('where the browser has no messages they are read from the files', async () => {
  const asked = /** @type {string[]} */ ([]);
  /** @type {any} */ (globalThis).fetch = async (/** @type {string} */ url) => {
    asked.push(url);
    const file = await readFile(new URL(`../../../extension/${url}`, import.meta.url), 'utf8').catch(() => null);
    return { ok: file !== null, json: async () => JSON.parse(file ?? '') };
  };
  Object.assign(globalThis.chrome, { runtime: { getURL: (/** @type {string} */ path) => path } });
  await loadTexts();
  assert.deepEqual(asked, [], 'the browser has them');
  Object.assign(globalThis.chrome.i18n, { getMessage: () => '', getUILanguage: () => 'zh-CN' });
  await loadTexts();
  assert.deepEqual(asked, ['_locales/zh_CN/messages.json']);
  assert.equal(language(), 'zh-CN');
  assert.notEqual(text('state_idle'), 'state_idle');
  assert.equal(text('no_such_text'), 'no_such_text');
});
