import assert from 'node:assert/strict';
import { test } from 'node:test';

import '../../../extension/point/boxes.js';

const { between, grown, isLarge, middle, moved, shares, within } = globalThis.tabtalkBoxes;
const AREA = { width: 400, height: 200 };

test('a box lies between two corners, whichever way it was dragged', () => {
  const box = { x: 10, y: 20, width: 30, height: 40 };
  assert.deepEqual(between({ x: 10, y: 20 }, { x: 40, y: 60 }, AREA), box);
  assert.deepEqual(between({ x: 40, y: 20 }, { x: 10, y: 60 }, AREA), box);
});

test('what lies outside is left out', () => {
  assert.deepEqual(between({ x: -50, y: 150 }, { x: 40, y: 900 }, AREA), { x: 0, y: 150, width: 40, height: 50 });
  assert.deepEqual(within({ left: 500, top: 0, right: 600, bottom: 50 }, AREA), { x: 400, y: 0, width: 0, height: 50 });
});

test('with the keys it begins in the middle, and stops at the edges', () => {
  const box = middle(AREA);
  assert.deepEqual(box, { x: 100, y: 50, width: 200, height: 100 });
  assert.deepEqual(moved(box, { right: 1, down: 0 }, AREA), { ...box, x: 110 });
  assert.deepEqual(grown(box, { right: 0, down: -1 }, AREA), { ...box, height: 95 });
  let [far, large, small] = [box, box, box];
  for (let count = 0; count < 100; count += 1) {
    far = moved(far, { right: 1, down: 1 }, AREA);
    large = grown(large, { right: 1, down: 1 }, AREA);
    small = grown(small, { right: -1, down: -1 }, AREA);
  }
  assert.deepEqual(far, { x: 200, y: 100, width: 200, height: 100 });
  assert.deepEqual(large, { x: 100, y: 50, width: 300, height: 150 });
  assert.ok(isLarge(small));
});

test('a hair is no box', () => {
  assert.ok(!isLarge({ x: 0, y: 0, width: 300, height: 2 }));
});

test('in fractions of the area', () => {
  assert.deepEqual(shares({ x: 100, y: 50, width: 40, height: 200 }, AREA), { x: 0.25, y: 0.25, width: 0.1, height: 1 });
});
