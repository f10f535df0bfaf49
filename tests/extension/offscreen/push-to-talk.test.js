import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LATEST_MS, PREROLL_MS, PushToTalk, STATES, TAIL_MS } from '../../../extension/offscreen/push-to-talk.js';

const CHUNK_MS = 20;
const BEGAN = 10_000;

/** A microphone that is heard since `BEGAN`. */
function staged() {
  /** What was sent: the time of a chunk and its press, `over` for the end of one. @type {[number|'over', number|undefined][]} */
  const sent = [];
  const presses = new PushToTalk(({ samples, time, press }) => sent.push([samples.length > 0 ? time : 'over', press]));
  let now = BEGAN;
  return {
    presses,
    sent,
    /** All that is captured up to then arrives. @param {number} until */
    hear: (until) => {
      for (; now + CHUNK_MS <= until; now += CHUNK_MS) presses.hear({ samples: new Int16Array(320), time: now });
    },
    /** Times of what was sent of a press: the first, and the end of the last; and whether it is over. @param {number} press */
    span: (press) => {
      const times = sent.filter(([time, of]) => of === press && time !== 'over').map(([time]) => Number(time));
      assert.deepEqual(times, times.map((_, index) => times[0] + CHUNK_MS * index), 'without a gap, in order');
      return [times[0], Number(times.at(-1)) + CHUNK_MS, sent.some(([time, of]) => of === press && time === 'over')];
    },
  };
}

test('every state knows what to make of every event', () => {
  for (const [state, row] of Object.entries(STATES)) {
    assert.deepEqual(Object.keys(row), ['press', 'release', 'cut'], state);
    for (const next of Object.values(row)) assert.ok(Object.hasOwn(STATES, next));
  }
});

test('nothing leaves while nobody presses', () => {
  const { presses, sent, hear } = staged();
  hear(BEGAN + 60_000);
  assert.deepEqual([sent, presses.isHeld], [[], false]);
});

test('a press is heard from before it until after its release, and then it is over', () => {
  const { presses, sent, hear, span } = staged();
  hear(BEGAN + 1000);
  presses.press(BEGAN + 1000);
  assert.equal(presses.isHeld, true);
  hear(BEGAN + 1500);
  presses.release(BEGAN + 1510);
  assert.equal(presses.isHeld, false);
  hear(BEGAN + 5000);
  assert.deepEqual(span(1), [BEGAN + 1000 - PREROLL_MS, BEGAN + 1520 + TAIL_MS, true]);
  assert.deepEqual(sent.at(-1), ['over', 1]);
});

test('what counts is when a chunk was captured, not when it arrives', () => {
  const late = staged();
  late.hear(BEGAN + 600);
  late.presses.press(BEGAN + 1000);
  late.presses.release(BEGAN + 1300);
  assert.deepEqual(late.sent, [], 'what belongs to it is still on its way');
  late.hear(BEGAN + 3000);
  assert.deepEqual(late.span(1), [BEGAN + 1000 - PREROLL_MS, BEGAN + 1300 + TAIL_MS, true]);
});

test('a press and a release that are told of late are when they were', () => {
  const { presses, hear, span } = staged();
  hear(BEGAN + 3000);
  presses.press(BEGAN + 3000 - LATEST_MS);
  assert.deepEqual(span(1), [BEGAN + 3000 - LATEST_MS - PREROLL_MS, BEGAN + 3000, false]);
  presses.release(BEGAN + 2000);
  assert.equal(span(1)[2], true);
  hear(BEGAN + 4000);
  assert.equal(span(1)[1], BEGAN + 3000, 'what was sent was sent, and nothing follows');
});

