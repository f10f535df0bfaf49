import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SPEAKER_HZ } from '../../../extension/lib/pcm.js';
import { CUSHION_SAMPLES, FADE_SAMPLES, MANNERS, Player } from '../../../extension/offscreen/worklets/player.js';

const SOFT = MANNERS.soft;
const QUANTUM = 128;
const CHUNK = SPEAKER_HZ / 25;
/** Of 1; a constant level has no slope of its own, so every jump is the player's. */
const LEVEL = 0.5;

/** @param {number} length */
function constant(length) {
  return new Int16Array(length).fill(LEVEL * 32768);
}

/** Quanta as the browser asks for them. @param {Player} player @param {number} samples at least */
function play(player, samples) {
  /** @type {number[]} */
  const heard = [];
  while (heard.length < samples) {
    const output = new Float32Array(QUANTUM).fill(9);
    player.read(output);
    heard.push(...output);
  }
  return heard;
}

/** @param {number[]} samples */
function highestJump(samples) {
  let highest = Math.abs(samples[0]);
  for (let index = 1; index < samples.length; index += 1) highest = Math.max(highest, Math.abs(samples[index] - samples[index - 1]));
  return highest;
}

/** One step of a fade, and what Float32 rounds. */
const STEP = LEVEL / FADE_SAMPLES + 1e-6;

