import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SpeechDetector, SpeechOnset } from '../../../extension/lib/speech-detector.js';

const HZ = 16000;

/** The same numbers on every run. @param {number} [seed] */
function random(seed = 1) {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return (state / 2 ** 32) * 2 - 1;
  };
}

/** @param {number} seconds @param {(second: number, index: number) => number} wave @returns {Float32Array} */
function sound(seconds, wave) {
  return Float32Array.from({ length: Math.round(seconds * HZ) }, (_, index) => wave(index / HZ, index));
}

/** @param {number} seconds @param {number} amplitude */
function white(seconds, amplitude) {
  const next = random();
  return sound(seconds, () => next() * amplitude);
}

/** Rumble: most of it is low. @param {number} seconds @param {number} amplitude */
function brown(seconds, amplitude) {
  const next = random();
  let last = 0;
  return sound(seconds, () => {
    last = 0.995 * last + 0.1 * next();
    return last * amplitude;
  });
}

/** @param {number} seconds @param {number} hz @param {number} amplitude */
const tone = (seconds, hz, amplitude) => sound(seconds, (second) => amplitude * Math.sin(2 * Math.PI * hz * second));

/**
 * A vowel as a throat makes it: pulses at the pitch of the voice, which ring in the mouth, louder and softer by syllable.
 * @param {number} seconds @param {number} hz @param {number} amplitude
 */
function vowel(seconds, hz, amplitude) {
  return sound(seconds, (second) => {
    const since = second % (1 / hz);
    const ring = Math.sin(2 * Math.PI * 700 * since) + 0.5 * Math.sin(2 * Math.PI * 1200 * since);
    return amplitude * 0.7 * ring * Math.exp(-since * 250) * (0.6 + 0.4 * Math.sin(2 * Math.PI * 4 * second));
  });
}

/** One after the other. @param {...Float32Array} sounds */
function row(...sounds) {
  const whole = new Float32Array(sounds.reduce((length, each) => length + each.length, 0));
  let at = 0;
  for (const each of sounds) {
    whole.set(each, at);
    at += each.length;
  }
  return whole;
}

/** At the same time. @param {...Float32Array} sounds */
function mix(...sounds) {
  return Float32Array.from({ length: Math.max(...sounds.map(({ length }) => length)) }, (_, index) => {
    return sounds.reduce((sum, each) => sum + (each[index] ?? 0), 0);
  });
}

const silence = (/** @type {number} */ seconds) => new Float32Array(seconds * HZ);
/** A quiet room. @param {number} seconds */
const room = (seconds) => white(seconds, 0.001);

/** @param {Float32Array} whole @returns {number|null} the second at which speech is heard */
function heardAt(whole) {
  const detector = new SpeechDetector();
  for (let at = 0; at + 320 <= whole.length; at += 320) {
    const samples = Int16Array.from(whole.subarray(at, at + 320), (value) => Math.round(Math.max(-1, Math.min(1, value)) * 32767));
    if (detector.hear(samples)) return (at + 320) / HZ;
  }
  return null;
}

test('a voice is heard within a fifth of a second, whatever its pitch, near or far', () => {
  for (const hz of [85, 120, 180, 250, 330]) {
    for (const amplitude of [0.5, 0.1, 0.02]) {
      const at = heardAt(mix(room(4), row(silence(2), vowel(1, hz, amplitude))));
      assert.ok(at !== null && at - 2 >= 0.1 && at - 2 <= 0.2, `${hz} Hz, ${amplitude}: ${at}`);
    }
  }
});

test('a voice is heard above the noise it is used to', () => {
  for (const noise of [white(8, 0.01), brown(8, 0.1), mix(room(8), tone(8, 100, 0.02))]) {
    const at = heardAt(mix(noise, row(silence(5), vowel(1, 140, 0.3))));
    assert.ok(at !== null && at > 5 && at < 5.3, String(at));
  }
});

test('steady noise is no voice, soft or loud, from the beginning or all of a sudden', () => {
  for (const amplitude of [0.003, 0.03, 0.3]) {
    for (const noise of [white(15, amplitude), brown(15, amplitude)]) {
      assert.equal(heardAt(noise), null, `${amplitude}`);
      assert.equal(heardAt(row(room(3), noise)), null, `${amplitude}, suddenly`);
    }
  }
});

test('hum that is always there is no voice', () => {
  for (const hz of [50, 60, 100, 120, 240, 440]) assert.equal(heardAt(mix(room(15), tone(15, hz, 0.05))), null, `${hz} Hz`);
});

test('clicks and typing are no voice', () => {
  const next = random(5);
  const clicks = (/** @type {number} */ seconds, /** @type {number} */ every, /** @type {number} */ amplitude) =>
    sound(seconds, (second) => next() * amplitude * Math.exp(-(second % every) * 300));
  assert.equal(heardAt(mix(room(4), row(silence(2), clicks(0.05, 1, 0.9)))), null);
  assert.equal(heardAt(mix(room(12), row(silence(2), clicks(10, 0.13, 0.3)))), null);
});

test('a tone as short as a single click of 60 ms is no voice', () => {
  assert.equal(heardAt(mix(room(4), row(silence(2), tone(0.06, 300, 0.3)))), null);
});

test('muted is not quiet: noise that is heard again wakes nobody, a voice does', () => {
  const muted = row(white(3, 0.02), silence(10), white(3, 0.02));
  assert.equal(heardAt(muted), null);
  const at = heardAt(row(muted, mix(white(1, 0.02), vowel(1, 160, 0.5))));
  assert.ok(at !== null && at > 16, String(at));
});

test('where nothing at all was heard before, a voice is heard, and noise is none', () => {
  const at = heardAt(row(silence(2), vowel(1, 160, 0.3)));
  assert.ok(at !== null && at < 2.3, String(at));
  assert.equal(heardAt(row(silence(2), white(10, 0.1))), null);
});

test('silence and nothing at all are no voice', () => {
  assert.equal(heardAt(silence(5)), null);
  assert.equal(new SpeechDetector().hear(new Int16Array(0)), false);
});

test('the beginning of speech is told once, and again after a pause', () => {
  const onset = new SpeechOnset();
  const whole = mix(room(9), row(silence(2), vowel(1.5, 140, 0.3), silence(0.3), vowel(1, 140, 0.3), silence(1.5), vowel(1, 140, 0.3)));
  /** @type {number[]} */
  const began = [];
  for (let at = 0; at + 320 <= whole.length; at += 320) {
    const samples = Int16Array.from(whole.subarray(at, at + 320), (value) => Math.round(Math.max(-1, Math.min(1, value)) * 32767));
    const moment = onset.hear({ samples, time: (at * 1000) / HZ });
    if (moment !== null) began.push(moment);
  }
  assert.equal(began.length, 2, String(began));
  assert.ok(Math.abs(began[0] - 2000) < 150 && Math.abs(began[1] - 6300) < 150, String(began));
});
