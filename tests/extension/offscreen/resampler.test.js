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
    const resampler = new Resampler(from, to);
    const out = inBlocks(resampler, tone(1000, from, 1), from / 100);
    assert.equal(out.length, to);
    const behind = (resampler.delayMs * to) / 1000;
    let worst = 0;
    // From where the silence before the beginning is out of the filter.
    for (let index = 400; index < to; index += 1) {
      worst = Math.max(worst, Math.abs(out[index] - Math.sin((2 * Math.PI * 1000 * (index - behind)) / to)));
    }
    assert.ok(worst < 0.01, `off by ${worst}`);
  });

  test(`${from} to ${to} Hz gives each 10 ms at once, and is at most 2.5 ms behind`, () => {
    const resampler = new Resampler(from, to);
    assert.ok(resampler.delayMs <= 2.5, `${resampler.delayMs}`);
    for (let block = 0; block < 5; block += 1) assert.equal(resampler.add(new Float32Array(from / 100)).length, to / 100);
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