/** The same every time. @param {number} seed @returns {() => number} 0..1 */
function chance(seed) {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

test('an answer fades in from its first sample and out to its last, and is untouched in between', () => {
  const player = new Player();
  player.add(constant(4800), 1);
  const heard = play(player, 6000);
  assert.ok(highestJump(heard) <= STEP);
  assert.ok(heard[0] > 0, 'no delay');
  assert.ok(heard.slice(FADE_SAMPLES, 4800 - FADE_SAMPLES).every((sample) => sample === LEVEL));
  assert.ok(heard[4799] > 0);
  assert.ok(heard.slice(4800).every((sample) => sample === 0));
});

test('the chunks of an answer follow on without a seam', () => {
  const player = new Player();
  for (let chunk = 0; chunk < 10; chunk += 1) player.add(constant(CHUNK), 1);
  const heard = play(player, 10 * CHUNK);
  assert.ok(heard.slice(FADE_SAMPLES, 10 * CHUNK - FADE_SAMPLES).every((sample) => sample === LEVEL));
});

test('between two answers there is a fade: one does not follow on from the other', () => {
  const player = new Player();
  player.add(constant(CHUNK), 1);
  player.add(constant(CHUNK).map((sample) => -sample), 2);
  const heard = play(player, 2 * CHUNK);
  assert.ok(highestJump(heard) <= 2 * STEP);
  assert.ok(heard[CHUNK - 1] > 0 && heard[CHUNK] < 0, 'nothing is lost and nothing is waited for');
});

test('F10 twenty seconds that come within one are heard whole and in order', () => {
  const player = new Player();
  const samples = Int16Array.from({ length: 20 * SPEAKER_HZ }, (_, index) => 1000 + Math.floor(index / 24));
  /** @type {number[]} */
  let heard = [];
  // Twenty chunks of 40 ms, that is 800 ms of sound, in each 40 ms of playing.
  for (let begin = 0; begin < samples.length; begin += CHUNK) {
    player.add(samples.slice(begin, begin + CHUNK), 1);
    if (begin % (20 * CHUNK) === 19 * CHUNK) heard = heard.concat(play(player, CHUNK));
  }
  heard = heard.concat(play(player, samples.length - heard.length));
  assert.equal(player.dropped, 0);
  assert.equal(player.heard, samples.length);
  const wrong = [...samples].findIndex((sample, index) => {
    const fading = index < FADE_SAMPLES || index >= samples.length - FADE_SAMPLES;
    return !fading && Math.round(heard[index] * 32768) !== sample;
  });
  assert.equal(wrong, -1);
});

test('an answer that comes with a delay of 800 ms, more or less by 400, plays whole, in order and without a click', () => {
  for (let seed = 1; seed <= 50; seed += 1) {
    const random = chance(seed);
    const player = new Player();
    let arrival = 0;
    const arrivals = Array.from({ length: 100 }, (_, chunk) => {
      const late = Math.round((0.4 + 0.8 * random()) * SPEAKER_HZ);
      arrival = Math.max(arrival, chunk * CHUNK + late); // One wire: none overtakes another.
      return arrival;
    });
    /** @type {number[]} */
    const heard = [];
    let next = 0;
    while (next < arrivals.length || player.queued > 0) {
      for (; arrivals[next] <= heard.length; next += 1) player.add(constant(CHUNK), 1);
      heard.push(...play(player, QUANTUM));
    }
    assert.ok(highestJump(heard) <= STEP, `seed ${seed}`);
    assert.equal(player.heard, 100 * CHUNK);
  }
});

test('sound that did not come in time is one gap, not many: a cushion is waited for', () => {
  const player = new Player();
  player.add(constant(CHUNK), 1);
  play(player, 2 * CHUNK);
  player.add(constant(CHUNK), 1);
  assert.ok(play(player, QUANTUM).every((sample) => sample === 0));
  player.add(constant(CUSHION_SAMPLES - CHUNK), 1);
  assert.ok(play(player, QUANTUM)[0] > 0);
});

test('what is too short for a cushion is heard all the same, a cushion later', () => {
  const player = new Player();
  player.add(constant(CHUNK), 1);
  play(player, 2 * CHUNK);
  player.add(constant(CHUNK), 1);
  const heard = play(player, CUSHION_SAMPLES + 2 * CHUNK);
  assert.equal(player.queued, 0);
  assert.equal(player.heard, 2 * CHUNK);
  assert.ok(heard.findIndex((sample) => sample > 0) <= CUSHION_SAMPLES + QUANTUM);
});

test('the next answer waits for no cushion', () => {
  const player = new Player();
  player.add(constant(CHUNK), 1);
  play(player, 2 * CHUNK);
  player.add(constant(CHUNK), 2);
  assert.ok(play(player, QUANTUM)[0] > 0);
});

test('F11 an interruption is silent after the fade, wherever it comes, without a click', () => {
  for (const before of [0, 1, 2, 3, 40].map((quanta) => quanta * QUANTUM)) {
    const player = new Player();
    player.add(constant(15 * SPEAKER_HZ), 1);
    const heard = play(player, before);
    player.cut();
    heard.push(...play(player, 5 * QUANTUM));
    assert.ok(heard.slice(before + FADE_SAMPLES).every((sample) => sample === 0));
    assert.ok(highestJump(heard) <= STEP);
    assert.equal(player.queued, 0);
  }
});

test('F11 what comes right after an interruption does not bring back what fades, and plays from its first sample', () => {
  const player = new Player();
  player.add(constant(SPEAKER_HZ), 1);
  const heard = play(player, 4 * QUANTUM);
  player.cut();
  player.add(constant(CHUNK).map((sample) => -sample), 2);
  heard.push(...play(player, CHUNK + FADE_SAMPLES));
  assert.ok(highestJump(heard) <= 2 * STEP);
  const begun = 4 * QUANTUM + FADE_SAMPLES;
  assert.ok(heard[begun - 1] >= 0 && heard[begun] < 0);
  assert.deepEqual([player.turn, player.heard], [2, CHUNK]);
});

test('it tells of which answer how much was heard', () => {
  const player = new Player();
  assert.deepEqual([player.turn, player.heard], [-1, 0]);
  player.add(constant(300), 4);
  player.add(constant(300), 5);
  play(player, QUANTUM);
  assert.deepEqual([player.turn, player.heard], [4, QUANTUM]);
  play(player, 2 * QUANTUM);
  assert.deepEqual([player.turn, player.heard], [5, 3 * QUANTUM - 300]);
  play(player, 2 * QUANTUM);
  assert.deepEqual([player.turn, player.heard], [5, 300]);
});

/** Longest it takes until it is loud again. */
const BACK_SAMPLES = SPEAKER_HZ / 4;

test('it gives way within 10 ms, for a while, and comes back by itself, all without a click', () => {
  const player = new Player();
  player.add(constant(2 * SPEAKER_HZ), 1);
  const heard = play(player, 10 * QUANTUM);
  const asked = heard.length;
  player.soften('soft');
  heard.push(...play(player, SPEAKER_HZ));
  assert.ok(highestJump(heard) <= 2 * STEP);
  assert.equal(heard[asked - 1], LEVEL);
  const soft = heard.slice(asked + SPEAKER_HZ / 100, asked + SOFT.samples);
  assert.ok(soft.every((sample) => Math.abs(sample - LEVEL * SOFT.gain) < 1e-6));
  assert.ok(heard.slice(asked + SOFT.samples + BACK_SAMPLES).every((sample) => sample === LEVEL));
});

test('asked again and again it stays soft', () => {
  const player = new Player();
  player.add(constant(3 * SPEAKER_HZ), 1);
  play(player, QUANTUM);
  /** @type {number[]} */
  const heard = [];
  while (heard.length < 2 * SPEAKER_HZ) {
    player.soften('soft');
    heard.push(...play(player, SOFT.samples / 2));
  }
  assert.ok(heard.slice(SPEAKER_HZ / 100).every((sample) => Math.abs(sample - LEVEL * SOFT.gain) < 1e-6));
});

test('what may be a voice makes it dip; it becomes soft when that goes on, and is back sooner when it does not', () => {
  const player = new Player();
  player.add(constant(3 * SPEAKER_HZ), 1);
  const heard = play(player, 10 * QUANTUM);
  const asked = heard.length;
  player.soften('dip');
  heard.push(...play(player, SPEAKER_HZ / 2));
  const dipped = heard.slice(asked + SPEAKER_HZ / 100, asked + MANNERS.dip.samples);
  assert.ok(dipped.every((sample) => Math.abs(sample - LEVEL * MANNERS.dip.gain) < 1e-6));
  assert.ok(heard.slice(asked + MANNERS.dip.samples + BACK_SAMPLES).every((sample) => sample === LEVEL));
  player.soften('dip');
  heard.push(...play(player, 2 * QUANTUM));
  player.soften('soft');
  heard.push(...play(player, SOFT.samples));
  assert.ok(Math.abs((heard.at(-1) ?? 0) - LEVEL * SOFT.gain) < 1e-6);
  // Not back yet, and another dip is louder than it is now: no jump there either.
  player.soften('dip');
  heard.push(...play(player, SPEAKER_HZ / 20));
  assert.ok(highestJump(heard) <= 2 * STEP);
});

test('the next answer gives way to nobody yet', () => {
  const player = new Player();
  player.add(constant(CHUNK), 1);
  play(player, QUANTUM);
  player.soften('soft');
  player.cut();
  play(player, 5 * QUANTUM);
  player.soften('soft');
  play(player, QUANTUM);
  player.add(constant(CHUNK), 2);
  assert.equal(play(player, 2 * FADE_SAMPLES)[FADE_SAMPLES], LEVEL);
});
