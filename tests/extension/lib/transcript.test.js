import assert from 'node:assert/strict';
import { test } from 'node:test';

import { HISTORY_CHARACTERS, HISTORY_TURNS, MAX_ENTRIES, MAX_ENTRY_CHARACTERS, Transcript } from '../../../extension/lib/transcript.js';

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

test('F24 history is what was said last, oldest first, bounded, without remarks and without what is still to be asked', () => {
  const transcript = new Transcript();
  assert.deepEqual(transcript.history(), []);
  transcript.add(piece('user', 'Where?', 1, true));
  transcript.note('note_host_restarted');
  transcript.add(piece('model', 'To Antarc', 1));
  const [{ id }] = transcript.ask('Why?');
  assert.deepEqual(transcript.history(new Set([id])), [{ role: 'user', text: 'Where?' }, { role: 'model', text: 'To Antarc' }]);
  for (let count = 0; count < HISTORY_TURNS; count += 1) transcript.ask(`question ${count}`);
  assert.deepEqual([transcript.history().length, transcript.history()[0].text], [HISTORY_TURNS, 'question 0']);
});

test('F24 history has an end in characters too: of the oldest turn its end goes, whole characters', () => {
  const transcript = new Transcript();
  transcript.ask('x'.repeat(500));
  transcript.ask('🐦'.repeat(HISTORY_CHARACTERS));
  transcript.ask('why');
  const turns = transcript.history();
  assert.equal(turns.length, 2);
  assert.equal(turns.reduce((sum, { text }) => sum + text.length, 0), HISTORY_CHARACTERS);
  assert.equal(turns.every(({ text }) => text.isWellFormed()), true);
});

test('F2 what the host says again of a turn that was final opens no second bubble', () => {
  const transcript = new Transcript();
  transcript.add(piece('model', 'One.', 1, true));
  transcript.add(piece('user', 'And then?', 2, true));
  transcript.add(piece('model', 'Two.', 2, true));
  transcript.repeat();
  for (const again of [piece('model', 'One.', 1, true), piece('user', ' then?', 2), piece('model', 'Two.', 2, true), piece('model', '', 2, true)]) {
    assert.deepEqual(transcript.add(again), []);
  }
  assert.equal(transcript.add(piece('model', 'Three.', 2, true))[0].text, 'Three.');
  assert.equal(transcript.add(piece('model', 'One.', 3, true))[0].text, 'One.');
});

test('the same word twice in a turn, without a new link, is two bubbles; and so it is after the turns began anew', () => {
  const transcript = new Transcript();
  transcript.add(piece('user', 'Yes.', 1, true));
  assert.equal(transcript.add(piece('user', 'Yes.', 1, true)).length, 1);
  transcript.repeat();
  transcript.renumber();
  assert.equal(transcript.add(piece('user', 'Yes.', 1, true)).length, 1);
  assert.equal(transcript.entries.length, 3);
});

test('F18 a question that is told again is the same bubble; once it was answered it stays', () => {
  const transcript = new Transcript();
  const [{ id }] = transcript.add(piece('user', 'Where do', 1));
  transcript.renumber();
  transcript.retell();
  const [again] = transcript.add(piece('user', 'Where do terns go?', 1, true));
  assert.deepEqual([again.id, again.text, again.final], [id, 'Where do terns go?', true]);
  transcript.retell();
  transcript.add(piece('model', 'To Antarctica.', 1, true));
  assert.notEqual(transcript.add(piece('user', 'When?', 2, true))[0].id, id);
  transcript.add(piece('model', 'Every year.', 2, true));
  transcript.retell();
  assert.equal(transcript.add(piece('user', 'Why?', 3, true))[0].text, 'Why?');
  assert.deepEqual(transcript.entries.map(({ text }) => text), [
    'Where do terns go?',
    'To Antarctica.',
    'When?',
    'Every year.',
    'Why?',
  ]);
});

test('a note may count something, and notes of the same kind in a row are one', () => {
  const transcript = new Transcript();
  const [first] = transcript.note('note_lost', 2);
  const [again] = transcript.note('note_lost', 3);
  assert.deepEqual([first.amount, again.amount, again.id], [2, 5, first.id]);
  transcript.ask('Why?');
  transcript.note('note_lost', 1);
  transcript.note('note_tab_lost');
  transcript.note('note_tab_lost');
  assert.deepEqual(transcript.entries.map(({ text, amount }) => [text, amount]), [
    ['note_lost', 5],
    ['Why?', undefined],
    ['note_lost', 1],
    ['note_tab_lost', undefined],
    ['note_tab_lost', undefined],
  ]);
});

/** @param {Transcript} transcript @returns {(string|undefined)[]} of each entry what was heard; undefined where all was */
const heard = (transcript) => transcript.entries.map(({ text, heard: upTo }) => (upTo === undefined ? upTo : text.slice(0, upTo)));

test('an answer is followed word by word, and whole in the end', () => {
  const transcript = new Transcript();
  transcript.add(piece('model', 'Terns fly from pole to pole.', 1));
  assert.deepEqual(heard(transcript), [undefined]);
  const steps = [0, 0.01, 0.3, 0.32, 0.6, 1].map((share) => [transcript.follow(1, share).length, ...heard(transcript)]);
  assert.deepEqual(steps, [[1, ''], [1, 'Terns'], [1, 'Terns fly'], [0, 'Terns fly'], [1, 'Terns fly from pole'], [1, undefined]]);
});

test('a script without spaces is followed character by character, and no character is halved', () => {
  const transcript = new Transcript();
  transcript.add(piece('model', '燕鸥飞得很远', 1));
  transcript.follow(1, 0.5);
  assert.deepEqual(heard(transcript), ['燕鸥飞']);
  transcript.add(piece('model', '😀😀😀', 2));
  transcript.follow(2, 0.5);
  assert.deepEqual(heard(transcript).at(-1), '😀😀');
});

test('what comes in while it is heard moves on what was heard', () => {
  const transcript = new Transcript();
  transcript.add(piece('model', 'one two ', 1));
  transcript.follow(1, 0.2);
  const [entry] = transcript.add(piece('model', 'three four', 1));
  assert.equal(entry.text.slice(0, entry.heard), 'one');
  transcript.follow(1, 0.5);
  assert.deepEqual(heard(transcript), ['one two three']);
});

test('an answer in several pieces is followed across them', () => {
  const transcript = new Transcript();
  transcript.add(piece('model', 'First one.', 1, true));
  transcript.add(piece('model', 'Second one.', 1, true));
  transcript.follow(1, 0.2);
  assert.deepEqual(heard(transcript), ['First', '']);
  transcript.follow(1, 0.7);
  assert.deepEqual(heard(transcript), [undefined, 'Second']);
});

test('of an answer that was cut off what was not heard is not told to another session', () => {
  const transcript = new Transcript();
  transcript.add(piece('user', 'Where?', 1, true));
  transcript.add(piece('model', 'From pole to pole.', 1));
  transcript.follow(1, 0.4);
  assert.equal(transcript.history().at(-1)?.text, 'From pole to pole.');
  transcript.cut(1);
  assert.equal(transcript.history().at(-1)?.text, 'From pole');
  transcript.follow(7, 0.4);
  assert.equal(transcript.history().length, 2);
});
