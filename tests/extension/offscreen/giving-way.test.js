import assert from 'node:assert/strict';
import { test } from 'node:test';

import { GivingWay, UNCONFIRMED_MS } from '../../../extension/offscreen/giving-way.js';

const CHUNK_MS = 20;

/** Pulses at the pitch of a voice, which ring in the mouth. @param {number} chunk @param {number} amplitude */
function voice(chunk, amplitude = 0.3) {
  return Int16Array.from({ length: 320 }, (_, index) => {
    const since = ((chunk * 320 + index) / 16000) % (1 / 120);
    return 32767 * amplitude * Math.sin(2 * Math.PI * 700 * since) * Math.exp(-since * 250);
  });
}

/** What a quiet room sounds like. @param {number} chunk */
function room(chunk) {
  return Int16Array.from({ length: 320 }, (_, index) => ((index * 7919 + chunk * 104729) % 31) - 15);
}

/** @typedef {{sound: (chunk: number) => Int16Array, ms: number, sounds?: boolean}} Part of what is heard; `sounds`: an answer can be heard */

/** @param {Part[]} parts one after the other @returns {{time: number, manner: string}[]} in ms, when the answer gives way, and how */
function manners(...parts) {
  const giving = new GivingWay();
  const found = [];
  let chunk = 0;
  for (const { sound, ms, sounds = true } of parts) {
    for (const end = chunk + ms / CHUNK_MS; chunk < end; chunk += 1) {
      const manner = giving.hear({ samples: sound(chunk), time: chunk * CHUNK_MS }, sounds);
      if (manner) found.push({ time: chunk * CHUNK_MS, manner });
    }
  }
  return found;
}

/** @param {Part[]} parts @returns {number[]} when it gives way in whatever manner */
const times = (...parts) => manners(...parts).map(({ time }) => time);

test('it gives way within 60 ms of a voice, and as long as that lasts', () => {
  const found = times({ sound: room, ms: 1000 }, { sound: voice, ms: 1000 }, { sound: room, ms: 1000 });
  assert.ok(found[0] - 1000 <= 60, `${found[0]}`);
  assert.ok((found.at(-1) ?? 0) >= 1980 && (found.at(-1) ?? 0) < 2300);
  assert.ok(found.every((time, index) => index === 0 || time - found[index - 1] === CHUNK_MS));
});

test('it dips at the first chunk that may be voice, and is soft from the next on', () => {
  const found = manners({ sound: room, ms: 1000 }, { sound: voice, ms: 200 });
  assert.deepEqual(found.slice(0, 2), [{ time: 1000, manner: 'dip' }, { time: 1020, manner: 'soft' }]);
  assert.ok(found.slice(1).every(({ manner }) => manner === 'soft'));
});

test('to a single sound with a pitch it only dips', () => {
  const found = manners({ sound: room, ms: 1000 }, { sound: voice, ms: 20 }, { sound: room, ms: 1000 });
  assert.deepEqual(found, [{ time: 1000, manner: 'dip' }]);
});

test('muted at a first sign of a voice, it gives way no more', () => {
  const mute = () => new Int16Array(320);
  const found = manners({ sound: room, ms: 1000 }, { sound: voice, ms: 20 }, { sound: mute, ms: 1000 });
  assert.deepEqual(found, [{ time: 1000, manner: 'dip' }]);
});

test('to a room it does not give way, nor to the microphone that was muted', () => {
  const mute = () => new Int16Array(320);
  assert.deepEqual(times({ sound: room, ms: 5000 }, { sound: mute, ms: 1000 }, { sound: room, ms: 1000 }), []);
});

test('to what an echo canceller leaves of the answer it does not give way', () => {
  const faint = (/** @type {number} */ chunk) => voice(chunk, 0.02);
  assert.deepEqual(times({ sound: room, ms: 1000 }, { sound: faint, ms: 3000 }), []);
});

test('while no answer can be heard there is nothing to give way', () => {
  assert.deepEqual(times({ sound: room, ms: 1000 }, { sound: voice, ms: 1000, sounds: false }), []);
});

test('what goes on and interrupts nothing is given way to for a bounded time, and after a pause anew', () => {
  const long = manners({ sound: room, ms: 1000 }, { sound: voice, ms: 5000 });
  assert.deepEqual(long.slice(0, 2).map(({ manner }) => manner), ['dip', 'soft']);
  assert.ok((long.at(-1)?.time ?? 0) - long[1].time < UNCONFIRMED_MS);
  const again = times({ sound: room, ms: 1000 }, { sound: voice, ms: 5000 }, { sound: room, ms: 1500 }, { sound: voice, ms: 300 });
  assert.ok((again.at(-1) ?? 0) > 7500);
});

test('who speaks already when an answer begins is given way to, too', () => {
  const found = times({ sound: room, ms: 1000 }, { sound: voice, ms: 5000, sounds: false }, { sound: voice, ms: 1000 });
  assert.equal(found[0], 6000);
});
