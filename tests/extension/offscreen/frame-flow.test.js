import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';

import { Bell } from '../../../extension/offscreen/bell.js';
import { FrameFlow, MAX_UNACKNOWLEDGED, PACES, dueAt } from '../../../extension/offscreen/frame-flow.js';
import { settle } from '../stand-ins/devices.js';

/** @typedef {import('../../../extension/offscreen/frames.js').Grade} Grade */

const STEP_MS = 10;
let clock = 0;

beforeEach(() => {
  clock = 0;
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 0 });
});
afterEach(() => mock.timers.reset());

/** Time passes. @param {number} ms @param {() => void} [each] before every step */
async function pass(ms, each = () => {}) {
  for (const end = clock + ms; clock < end;) {
    each();
    clock += STEP_MS;
    mock.timers.tick(STEP_MS);
    for (let count = 0; count < 4; count += 1) await new Promise(setImmediate);
  }
}

/** A source of numbered pictures that behaves as `Frames` does. */
class Numbered {
  #count = 0;
  #fresh = false;
  #bell = new Bell();
  /** @type {{grade: Grade, movedAt: number}} */
  #look = { grade: 'none', movedAt: -Infinity };
  #time = 0;
  renewals = 0;

  /** @param {Grade} grade */
  show(grade = 'large', moving = grade === 'large') {
    if (grade !== 'none') this.#count += 1;
    this.#come(grade, moving);
  }

