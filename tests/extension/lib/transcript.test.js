import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MAX_ENTRIES, MAX_ENTRY_CHARACTERS, Transcript } from '../../../extension/lib/transcript.js';

/** @param {string} role @param {string} text @param {number} turn */
const piece = (role, text, turn, finished = false) => ({ role, text, turn, finished });

test('pieces of one role and turn are one entry that grows', () => {
  const transcript = new Transcript();
  const [first] = transcript.add(piece('model', ' Terns', 1));
  const [second] = transcript.add(piece('model', ' fly far.', 1));
  assert.deepEqual([first.text, second.text], ['Terns', 'Terns fly far.']);
  assert.equal(first.id, second.id);
  assert.equal(transcript.entries.length, 1);
});

test('what was returned does not change afterwards', () => {
  const transcript = new Transcript();
  const [first] = transcript.add(piece('model', 'a', 1));
  transcript.add(piece('model', 'b', 1));
  assert.equal(first.text, 'a');
});

test('both sides grow at the same time', () => {
  const transcript = new Transcript();
  transcript.add(piece('user', 'What is', 1));
  transcript.add(piece('model', 'A ', 1));
  transcript.add(piece('user', ' this?', 1, true));
  transcript.add(piece('model', 'tern.', 1));
  assert.deepEqual(transcript.entries.map(({ role, text, final }) => [role, text, final]), [
    ['user', 'What is this?', true],
    ['model', 'A tern.', false],
  ]);
});

test('another turn begins another entry and ends the one before', () => {
  const transcript = new Transcript();
  transcript.add(piece('model', 'one', 1));
  const changed = transcript.add(piece('model', 'two', 2));
  assert.deepEqual(changed.map(({ text, final }) => [text, final]), [['one', true], ['two', false]]);
});

test('after the end of a sentence of the same turn a new entry begins', () => {
  const transcript = new Transcript();
  transcript.add(piece('user', 'Hello.', 1, true));
  transcript.add(piece('user', 'And this?', 1));
  assert.equal(transcript.entries.length, 2);
});

test('an end without text ends the entry; without an entry it makes none', () => {
  const transcript = new Transcript();
  assert.deepEqual(transcript.add(piece('user', '', 1, true)), []);
  transcript.add(piece('user', 'Hello', 1));
  assert.equal(transcript.add(piece('user', '', 1, true))[0].final, true);
  assert.equal(transcript.entries.length, 1);
});

test('the end of a turn makes its entries final', () => {
  const transcript = new Transcript();
  transcript.add(piece('user', 'why', 1));
  transcript.add(piece('model', 'because', 1));
  assert.equal(transcript.complete(1).length, 2);
  assert.ok(transcript.entries.every(({ final }) => final));
  assert.deepEqual(transcript.complete(1), []);
});

test('F11 an interrupted answer is marked, and what comes late of it is not shown', () => {
  const transcript = new Transcript();
  transcript.add(piece('model', 'It is a lon', 1));
  const [cut] = transcript.cut(1);
  assert.deepEqual([cut.cut, cut.final], [true, true]);
  assert.deepEqual(transcript.add(piece('model', 'g story', 1)), []);
  transcript.add(piece('model', 'Yes?', 2));
  assert.deepEqual(transcript.entries.map(({ text, cut: wasCut }) => [text, wasCut]), [['It is a lon', true], ['Yes?', false]]);
});

test('an answer whose words were complete but not its sound is marked too', () => {
  const transcript = new Transcript();
  transcript.add(piece('model', 'All the words.', 3, true));
  assert.equal(transcript.cut(3)[0].cut, true);
});

test('F12 an interruption with no answer, or twice, changes nothing', () => {
  const transcript = new Transcript();
  assert.deepEqual(transcript.cut(1), []);
  transcript.add(piece('model', 'two', 2));
  transcript.cut(2);
  assert.deepEqual(transcript.cut(2), []);
  transcript.add(piece('model', 'three', 3));
  assert.deepEqual(transcript.cut(1), []);
});

test('F18 with a new host the turns begin anew: nothing of it counts as late', () => {
  const transcript = new Transcript();
  transcript.add(piece('model', 'old', 5));
  transcript.cut(5);
  transcript.renumber();
  assert.equal(transcript.add(piece('model', 'new', 1))[0].text, 'new');
  assert.equal(transcript.entries.length, 2);
});

test('typed questions and notes are final entries between the others', () => {
  const transcript = new Transcript();
  transcript.ask('What is a tern?');
  transcript.note('note_host_restarted');
  assert.deepEqual(transcript.entries.map(({ role, text, typed, final }) => [role, text, typed, final]), [
    ['user', 'What is a tern?', true, true],
    ['note', 'note_host_restarted', false, true],
  ]);
});

test('ids grow', () => {
  const transcript = new Transcript();
  transcript.ask('a');
  transcript.add(piece('model', 'b', 1));
  transcript.note('c');
  assert.deepEqual(transcript.entries.map(({ id }) => id), [1, 2, 3]);
});

test('a role that nobody knows is left out', () => {
  assert.deepEqual(new Transcript().add(piece('system', 'hidden', 1)), []);
});

test('it is bounded: the oldest entries go, and an endless one stops growing', () => {
  const transcript = new Transcript();
  for (let count = 0; count <= MAX_ENTRIES; count += 1) transcript.ask(`question ${count}`);
  assert.equal(transcript.entries.length, MAX_ENTRIES);
  assert.equal(transcript.entries[0].text, 'question 1');
  for (let count = 0; count < 3; count += 1) transcript.add(piece('model', 'x'.repeat(MAX_ENTRY_CHARACTERS / 2), 1));
  assert.equal(transcript.entries.at(-1)?.text.length, MAX_ENTRY_CHARACTERS);
});
