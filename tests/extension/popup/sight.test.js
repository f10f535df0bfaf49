import assert from 'node:assert/strict';
import { test } from 'node:test';

import { caption } from '../../../extension/popup/sight.js';

const PICTURE = { url: 'blob:x', width: 1440, height: 900, bytes: 183_400, time: new Date(2030, 0, 1, 17, 4, 9).getTime(), pointed: false };

test('size and time, as the language writes them', () => {
  assert.equal(caption(PICTURE, 'en').size, '1440 × 900 · 184 kB');
  assert.match(caption(PICTURE, 'en').time, /^5:04:09\sPM$/u);
  assert.equal(caption(PICTURE, 'zh-CN').time, '17:04:09');
});
