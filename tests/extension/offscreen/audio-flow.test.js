import assert from 'node:assert/strict';
import { test } from 'node:test';

import { KEPT_MS } from '../../../extension/lib/kept-audio.js';
import { AudioFlow, PREROLL_MS } from '../../../extension/offscreen/audio-flow.js';

const CHUNK_MS = 20;

/** @param {number} time */
const chunk = (time, value = 1000) => ({ samples: new Int16Array(320).fill(value), time });

/** Sound that goes to a host, which is there or not. */
function staged() {
  /** @type {{time: number, sequence: number}[]} */
  const sent = [];
  const stage = { open: true, next: 0, sent };
  const flow = new AudioFlow({
    send: ({ time, sequence }) => {
      if (!stage.open) return -1;
      const number = sequence ?? stage.next++;
      stage.sent.push({ time, sequence: number });
      return number;
    },
    onSpeech: () => {},
  });
  const hear = (/** @type {number[]} */ ...times) => times.forEach((time) => flow.add(chunk(time)));
  return { stage, flow, hear };
}

test('it keeps from the beginning, and what was kept goes first', () => {
  const { stage, flow, hear } = staged();
  hear(1, 2);
  assert.deepEqual(stage.sent, []);
  flow.flow();
  hear(3);
  assert.deepEqual(stage.sent.map(({ time }) => time), [1, 2, 3]);
});

test('F24 what found no link is kept and goes later, once', () => {
  const { stage, flow, hear } = staged();
  flow.flow();
  hear(1);
  stage.open = false;
  hear(2, 3);
  stage.open = true;
  flow.keep();
  hear(4);
  flow.flow();
  assert.deepEqual(stage.sent.map(({ time }) => time), [1, 2, 3, 4]);
});

test('F24 what did not arrive goes again under its own number', () => {
  const { stage, flow, hear } = staged();
  flow.flow();
  hear(1, 2, 3);
  flow.keep();
  hear(4);
  flow.sendAgain(0);
  flow.flow();
  assert.deepEqual(stage.sent.slice(3), [{ time: 2, sequence: 1 }, { time: 3, sequence: 2 }, { time: 4, sequence: 3 }]);
});

test('F24 even all that was kept and had just gone into a dead link goes again', () => {
  const { stage, flow } = staged();
  const chunks = KEPT_MS / CHUNK_MS;
  for (let time = 0; time < chunks; time += 1) flow.add(chunk(time));
  flow.flow();
  flow.keep();
  stage.sent = [];
  flow.sendAgain(-1);
  flow.flow();
  assert.deepEqual([stage.sent.length, stage.sent[0].time, flow.takeLostMs()], [chunks, 0, 0]);
});

test('F18 another session is told what the one before did not answer, from just before its first sound, and that once', () => {
  const { stage, flow, hear } = staged();
  flow.flow();
  hear(1);
  flow.known();
  for (let time = 2; time < 102; time += 1) flow.add(chunk(time, 0));
  hear(102);
  flow.add(chunk(103, 0));
  flow.keep();
  hear(104);
  const before = stage.sent.length;
  assert.equal(flow.sendUnknown(), true);
  assert.equal(flow.sendUnknown(), false);
  flow.flow();
  const again = stage.sent.slice(before).map(({ time }) => time);
  assert.deepEqual(again, Array.from({ length: 18 }, (_, at) => 87 + at), 'a soft beginning is not cut off');
});

test('silence that was not answered is not told again', () => {
  const { stage, flow } = staged();
  flow.flow();
  flow.add(chunk(1, 0));
  flow.keep();
  assert.equal(flow.sendUnknown(), false);
  flow.flow();
  assert.equal(stage.sent.length, 1);
});

test('parked, two seconds are kept; woken, all from there on', () => {
  const { stage, flow } = staged();
  flow.flow();
  flow.park();
  for (let time = 0; time < 500; time += 1) flow.add(chunk(time));
  assert.deepEqual([stage.sent, flow.keptSeconds], [[], 0]);
  flow.keep();
  for (let time = 500; time < 700; time += 1) flow.add(chunk(time));
  assert.equal(flow.keptSeconds, 6);
  flow.flow();
  assert.equal(stage.sent[0].time, 500 - PREROLL_MS / CHUNK_MS);
  assert.equal(stage.sent.length, 200 + PREROLL_MS / CHUNK_MS);
  assert.equal(flow.takeLostMs(), 0);
});

test('parked, the end of it loses nothing', () => {
  const { flow } = staged();
  flow.park();
  for (let time = 0; time < 500; time += 1) flow.add(chunk(time));
  assert.equal(flow.drop(), 0);
  flow.add(chunk(500));
  assert.equal(flow.drop(), 20);
});

test('what is dropped at the end counts as lost, silence does not', () => {
  const { flow } = staged();
  for (let time = 0; time < 100; time += 1) flow.add(chunk(time, time < 50 ? 1000 : 0));
  assert.equal(flow.drop(), 1000);
  assert.equal(flow.drop(), 0);
});
