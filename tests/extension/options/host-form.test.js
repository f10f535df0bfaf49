import assert from 'node:assert/strict';
import { test } from 'node:test';

import { toChange, toFields, voicesWith } from '../../../extension/options/host-form.js';
import { MODELS, VOICES } from '../../../extension/options/voices.js';

test('what the host says fills the fields, whatever it is', () => {
  const settings = { model: 'm', voice: 'Puck', instructions: 'Be brief.' };
  assert.deepEqual(toFields(settings), settings);
  const empty = { model: '', voice: '', instructions: '' };
  for (const value of [null, undefined, 3, {}, { model: 1, voice: null, instructions: [] }]) {
    assert.deepEqual(toFields(value), empty);
  }
});

test('an empty model gives the default back', () => {
  assert.equal(toChange({ model: '  ', voice: '', instructions: '' }).model, null);
  assert.deepEqual(toChange({ model: ' m ', voice: 'Puck', instructions: ' x\n' }), { model: 'm', voice: 'Puck', instructions: 'x' });
});

test('thirty voices, each once; one that was set by hand is offered too', () => {
  assert.equal(new Set(VOICES).size, 30);
  assert.deepEqual(voicesWith(''), VOICES);
  assert.deepEqual(voicesWith('Puck'), VOICES);
  assert.deepEqual(voicesWith('Nova'), ['Nova', ...VOICES]);
});

test('every name is one that the host takes', () => {
  for (const voice of VOICES) assert.match(voice, /^[A-Za-z]{1,40}$/);
  for (const model of MODELS) assert.match(model, /^[A-Za-z0-9._/-]{1,100}$/);
});
