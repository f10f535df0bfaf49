import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Bell } from '../../../extension/offscreen/bell.js';
import { FrameFlow } from '../../../extension/offscreen/frame-flow.js';
import { until } from '../stand-ins/chrome.js';

/** A source of numbered pictures that behaves as `Frames` does. */
class Numbered {
  #count = 0;
  #fresh = false;
  #bell = new Bell();

  show() {
    this.#count += 1;
    this.#fresh = true;
    this.#bell.ring();
  }

  /** @param {AbortSignal} signal */
  async whenFresh(signal) {
    while (!this.#fresh && !signal.aborted) await this.#bell.wait(signal);
  }

  async take() {
    await undefined;
    this.#fresh = false;
    return this.#count === 0 ? null : { bytes: new Uint8Array([this.#count]), width: 2, height: 2, time: 0 };
  }
}

function staged(intervalMs = 0) {
  /** @type {{picture: number, at: number}[]} */
  const sent = [];
  const flow = new FrameFlow((picture) => sent.push({ picture: picture.bytes[0], at: performance.now() }) - 1, intervalMs);
  return { flow, sent, source: new Numbered(), pictures: () => sent.map(({ picture }) => picture) };
}

const settle = async () => {
  for (let count = 0; count < 20; count += 1) await new Promise(setImmediate);
};

test('only what is new goes out', async () => {
  const { flow, source, pictures } = staged();
  flow.run(source);
  source.show();
  await until(() => pictures().length === 1, 'the first picture');
  await settle();
  assert.deepEqual(pictures(), [1]);
  source.show();
  await until(() => pictures().length === 2, 'the second picture');
  flow.stop();
});

test('T27 never sooner than the interval, and then the newest', async () => {
  const { flow, source, sent, pictures } = staged(60);
  flow.run(source);
  source.show();
  await until(() => sent.length === 1, 'the first picture');
  source.show();
  source.show();
  await settle();
  assert.equal(sent.length, 1);
  await until(() => sent.length === 2, 'the second picture');
  assert.deepEqual(pictures(), [1, 3]);
  assert.ok(sent[1].at - sent[0].at >= 55, `${sent[1].at - sent[0].at} ms`);
  flow.stop();
});

test('F23 with two that the host has not acknowledged none goes out', async () => {
  const { flow, source, pictures } = staged();
  flow.run(source);
  for (let count = 1; count <= 5; count += 1) {
    source.show();
    await settle();
  }
  assert.equal(pictures().length, 2);
  flow.acknowledge(0);
  await until(() => pictures().length === 3, 'a picture after the acknowledgement');
  assert.equal(pictures().at(-1), 5);
  flow.stop();
});

test('an acknowledgement stands for those before it, and a new link for all', async () => {
  const { flow, source, pictures } = staged();
  const { signal } = new AbortController();
  source.show();
  await flow.sendCurrent(source, signal);
  await flow.sendCurrent(source, signal);
  flow.acknowledge(1);
  await flow.sendCurrent(source, signal);
  await flow.sendCurrent(source, signal);
  flow.reset();
  assert.equal(await flow.sendCurrent(source, signal), true);
  assert.equal(pictures().length, 5);
});

test('a question takes the current picture along, even if it was sent before', async () => {
  const { flow, source, pictures } = staged();
  source.show();
  const { signal } = new AbortController();
  assert.equal(await flow.sendCurrent(source, signal), true);
  assert.equal(await flow.sendCurrent(source, signal), true);
  assert.deepEqual(pictures(), [1, 1]);
});

test('a source that shows nothing yet is waited for, but not for ever', async () => {
  const { flow, source, pictures } = staged();
  const waiting = flow.sendCurrent(source, new AbortController().signal);
  source.show();
  assert.equal(await waiting, true);
  assert.deepEqual(pictures(), [1]);
  const patience = new AbortController();
  const inVain = flow.sendCurrent(new Numbered(), patience.signal);
  patience.abort();
  assert.equal(await inVain, false);
});

test('after a stop nothing goes out, and another source can run', async () => {
  const { flow, source, pictures } = staged();
  flow.run(source);
  flow.stop();
  source.show();
  await settle();
  assert.deepEqual(pictures(), []);
  const other = new Numbered();
  flow.run(other);
  other.show();
  await until(() => pictures().length === 1, 'a picture of the other source');
  flow.stop();
});

test('told again to run with the same source, it does not lose the picture that is being made', async () => {
  const { flow, source, pictures } = staged();
  const { take } = source;
  source.take = async () => {
    const picture = await take.call(source);
    flow.run(source);
    return picture;
  };
  flow.run(source);
  source.show();
  await until(() => pictures().length === 1, 'the picture');
  flow.stop();
});

test('a JPEG that takes longer than the patience follows', async () => {
  const { flow, source, pictures } = staged();
  source.show();
  const { take } = source;
  /** @type {() => void} */
  let finish = () => {};
  const made = new Promise((resolve) => {
    finish = () => resolve(undefined);
  });
  source.take = () => made.then(() => take.call(source));
  const patience = new AbortController();
  const sending = flow.sendCurrent(source, patience.signal);
  patience.abort();
  assert.equal(await sending, false);
  finish();
  await settle();
  assert.deepEqual(pictures(), [1]);
});

test('what could not be sent is not waited for', async () => {
  const source = new Numbered();
  source.show();
  const flow = new FrameFlow(() => -1, 0);
  const { signal } = new AbortController();
  for (let count = 0; count < 5; count += 1) assert.equal(await flow.sendCurrent(source, signal), false);
});
