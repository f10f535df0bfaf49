import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SelfTalk } from '../../../extension/offscreen/self-talk.js';
import { echoIn } from '../../../extension/offscreen/workers/likeness.js';
import { s16, voice } from '../stand-ins/voice.js';

const HZ = 48000;
const OURS = voice(1, HZ, 4);
const PERSON = voice(8, HZ, 4);
const PLAYED = s16(OURS, 24000);
const CHUNK = 320;
const TURN = 3;

/** @param {typeof echoIn} [find] */
function talk(find = echoIn) {
  return new SelfTalk(async (heard, played) => find(heard, played));
}

/**
 * An answer of four seconds, heard up to three, while the microphone hears this of the last two; then Gemini is interrupted.
 * @param {SelfTalk} self @param {Float64Array} heard at 48 kHz, four seconds @param {number} time
 */
function interrupt(self, heard, time) {
  for (let from = 0; from < PLAYED.length; from += 2400) self.give(TURN, PLAYED.subarray(from, from + 2400));
  const microphone = s16(heard, 16000);
  for (let from = 0; from < 3 * 16000; from += CHUNK) {
    self.follow({ turn: TURN, heard: from * 1.5 });
    self.hear({ samples: microphone.slice(from, from + CHUNK), time: time - 3000 + from / 16 });
  }
  return self.interrupt({ turn: TURN, heard: 3 * 24000 }, time);
}

/** It comes back 0.2 s later. */
const ECHO = OURS.map((_, index) => (index < 9600 ? 0 : OURS[index - 9600] * 0.2));

test('interrupted twice by its own voice it talks to itself; once may be a chance', async () => {
  const self = talk();
  assert.equal(await interrupt(self, ECHO, 0), false);
  assert.equal(await interrupt(self, ECHO, 59_000), true);
  assert.equal(await interrupt(self, ECHO, 120_000), false);
});

test('a person who interrupts is no echo, though some of it be heard, too', async () => {
  const self = talk();
  const both = PERSON.map((sample, index) => sample + 0.1 * ECHO[index]);
  for (const time of [0, 5000, 10_000]) assert.equal(await interrupt(self, both, time), false);
});

test('what the microphone heard before the answer began is not laid beside it', async () => {
  /** @type {Int16Array[]} */
  const asked = [];
  const self = talk((heard) => {
    asked.push(heard);
    return { audible: 0, ours: 0 };
  });
  self.give(TURN, PLAYED.subarray(0, 24000));
  for (let time = 0; time < 2000; time += 20) self.hear({ samples: new Int16Array(CHUNK).fill(time + 1), time });
  await self.interrupt({ turn: TURN, heard: 12000 }, 2000);
  assert.deepEqual([asked[0].length, asked[0][0]], [8000, 1501]);
});

test('interrupted for no reason that could be heard it does not talk to itself, and nothing is compared', async () => {
  let compared = 0;
  const self = talk((heard, played) => {
    compared += 1;
    return echoIn(heard, played);
  });
  for (const time of [0, 5000]) assert.equal(await interrupt(self, OURS.map(() => 0), time), false);
  assert.equal(compared, 0);
});

test('what comes from a speaker that was silenced before is nobody', async () => {
  const self = talk();
  self.give(TURN, PLAYED);
  self.forget();
  self.hear({ samples: s16(ECHO, 16000).slice(16000, 48000), time: 0 });
  assert.equal(await self.interrupt({ turn: -1, heard: 0 }, 0), false);
  self.give(TURN, PLAYED.subarray(0, 100));
  assert.equal(await self.interrupt({ turn: TURN, heard: 100 }, 0), false);
});

test('of an answer that is played only the end is compared, wherever its pieces begin', async () => {
  /** @type {{heard: Int16Array, played: Int16Array}[]} */
  const asked = [];
  const self = talk((heard, played) => {
    asked.push({ heard, played });
    return { audible: 0, ours: 0 };
  });
  const samples = Int16Array.from({ length: 8 * 24000 }, (_, index) => 1 + (index % 30000));
  for (let from = 0; from < samples.length; from += 1000) self.give(TURN, samples.subarray(from, from + 1000));
  for (let time = 0; time < 4000; time += 20) self.hear({ samples: new Int16Array(CHUNK).fill(time + 1), time });
  const heard = 5 * 24000 + 123;
  self.follow({ turn: TURN, heard: heard - 700 });
  await self.interrupt({ turn: TURN, heard }, 4000);
  assert.deepEqual(asked[0].played, samples.slice(heard - 3 * 24000, heard));
  assert.deepEqual([asked[0].heard.length, asked[0].heard[0], asked[0].heard.at(-1)], [32000, 2001, 3981]);
});

test('of an answer that is ever so long the newest two minutes wait, and what is unknown is silence', async () => {
  /** @type {Int16Array[]} */
  const asked = [];
  const self = talk((_, played) => {
    asked.push(played);
    return { audible: 0, ours: 0 };
  });
  for (let second = 0; second < 123; second += 1) self.give(TURN, new Int16Array(24000).fill(second + 1));
  self.hear({ samples: new Int16Array(CHUNK).fill(1000), time: 0 });
  await self.interrupt({ turn: TURN, heard: 5 * 24000 }, 0);
  assert.deepEqual([asked[0][0], asked[0][24000], asked[0][48000]], [0, 4, 5]);
});
