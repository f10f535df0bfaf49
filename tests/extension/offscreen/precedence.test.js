import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Precedence } from '../../../extension/offscreen/precedence.js';
import { voice } from '../stand-ins/voice.js';

const SILENCE = new Int16Array(320);
const UP = { sounds: false, held: false };
const SAID = Int16Array.from(voice(3, 16_000, 1), (value) => 32_767 * Math.max(-1, Math.min(1, 4 * value)));

/** Speaks for a second, and tells whose word it was at the end of each chunk. @param {Precedence} precedence @param {number} time ms */
function speak(precedence, time) {
  return Array.from({ length: 50 }, (_, index) => {
    precedence.hear({ samples: SAID.slice(index * 320, (index + 1) * 320), time: time + index * 20 });
    return precedence.word(UP);
  });
}

test('the word is the person\'s from when they begin to speak until they have long ended', () => {
  const precedence = new Precedence();
  precedence.hear({ samples: SILENCE, time: 0 });
  assert.equal(precedence.word(UP), 'nobody');
  assert.equal(speak(precedence, 20).at(-1), 'person');
  precedence.hear({ samples: SILENCE, time: 1500 });
  assert.equal(precedence.word(UP), 'person', 'between two words');
  precedence.hear({ samples: SILENCE, time: 2500 });
  assert.equal(precedence.word(UP), 'nobody');
});

test('it is theirs as long as they press, whether or not anything is heard', () => {
  const precedence = new Precedence();
  assert.equal(precedence.word({ sounds: false, held: true }), 'person');
});

test('it is Gemini\'s as long as an answer sounds, whoever speaks into it', () => {
  const precedence = new Precedence();
  speak(precedence, 0);
  assert.equal(precedence.word({ sounds: true, held: false }), 'gemini');
  assert.equal(precedence.word({ sounds: true, held: true }), 'gemini');
});
