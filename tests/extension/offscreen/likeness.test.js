import assert from 'node:assert/strict';
import { test } from 'node:test';

import { echoIn } from '../../../extension/offscreen/workers/likeness.js';
import { noise, s16, voice } from '../stand-ins/voice.js';

const HZ = 48000;
const OURS = voice(1, HZ, 3);
const PERSON = voice(8, HZ, 3);
const SILENCE = new Float64Array(OURS.length);

/**
 * The share that is found to be ours, of what can be heard in the last two seconds.
 * @param {Float64Array} played at 48 kHz, up to now
 * @param {Float64Array} heard at 48 kHz, up to now
 */
function share(played, heard) {
  const { audible, ours } = echoIn(s16(heard.subarray(-2 * HZ), 16000), s16(played, 24000));
  assert.ok(audible >= 8, `${audible} can be heard`);
  return ours / audible;
}

/** @param {Float64Array} sound @param {number} ms @param {number} gain @returns {Float64Array} so much later and softer */
function echo(sound, ms, gain) {
  const shift = (ms * HZ) / 1000;
  return sound.map((_, index) => (index < shift ? 0 : sound[index - shift] * gain));
}

/** @param {Float64Array} one @param {Float64Array} other */
const mix = (one, other) => one.map((sample, index) => sample + other[index]);

for (const ms of [30, 150, 400, 900]) {
  for (const gain of [1, 0.3, 0.1]) {
    test(`our own voice is known again ${ms} ms later, at ${gain} of its loudness`, () => {
      assert.ok(share(OURS, echo(OURS, ms, gain)) > 0.9);
    });
  }
}

test('it is known again from the shreds that an echo canceller leaves of it', () => {
  const shreds = echo(OURS, 140, 0.3).map((sample, index) => (Math.floor(index / 4800) % 5 === 0 ? sample : 0));
  assert.ok(share(OURS, shreds) > 0.8);
});

test('it is known again though it is known a little late what was played', () => {
  const behind = OURS.subarray(0, OURS.length - 0.1 * HZ);
  assert.ok(share(behind, echo(OURS, 30, 0.2)) > 0.9);
});

test('a voice is not ours: alone, over the answer, over its faint echo', () => {
  assert.equal(share(SILENCE, PERSON), 0);
  assert.ok(share(OURS, PERSON) < 0.3);
  assert.ok(share(OURS, mix(PERSON, echo(OURS, 140, 0.03))) < 0.3);
});

test('where a voice is louder than an echo that nobody cancels, it is not ours', () => {
  assert.ok(share(OURS, mix(PERSON, echo(OURS, 140, 0.3))) < 0.3);
});

test('music and noise in the room are not ours', () => {
  const random = noise(3);
  const hiss = SILENCE.map(() => 0.1 * random());
  const notes = [262, 330, 392, 523, 440, 349];
  const music = SILENCE.map((_, index) => {
    const hz = notes[Math.floor(index / 12000) % notes.length];
    return [1, 2, 3].reduce((sum, partial) => sum + (0.1 / partial) * Math.sin((2 * Math.PI * hz * partial * index) / HZ), 0);
  });
  assert.ok(share(OURS, hiss) < 0.02);
  assert.ok(share(OURS, music) < 0.1);
});

test('of silence nothing can be heard, and where nothing was played nothing is ours', () => {
  assert.deepEqual(echoIn(s16(SILENCE, 16000), s16(OURS, 24000)), { audible: 0, ours: 0 });
  assert.equal(echoIn(s16(OURS, 16000), new Int16Array(0)).ours, 0);
  assert.deepEqual(echoIn(new Int16Array(0), s16(OURS, 24000)), { audible: 0, ours: 0 });
});
