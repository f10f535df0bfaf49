import assert from 'node:assert/strict';
import { test } from 'node:test';

import { rms } from '../../../extension/lib/pcm.js';
import { Leveller } from '../../../extension/offscreen/leveller.js';

const CHUNK_MS = 20;
const SAMPLES = 320;

const dbfs = (/** @type {Int16Array} */ samples) => 20 * Math.log10(rms(samples));

/** Pulses at the pitch of a voice, which ring in the mouth. @param {number} db its loudness in dBFS */
function voice(db) {
  const wave = (/** @type {number} */ index) => {
    const since = (index / 16000) % (1 / 125);
    return Math.sin(2 * Math.PI * 700 * since) * Math.exp(-since * 250);
  };
  const whole = Array.from({ length: 2 * SAMPLES }, (_, index) => wave(index));
  const loudness = Math.sqrt(whole.reduce((sum, value) => sum + value * value, 0) / whole.length);
  const gain = (32768 * 10 ** (db / 20)) / loudness;
  return (/** @type {number} */ chunk) => Int16Array.from({ length: SAMPLES }, (_, index) => gain * wave(chunk * SAMPLES + index));
}

/** What a quiet room sounds like. @param {number} chunk */
function room(chunk) {
  return Int16Array.from({ length: SAMPLES }, (_, index) => ((index * 7919 + chunk * 104729) % 31) - 15);
}

/** A fan, as loud as a soft voice. @param {number} chunk */
function fan(chunk) {
  let state = chunk + 1;
  return Int16Array.from({ length: SAMPLES }, () => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return (state / 2 ** 32 - 0.5) * 1100;
  });
}

/** A room in which somebody pauses after each second. @param {(chunk: number) => Int16Array} sound */
const spoken = (sound) => (/** @type {number} */ chunk) => (chunk % 75 < 50 ? sound(chunk) : room(chunk));

class Listener {
  #leveller = new Leveller();
  #chunk = 0;

  /** @param {(chunk: number) => Int16Array} sound @param {number} ms @param {boolean} [sounds] an answer can be heard @returns {Int16Array[]} what goes on */
  hear(sound, ms, sounds = false) {
    return Array.from({ length: ms / CHUNK_MS }, () => {
      const chunk = { samples: sound(this.#chunk), time: this.#chunk * CHUNK_MS };
      this.#chunk += 1;
      return this.#leveller.hear(chunk, sounds).samples;
    });
  }

  /** By how many dB a sound of so many dBFS is louder now. @param {number} db */
  gain(db = -40) {
    const [, samples] = this.hear(voice(db), 2 * CHUNK_MS, true);
    return dbfs(samples) - dbfs(voice(db)(this.#chunk - 1));
  }
}

test('a voice as loud as it should be, and a quiet room, go on as they are, to the sample', () => {
  const leveller = new Leveller();
  for (let chunk = 0; chunk < 500; chunk += 1) {
    const heard = { samples: spoken(voice(-20))(chunk), time: chunk * CHUNK_MS };
    assert.equal(leveller.hear(heard, false), heard);
  }
});

test('a soft voice becomes as loud as another in some seconds, little by little', () => {
  const listener = new Listener();
  listener.hear(room, 1000);
  listener.hear(spoken(voice(-40)), 1000);
  const soon = listener.gain();
  assert.ok(soon > 3 && soon < 12, `${soon}`);
  listener.hear(spoken(voice(-40)), 8000);
  const settled = -40 + listener.gain();
  assert.ok(Math.abs(settled + 24) < 1, `${settled}`);
});

test('beyond a bound nothing is made louder', () => {
  const listener = new Listener();
  listener.hear(room, 1000);
  listener.hear(spoken(voice(-49)), 60_000);
  assert.ok(Math.abs(listener.gain() - 18) < 0.5, `${listener.gain()}`);
});

test('a fan and a quiet room are no voice', () => {
  const listener = new Listener();
  listener.hear(room, 20_000);
  listener.hear(fan, 20_000);
  assert.ok(Math.abs(listener.gain()) < 0.1);
});

test('of an answer it learns nothing, nor of its echo, but what it knew it still does', () => {
  const listener = new Listener();
  listener.hear(room, 1000);
  listener.hear(spoken(voice(-40)), 20_000, true);
  listener.hear(voice(-40), 400);
  assert.ok(Math.abs(listener.gain()) < 0.1, `${listener.gain()}`);
  listener.hear(room, 1000);
  listener.hear(spoken(voice(-40)), 20_000);
  const learned = listener.gain();
  assert.ok(learned > 14, `${learned}`);
  listener.hear(spoken(voice(-20)), 2000, true);
  assert.ok(Math.abs(listener.gain() - learned) < 0.1);
});

test('somebody who comes nearer is not louder than others for long', () => {
  const listener = new Listener();
  listener.hear(room, 1000);
  listener.hear(spoken(voice(-40)), 20_000);
  listener.hear(voice(-20), 500);
  assert.ok(listener.gain() < 1, `${listener.gain()}`);
});

test('a shout into a microphone that was too soft is not torn', () => {
  const listener = new Listener();
  listener.hear(room, 1000);
  listener.hear(spoken(voice(-40)), 20_000);
  const shout = voice(-14);
  const [, , , ...heard] = listener.hear(shout, 200, true);
  for (const samples of heard) assert.ok(samples.filter((sample) => Math.abs(sample) >= 32767).length < 10);
});

test('nothing clicks: from one chunk to the next it is louder by no more than 3 %', () => {
  const listener = new Listener();
  listener.hear(room, 1000);
  const tone = (/** @type {number} */ chunk) =>
    Int16Array.from({ length: SAMPLES }, (_, index) => 327 * Math.SQRT2 * Math.sin((2 * Math.PI * 150 * (chunk * SAMPLES + index)) / 16000));
  const heard = listener.hear(tone, 8000);
  assert.ok(dbfs(heard[399]) > dbfs(heard[0]) + 10);
  for (let chunk = 1; chunk < heard.length; chunk += 1) {
    const step = rms(heard[chunk]) / rms(heard[chunk - 1]);
    assert.ok(step < 1.03 && step > 0.97, `${chunk}: ${step}`);
  }
});

test('muted, it keeps what it knew', () => {
  const listener = new Listener();
  listener.hear(room, 1000);
  listener.hear(spoken(voice(-40)), 20_000);
  const before = listener.gain();
  assert.ok(listener.hear(() => new Int16Array(SAMPLES), 5000).every((samples) => rms(samples) === 0));
  assert.ok(Math.abs(listener.gain() - before) < 0.1);
});
