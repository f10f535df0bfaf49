import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Resampler } from '../../../extension/offscreen/workers/resampler.js';

/** @param {number} hz @param {number} rate @param {number} seconds */
function tone(hz, rate, seconds) {
  return Float32Array.from({ length: rate * seconds }, (_, index) => Math.sin((2 * Math.PI * hz * index) / rate));
}

/** @param {Float32Array} samples */
function rms(samples) {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

/** @param {Resampler} resampler @param {Float32Array} samples @param {number} block */
function inBlocks(resampler, samples, block) {
  const out = [];
  for (let at = 0; at < samples.length; at += block) out.push(...resampler.add(samples.subarray(at, at + block)));
  return Float32Array.from(out);
}

for (const [from, to] of [[48000, 16000], [44100, 16000], [16000, 16000], [8000, 16000], [96000, 16000]]) {
  test(`${from} to ${to} Hz keeps a voice's tone, its level and its length`, () => {
    const out = inBlocks(new Resampler(from, to), tone(1000, from, 1), from / 100);
    assert.ok(Math.abs(out.length - to) < to / 100, `${out.length} samples`);
    const expected = tone(1000, to, 1);
    // The filter's delay is over and its end not reached.
    let worst = 0;
    for (let index = 200; index < to - 400; index += 1) worst = Math.max(worst, Math.abs(out[index] - expected[index]));
    assert.ok(worst < 0.01, `off by ${worst}`);
  });
}

test('what the new rate cannot hold is gone and not folded back', () => {
  const out = inBlocks(new Resampler(48000, 16000), tone(11000, 48000, 1), 480);
  assert.ok(rms(out.subarray(200, -200)) < 0.005);
});

test('where the blocks are cut is not to be heard', () => {
  const samples = tone(440, 48000, 0.5);
  const whole = new Resampler(48000, 16000).add(samples);
  for (const block of [1, 7, 128, 480, 5000]) {
    assert.deepEqual(inBlocks(new Resampler(48000, 16000), samples, block), whole);
  }
});

test('nothing in, nothing out', () => {
  assert.equal(new Resampler(48000, 16000).add(new Float32Array(0)).length, 0);
});
