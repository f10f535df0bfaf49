import assert from 'node:assert/strict';
import { resolveObjectURL } from 'node:buffer';
import { test } from 'node:test';

import { Album } from '../../../extension/offscreen/album.js';

test('the last two pictures can be shown, the rest is gone', async () => {
  const album = new Album();
  const urls = [1, 2, 3].map((byte) => album.add(Uint8Array.of(byte)));
  assert.deepEqual(urls.map((url) => resolveObjectURL(url) !== undefined), [false, true, true]);
  const blob = /** @type {import('node:buffer').Blob} */ (resolveObjectURL(urls[2]));
  assert.equal(blob.type, 'image/jpeg');
  assert.deepEqual([...new Uint8Array(await blob.arrayBuffer())], [3]);
});

test('cleared, none is left', () => {
  const album = new Album();
  const url = album.add(Uint8Array.of(1));
  album.clear();
  assert.equal(resolveObjectURL(url), undefined);
});
