import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { fill, language, text } from '../../../extension/lib/i18n.js';

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
