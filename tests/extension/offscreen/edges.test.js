import assert from 'node:assert/strict';
import { test } from 'node:test';

import { blackEdges } from '../../../extension/offscreen/workers/edges.js';

const [WIDTH, HEIGHT, STRIDE] = [50, 30, 64];

/** A white page in a black frame. @param {number} left @param {number} top @param {number} right @param {number} bottom */
function frame(left, top, right, bottom) {
  const luma = new Uint8Array(STRIDE * HEIGHT).fill(16);
  for (let y = top; y < HEIGHT - bottom; y += 1) luma.fill(235, y * STRIDE + left, y * STRIDE + WIDTH - right);
  return luma;
}

test('a sliver is found at each side, and no more than two pixels of it', () => {
  for (const [left, top, right, bottom] of [[0, 0, 0, 0], [0, 0, 2, 0], [1, 0, 1, 0], [0, 1, 0, 2], [2, 2, 2, 2]]) {
    assert.deepEqual(blackEdges(frame(left, top, right, bottom), STRIDE, WIDTH, HEIGHT), { left, top, right, bottom });
  }
  assert.deepEqual(blackEdges(frame(9, 0, 0, 9), STRIDE, WIDTH, HEIGHT), { left: 2, top: 0, right: 0, bottom: 2 });
});

test('an edge with anything on it is the page', () => {
  const luma = frame(0, 0, 2, 0);
  luma[10 * STRIDE + WIDTH - 1] = 90;
  assert.deepEqual(blackEdges(luma, STRIDE, WIDTH, HEIGHT), { left: 0, top: 0, right: 0, bottom: 0 });
});
