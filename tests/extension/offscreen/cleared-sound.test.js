import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ClearedSound } from '../../../extension/offscreen/cleared-sound.js';
import { TabSound, settle } from '../stand-ins/devices.js';

/** @param {(count: number) => Promise<number>} clearSince asked for the first, second, ... time */
function staged(clearSince) {
  /** @type {number[]} */
  const heard = [];
  let asked = 0;
  /** @type {TabSound|null} */
  let tab = null;
  const page = { clearSince: () => clearSince(asked++) };
  const open = (/** @type {any} */ onChunk) => /** @type {any} */ ((tab = new TabSound(onChunk)));
  const sound = new ClearedSound(open, page, ({ time }) => heard.push(time));
  const play = async (/** @type {number} */ from, /** @type {number} */ to) => {
    for (let time = from; time < to; time += 20) /** @type {TabSound} */ (/** @type {unknown} */ (tab)).sound(1, time);
    await settle();
  };
  return { sound, heard, play, tab: () => /** @type {TabSound} */ (/** @type {unknown} */ (tab)), asked: () => asked };
}

test('what sounded is held until its page was found clear after that, and comes in its order', async () => {
  const { heard, play } = staged(async () => 0);
  await play(0, 380);
  assert.deepEqual(heard, []);
  await play(380, 420);
  assert.deepEqual(heard, Array.from({ length: 21 }, (_, index) => index * 20));
});

test('of a page that is not clear nothing comes, not later either', async () => {
  const { heard, play } = staged(async (count) => (count === 0 ? Infinity : 0));
  await play(0, 420);
  await play(420, 860);
  assert.equal(Math.min(...heard), 420);
});

test('what came before the page was found clear is thrown away', async () => {
  const { heard, play } = staged(async () => 200);
  await play(0, 420);
  assert.equal(Math.min(...heard), 200);
});

test('while the browser is being asked nothing more is asked, and what sounds meanwhile is held', async () => {
  /** @type {(since: number) => void} */
  let answer = () => {};
  const { heard, play, asked } = staged(() => new Promise((resolve) => { answer = resolve; }));
  await play(0, 2000);
  assert.deepEqual([heard, asked()], [[], 1]);
  answer(0);
  await play(2000, 2020);
  assert.equal(Math.max(...heard), 400, 'what came after the question waits for the next');
});

test('a browser that does not answer does not fill the memory', async () => {
  /** @type {((since: number) => void)[]} */
  const answers = [];
  const { heard, play } = staged(() => new Promise((resolve) => { answers.push(resolve); }));
  await play(0, 60_000);
  answers[0](Infinity);
  await settle();
  await play(60_000, 60_020);
  answers[1](0);
  await settle();
  assert.equal(heard.length, 250);
});

test('closed, nothing comes of what was held', async () => {
  /** @type {(since: number) => void} */
  let answer = () => {};
  const { sound, heard, play, tab } = staged(() => new Promise((resolve) => { answer = resolve; }));
  await play(0, 420);
  sound.close();
  answer(0);
  await settle();
  assert.deepEqual([heard, tab().open], [[], false]);
});
