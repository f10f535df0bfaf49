import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isBox } from '../../../extension/lib/box.js';

const BOX = { x: 0, y: 0.5, width: 1, height: 0.5 };

test('a box is four fractions, and has room in it', () => {
  assert.ok(isBox(BOX));
  for (const wrong of [null, 7, {}, { ...BOX, x: -0.1 }, { ...BOX, width: 1.1 }, { ...BOX, height: 0 }, { ...BOX, y: NaN }, { ...BOX, x: '0' }]) {
    assert.ok(!isBox(wrong), JSON.stringify(wrong));
  }
});
