import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MOST_WAITING, Mixer, mix } from '../../../extension/offscreen/mixer.js';

const chunk = (/** @type {number} */ value) => new Int16Array(320).fill(value);

/** The last sample of each of so many chunks. @param {Mixer} mixer @param {import('../../../extension/offscreen/precedence.js').Word} word @param {number} count */
function ends(mixer, word, count) {
  return Array.from({ length: count }, () => mixer.next(word)?.at(-1) ?? null);
}

test('the tab comes under the voice within 300 ms, at half its strength and no more', () => {
  const mixer = new Mixer();
  for (let count = 0; count < 20; count += 1) mixer.add(chunk(10_000));
  const levels = ends(mixer, 'nobody', 20);
  assert.ok(levels.every((level, index) => level !== null && level >= (levels[index - 1] ?? 0)));
  assert.ok(Number(levels[0]) < 1000 && Number(levels[13]) < 5000);
  assert.deepEqual(levels.slice(15), [5000, 5000, 5000, 5000, 5000]);
});

test('it is lower within a chunk when the person speaks, and nothing while an answer sounds', () => {
  const mixer = new Mixer();
  for (let count = 0; count < 30; count += 1) mixer.add(chunk(10_000));
  ends(mixer, 'nobody', 20);
  const falling = mixer.next('person');
  assert.ok(Number(falling?.[0]) > 4900);
  assert.ok(Math.abs(Number(falling?.at(-1)) - 1000) <= 1);
  assert.deepEqual(ends(mixer, 'gemini', 3), [0, null, null]);
  assert.equal(mixer.next('nobody')?.[0], 1);
});

test('what is missing is silence, and what comes after that comes softly', () => {
  const mixer = new Mixer();
  for (let count = 0; count < 20; count += 1) mixer.add(chunk(10_000));
  ends(mixer, 'nobody', 20);
  assert.equal(mixer.next('nobody'), null);
  mixer.add(chunk(10_000));
  assert.ok(Number(mixer.next('nobody')?.[0]) < 10);
});

test('time goes on while nothing of it is heard: what waited is not heard later', () => {
  const mixer = new Mixer();
  mixer.add(chunk(1));
  assert.equal(mixer.next('gemini'), null);
  assert.equal(mixer.next('nobody'), null);
});

test('a bounded while waits; the oldest goes', () => {
  const mixer = new Mixer();
  for (let count = 0; count < 10 * MOST_WAITING; count += 1) mixer.add(chunk(100));
  assert.equal(ends(mixer, 'nobody', 10 * MOST_WAITING).filter((level) => level !== null).length, MOST_WAITING);
});

test('cleared, nothing waits', () => {
  const mixer = new Mixer();
  mixer.add(chunk(100));
  mixer.clear();
  assert.equal(mixer.next('nobody'), null);
});

test('a sum that is too loud is clamped, and neither side is changed', () => {
  const [voice, under] = [Int16Array.of(30_000, -30_000, 5), Int16Array.of(10_000, -10_000, 6)];
  assert.deepEqual(mix(voice, under), Int16Array.of(32_767, -32_768, 11));
  assert.deepEqual([voice, under], [Int16Array.of(30_000, -30_000, 5), Int16Array.of(10_000, -10_000, 6)]);
  assert.equal(mix(voice, null), voice);
});