test('pressed again before the tail is over, it is one press without a gap', () => {
  const { presses, sent, hear, span } = staged();
  hear(BEGAN + 1000);
  presses.press(BEGAN + 1000);
  hear(BEGAN + 1200);
  presses.release(BEGAN + 1200);
  hear(BEGAN + 1300);
  assert.equal(presses.press(BEGAN + 1300), true);
  hear(BEGAN + 2000);
  presses.release(BEGAN + 2000);
  hear(BEGAN + 4000);
  assert.deepEqual(span(1), [BEGAN + 1000 - PREROLL_MS, BEGAN + 2000 + TAIL_MS, true]);
  assert.equal(sent.filter(([time]) => time === 'over').length, 1);
});

test('pressed again just after it, nothing is told twice', () => {
  const { presses, hear, span } = staged();
  hear(BEGAN + 1000);
  presses.press(BEGAN + 1000);
  presses.release(BEGAN + 1200);
  hear(BEGAN + 1560);
  presses.press(BEGAN + 1560);
  hear(BEGAN + 2000);
  assert.deepEqual(span(1), [BEGAN + 1000 - PREROLL_MS, BEGAN + 1200 + TAIL_MS, true]);
  assert.deepEqual(span(2), [BEGAN + 1200 + TAIL_MS, BEGAN + 2000, false]);
});

test('released before it was pressed, or twice, nothing begins', () => {
  const { presses, sent, hear } = staged();
  hear(BEGAN + 500);
  presses.release(BEGAN + 500);
  presses.release(BEGAN + 600);
  hear(BEGAN + 2000);
  assert.deepEqual(sent, []);
});

test('pressed and released before the microphone gives anything, it is no press', () => {
  const { presses, sent, hear } = staged();
  presses.press(BEGAN - 3000);
  presses.release(BEGAN - 2000);
  hear(BEGAN + 1000);
  presses.press(BEGAN + 1000);
  assert.deepEqual([...new Set(sent.map(([, press]) => press))], [1]);
  assert.equal(sent[0][0], BEGAN + 1000 - PREROLL_MS);
});

test('pressed before the microphone gives anything, it is heard from its first sound on', () => {
  const { presses, hear, span } = staged();
  presses.press(BEGAN - 3000);
  hear(BEGAN + 400);
  assert.deepEqual(span(1), [BEGAN, BEGAN + 400, false]);
});

test('pressed while it is held changes nothing', () => {
  const { presses, hear, span } = staged();
  hear(BEGAN + 1000);
  assert.equal(presses.press(BEGAN + 1000), true);
  hear(BEGAN + 1100);
  assert.equal(presses.press(BEGAN + 1100), false);
  hear(BEGAN + 1200);
  assert.deepEqual(span(1), [BEGAN + 1000 - PREROLL_MS, BEGAN + 1200, false]);
});

for (const [when, act] of /** @type {[string, (presses: PushToTalk) => void][]} */ ([
  ['held', () => {}],
  ['in its tail', (presses) => presses.release(BEGAN + 1200)],
])) {
  test(`the microphone taken away while it is ${when} ends it at once, and needs another press`, () => {
    const { presses, sent, hear } = staged();
    hear(BEGAN + 1000);
    presses.press(BEGAN + 1000);
    hear(BEGAN + 1200);
    act(presses);
    presses.cut();
    assert.deepEqual([sent.at(-1), presses.isHeld], [['over', 1], false]);
    const count = sent.length;
    hear(BEGAN + 3000);
    presses.release(BEGAN + 3000);
    presses.cut();
    assert.equal(sent.length, count);
  });
}

test('what was heard before the microphone was taken away is not part of the next press', () => {
  const { presses, sent, hear } = staged();
  hear(BEGAN + 1000);
  presses.cut();
  presses.press(BEGAN + 1000);
  hear(BEGAN + 1100);
  assert.equal(sent[0][0], BEGAN + 1000);
});

test('presses are counted from 1, and round', () => {
  const { presses, sent, hear } = staged();
  for (let press = 0; press < 65_536; press += 1) {
    const moment = BEGAN + 1000 * (press + 1);
    presses.press(moment);
    hear(moment + 40);
    presses.cut();
  }
  assert.deepEqual([sent[0][1], sent.at(-1)?.[1], sent.some(([, press]) => press === 65_535)], [1, 1, true]);
});