  /** @param {Grade} grade @param {boolean} moving */
  #come(grade, moving) {
    this.#look = { grade, movedAt: moving ? clock : this.#look.movedAt };
    this.#time = Date.now();
    this.#fresh = true;
    this.#bell.ring();
  }

  look() {
    this.#fresh = false;
    return this.#look;
  }

  renew() {
    this.renewals += 1;
    this.#fresh = false;
    if (this.#count > 0) setTimeout(() => this.#come(this.#look.grade, false), STEP_MS);
  }

  /** @param {AbortSignal} signal */
  async whenFresh(signal) {
    if (!this.#fresh) await this.#bell.wait(signal);
  }

  async take() {
    await undefined;
    this.#fresh = false;
    if (this.#count === 0) return null;
    this.#look = { ...this.#look, grade: 'none' };
    return { bytes: new Uint8Array([this.#count]), width: 2, height: 2, time: this.#time };
  }
}

function staged({ acknowledges = true } = {}) {
  /** @type {{picture: number, at: number, time: number}[]} */
  const sent = [];
  const flow = new FrameFlow(
    ({ bytes, time }) => {
      const sequence = sent.push({ picture: bytes[0], at: clock, time }) - 1;
      if (acknowledges) setTimeout(() => flow.acknowledge(sequence), STEP_MS);
      return sequence;
    },
    () => clock,
  );
  const source = new Numbered();
  return { flow, sent, source, pictures: () => sent.map(({ picture }) => picture), times: () => sent.map(({ at }) => at) };
}

const { signal: forEver } = new AbortController();

/** The first picture of a still view has gone, and a minute has not passed since. */
async function begun() {
  const stage = staged();
  stage.source.show();
  stage.flow.run(stage.source);
  await pass(20_000);
  assert.deepEqual(stage.pictures(), [1]);
  return stage;
}

test('when a picture is due, by what has changed', () => {
  /** @type {[Grade, number, number, number, number][]} grade, moved, since, sent, due */
  const table = [
    ['none', -Infinity, 0, 0, 60_000],
    ['none', -Infinity, 500, -Infinity, 500],
    ['faint', -Infinity, 2000, 0, 10_000],
    ['faint', -Infinity, 30_000, 0, 31_500],
    ['small', -Infinity, 2000, 0, 3500],
    ['small', -Infinity, 100, 1500, 2500],
    ['large', 5000, 5000, 0, 5200],
    ['large', 5000, 5000, 4500, 5500],
    ['large', 9000, 5000, 4000, 7000],
  ];
  for (const [grade, movedAt, since, sentAt, due] of table) {
    assert.equal(dueAt({ grade, movedAt }, since, sentAt), due, `${grade}, moved ${movedAt}, since ${since}, sent ${sentAt}`);
  }
});

test('while nothing changes, one picture a minute', async () => {
  const { source, sent, times } = await begun();
  await pass(110_000);
  assert.equal(sent.length, 3);
  assert.ok(times()[2] - times()[1] >= PACES.none.gap);
  assert.ok(source.renewals >= 2, 'of what it looks like then');
  assert.ok(clock - sent[2].time < 20_000);
});

test('what is large goes out as soon as nothing moves any more', async () => {
  const { source, sent } = await begun();
  source.show();
  await pass(500);
  assert.equal(sent.length, 2);
  assert.ok(sent[1].at - 20_000 <= 220, `${sent[1].at - 20_000} ms`);
});

test('a scroll is shown when it has ended, within a second; a video every two', async () => {
  const { source, sent } = await begun();
  const scroll = (/** @type {number} */ ms) => pass(ms, () => clock % 100 === 0 && source.show());
  await scroll(1500);
  assert.equal(sent.length, 1);
  const ended = clock;
  await pass(1000);
  assert.equal(sent.length, 2);
  assert.ok(sent[1].at - ended <= 250);
  await pass(3000);
  await scroll(10_000);
  assert.ok(sent.length >= 6 && sent.length <= 7, `${sent.length - 2} in 10 s`);
});

test('a change that goes back to what it was is none', async () => {
  const { source, sent } = await begun();
  await pass(10_000, () => {
    if (clock % 1000 === 0) source.show('small');
    if (clock % 1000 === 500) source.show('none');
  });
  assert.equal(sent.length, 1);
});

test('what is faint goes once in ten seconds, what is small within two', async () => {
  const { source, sent, times } = await begun();
  await pass(39_000, () => clock % 1000 === 0 && source.show('faint'));
  assert.ok(sent.length >= 4 && sent.length <= 5, String(times()));
  for (let index = 2; index < sent.length; index += 1) assert.ok(times()[index] - times()[index - 1] >= 10_000);
  source.show('none');
  await pass(2000);
  const before = sent.length;
  source.show('small');
  await pass(2000);
  assert.equal(sent.length, before + 1);
});

test('T27 never more than one a second, whatever happens', async () => {
  const { flow, source, sent, times } = staged();
  flow.run(source);
  let seed = 7;
  const chance = (/** @type {number} */ of) => (seed = (seed * 1664525 + 1013904223) >>> 0) % of === 0;
  await pass(30_000, () => {
    if (chance(7)) source.show(/** @type {Grade[]} */ (['none', 'faint', 'small', 'large'])[seed % 4], chance(2));
    if (chance(40)) flow.sendFresh(source, Date.now(), AbortSignal.any([forEver]));
    if (chance(60)) flow.sendCurrent(source, forEver);
  });
  assert.ok(sent.length > 10);
  for (let index = 1; index < sent.length; index += 1) assert.ok(times()[index] - times()[index - 1] >= 1000, String(times()));
});

test('F23 with two that the host has not acknowledged none goes out, and then the newest', async () => {
  const { flow, source, sent, pictures } = staged({ acknowledges: false });
  flow.run(source);
  await pass(12_000, () => clock % 2000 === 0 && source.show());
  assert.equal(sent.length, MAX_UNACKNOWLEDGED);
  flow.acknowledge(0);
  await pass(500);
  assert.deepEqual(pictures(), [1, 2, 6]);
});

test('an acknowledgement stands for those before it, and a new link for all', async () => {
  const { flow, source, pictures } = staged({ acknowledges: false });
  const send = async () => {
    await pass(1000);
    const sending = flow.sendCurrent(source, forEver);
    await pass(100);
    return sending;
  };
  source.show();
  await send();
  await send();
  flow.acknowledge(1);
  await send();
  await send();
  flow.reset();
  assert.equal(await send(), true);
  assert.equal(pictures().length, 5);
});

test('a question takes along what there is to be seen now, even if it was sent before', async () => {
  const { flow, source, sent } = await begun();
  const moment = clock;
  const asking = flow.sendFresh(source, moment, forEver);
  await pass(100);
  assert.equal(await asking, true);
  assert.equal(sent.length, 2);
  assert.ok(sent[1].time >= moment);
});

test('a picture that has just gone is the one that a question needs', async () => {
  const { flow, source, sent } = await begun();
  source.show();
  await pass(300);
  assert.equal(sent.length, 2);
  assert.equal(await flow.sendFresh(source, sent[1].time + 200, forEver), true);
  assert.equal(sent.length, 2);
  const late = flow.sendFresh(source, sent[1].time + 201, forEver);
  await pass(1100);
  assert.equal(await late, true);
  assert.equal(sent.length, 3);
  assert.ok(sent[2].at - sent[1].at >= 1000);
});

test('what is said needs a picture that was taken since it began', async () => {
  const { flow, source, sent } = await begun();
  source.show();
  await pass(300);
  assert.equal(await flow.sendSince(source, sent[1].time, forEver), true);
  assert.equal(sent.length, 2);
  const asking = flow.sendSince(source, sent[1].time + 1, forEver);
  await pass(1100);
  assert.equal(await asking, true);
  assert.equal(sent.length, 3);
});

test('a page that shows no frame again is sent as it was seen last', async () => {
  const { flow, source, sent } = await begun();
  source.renew = () => {};
  const asking = flow.sendFresh(source, clock, forEver);
  await pass(300);
  assert.equal(await asking, true);
  assert.equal(sent.length, 2);
});

test('a source that shows nothing yet is waited for, but not for ever', async () => {
  const { flow, source, pictures } = staged();
  const waiting = flow.sendCurrent(source, forEver);
  await pass(100);
  source.show();
  assert.equal(await waiting, true);
  assert.deepEqual(pictures(), [1]);
  const patience = new AbortController();
  const inVain = flow.sendCurrent(new Numbered(), patience.signal);
  patience.abort();
  assert.equal(await inVain, false);
});

test('after a stop nothing goes out, and another source can run and is shown, however still', async () => {
  const { flow, source, sent, pictures } = await begun();
  flow.stop();
  source.show();
  await pass(3000);
  assert.equal(sent.length, 1);
  const other = new Numbered();
  other.show('large');
  await other.take();
  flow.run(other);
  await pass(100);
  assert.deepEqual(pictures(), [1, 1]);
  flow.run(source);
  await pass(1200);
  assert.deepEqual(pictures(), [1, 1, 2]);
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
  await pass(500);
  assert.deepEqual(pictures(), [1]);
});

test('a picture that could not go, or was withheld, is owed', async () => {
  const { source, sent, pictures } = await begun();
  const { take } = source;
  let withheld = 0;
  source.take = async () => {
    await take.call(source);
    withheld += 1;
    source.renew();
    return null;
  };
  source.show();
  await pass(5000);
  assert.equal(sent.length, 1);
  assert.ok(withheld >= 3 && withheld <= 25, `asked ${withheld} times in 5 s`);
  source.take = take;
  await pass(500);
  assert.deepEqual(pictures(), [1, 2]);
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
  const flow = new FrameFlow(() => -1, () => clock);
  for (let count = 0; count < 5; count += 1) assert.equal(await flow.sendCurrent(source, forEver), false);
});
