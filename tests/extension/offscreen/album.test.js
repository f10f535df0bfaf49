import assert from 'node:assert/strict';
import { resolveObjectURL } from 'node:buffer';
import { test } from 'node:test';

import { Album, MOST_PICTURES } from '../../../extension/offscreen/album.js';

const ABOUT = { width: 2, height: 2, time: 1, pointed: false };
const isThere = (/** @type {{url: string}} */ { url }) => resolveObjectURL(url) !== undefined;

test('a picture can be shown', async () => {
  const album = new Album();
  const picture = album.add(Uint8Array.of(3), { ...ABOUT, pointed: true });
  assert.deepEqual(picture, { ...ABOUT, pointed: true, bytes: 1, url: picture.url });
  const blob = /** @type {import('node:buffer').Blob} */ (resolveObjectURL(picture.url));
  assert.equal(blob.type, 'image/jpeg');
  assert.deepEqual([...new Uint8Array(await blob.arrayBuffer())], [3]);
  album.clear();
});

test('the last pictures stay, in order; the one that left can be shown until the next, those before it are gone', () => {
  const album = new Album();
  const all = Array.from({ length: MOST_PICTURES + 2 }, (_, time) => album.add(Uint8Array.of(1), { ...ABOUT, time }));
  assert.deepEqual(album.pictures.map(({ time }) => time), [2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(all.map(isThere), [false, ...all.slice(1).map(() => true)]);
  album.clear();
});

test('large pictures are fewer, but the newest is always there', () => {
  const album = new Album();
  const large = new Uint8Array(3 * 1024 * 1024);
  const all = [0, 1, 2].map((time) => album.add(large, { ...ABOUT, time }));
  assert.deepEqual(album.pictures.map(({ time }) => time), [1, 2]);
  const huge = album.add(new Uint8Array(9 * 1024 * 1024), ABOUT);
  assert.deepEqual(album.pictures, [huge]);
  assert.deepEqual(all.map(isThere), [false, true, true]);
  album.clear();
});

test('cleared, none is left, not even one that was leaving', () => {
  const album = new Album();
  const all = Array.from({ length: MOST_PICTURES + 1 }, () => album.add(Uint8Array.of(1), ABOUT));
  album.clear();
  assert.deepEqual(album.pictures, []);
  assert.ok(!all.some(isThere));
});
