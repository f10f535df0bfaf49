import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

import { Bell } from '../../../extension/offscreen/bell.js';
import { ClearedFrames } from '../../../extension/offscreen/cleared-frames.js';

/** @typedef {import('../../../extension/background/page-guard.js').Verdict} Verdict */

const CLEAR = { finding: /** @type {const} */ ('clear'), page: 'one', past: 'nothing', blockedAt: 0, covered: true, title: '', host: '' };
const BANK = { ...CLEAR, finding: /** @type {const} */ ('blocked'), page: 'bank', past: 'a bank' };

/** A source that shows whatever page the browser has. */
class Source {
  size = { width: 4, height: 3 };
  renewals = 0;
  /** Nothing on the page moves. */
  still = false;
  open = true;
  /** @type {{of: string, time: number}|null} */
  #last = null;
  #fresh = true;
  #bell = new Bell();

  /** @param {{page: Verdict}} browser */
  constructor(browser) {
    this.browser = browser;
  }

  async whenFresh(/** @type {AbortSignal} */ signal) {
    while (!this.#fresh && !signal.aborted) await this.#bell.wait(signal);
  }

  look() {
    return { grade: /** @type {const} */ ('none'), movedAt: 0 };
  }

  async takePart() {
    return this.take();
  }

  async take() {
    if (this.#fresh || !this.still) this.#last = { of: this.browser.page.page, time: Date.now() };
    this.#fresh = false;
    return /** @type {any} */ (this.#last);
  }

  renew() {
    this.renewals += 1;
    this.#fresh = true;
    this.#bell.ring();
  }


  close() {
    this.open = false;
  }
}

function staged({ first = /** @type {Verdict} */ (CLEAR) } = {}) {
  const browser = { page: /** @type {Verdict} */ (first), asked: 0 };
  const source = new Source(browser);
  /** @type {string[]} */
  const told = [];
  const frames = new ClearedFrames(/** @type {any} */ (source), {
    first,
    judge: async () => {
      browser.asked += 1;
      const verdict = browser.page;
      await null;
      return verdict;
    },
    onChange: () => told.push(frames.finding),
    onClosed: () => told.push('closed'),
  });
  return { browser, source, frames, told };
}

const rest = async () => {
  for (let count = 0; count < 20; count += 1) await null;
};

/** A picture that may have to wait until the page has been on the screen. @param {ClearedFrames} frames */
async function taken(frames) {
  const taking = frames.take();
  await rest();
  mock.timers.tick(100);
  return /** @type {any} */ (await taking);
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
});

test('a picture of a page that was clear before and is still the same one is handed out', async () => {
  const { frames, source } = staged();
  assert.equal(/** @type {any} */ (await frames.take()).of, 'one');
  assert.equal(source.renewals, 0);
});

test('T23 a picture that was taken before the page was found clear is thrown away, and another asked for', async () => {
  const { browser, frames, source } = staged();
  mock.timers.tick(10);
  const taking = frames.take();
  mock.timers.tick(1);
  browser.page = { ...CLEAR, page: 'two' };
  assert.equal(await taking, null);
  assert.equal(source.renewals, 1);
  assert.equal((await taken(frames)).of, 'two');
});

test('what was found clear ahead is handed out without asking again, once', async () => {
  const { browser, frames, source } = staged();
  source.still = true;
  await frames.takeAhead();
  assert.equal(/** @type {any} */ (await frames.take()).of, 'one');
  assert.equal(browser.asked, 1);
  await frames.take();
  assert.equal(browser.asked, 2);
});

test('T23 what was found clear ahead is not handed out once another page is known', async () => {
  const { browser, frames, source } = staged();
  source.still = true;
  await frames.takeAhead();
  browser.page = BANK;
  await frames.check();
  assert.equal(await frames.take(), null);
});

test('T23 of a blocked page there is no picture, and it is told at once', async () => {
  const { browser, frames, told } = staged();
  browser.page = BANK;
  assert.equal(await frames.take(), null);
  assert.deepEqual(told, ['blocked']);
  let fresh = false;
  frames.whenFresh(new AbortController().signal).then(() => {
    fresh = true;
  });
  await rest();
  assert.equal(fresh, false, 'nobody takes pictures to throw them away');
});

test('T23 after a blocked page it waits until the browser cannot show that any more, then goes on by itself', async () => {
  const { browser, frames, source, told } = staged();
  browser.page = BANK;
  await frames.check();
  browser.page = { ...CLEAR, page: 'two', past: 'a bank' };
  mock.timers.tick(1000);
  await rest();
  for (let waited = 0; waited < 4900; waited += 100) {
    assert.equal(await frames.take(), null);
    mock.timers.tick(100);
  }
  assert.deepEqual(told, ['blocked']);
  mock.timers.tick(200);
  await rest();
  assert.deepEqual(told, ['blocked', 'clear']);
  assert.ok(source.renewals > 0);
  assert.equal(/** @type {any} */ (await frames.take()).of, 'two');
});

test('T23 a blocked page that came and went unseen is waited for as well', async () => {
  const { browser, frames } = staged();
  browser.page = { ...CLEAR, page: 'three', past: 'a bank' };
  await frames.check();
  mock.timers.tick(3000);
  assert.equal(await frames.take(), null);
  mock.timers.tick(2100);
  await rest();
  assert.ok(await frames.take());
});

test('T23 when nobody can say what the page is, it counts as blocked', async () => {
  const { source } = staged();
  let answers = false;
  const frames = new ClearedFrames(/** @type {any} */ (source), {
    first: CLEAR,
    judge: () => (answers ? Promise.resolve(CLEAR) : Promise.reject(new Error('the worker has gone'))),
    onChange: () => {},
    onClosed: () => {},
  });
  assert.equal(await frames.take(), null);
  assert.equal(frames.finding, 'blocked');
  answers = true;
  mock.timers.tick(1000);
  await rest();
  mock.timers.tick(5100);
  await rest();
  assert.ok(await frames.take());
});

test('T23 answers that come in another order than they were asked for: the one asked for last holds', async () => {
  const { source } = staged();
  /** @type {((verdict: Verdict) => void)[]} */
  const answer = [];
  const frames = new ClearedFrames(/** @type {any} */ (source), {
    first: CLEAR,
    judge: () => new Promise((resolve) => void answer.push(resolve)),
    onChange: () => {},
    onClosed: () => {},
  });
  const early = frames.check();
  const taking = frames.take();
  await rest();
  answer[1](BANK);
  answer[0](CLEAR);
  await early;
  assert.deepEqual([await taking, frames.finding], [null, 'blocked']);
});

test('a part of a page is a picture of it', async () => {
  const { browser, frames } = staged();
  const box = { x: 0, y: 0, width: 1, height: 1 };
  assert.ok(await frames.takePart(box));
  browser.page = BANK;
  assert.equal(await frames.takePart(box), null);
});

test('after one was thrown away the next is wanted, though nothing has changed since', async () => {
  const { browser, frames } = staged();
  assert.equal(frames.look().grade, 'none');
  mock.timers.tick(10);
  const taking = frames.take();
  mock.timers.tick(1);
  browser.page = { ...CLEAR, page: 'two' };
  await taking;
  assert.equal(frames.look().grade, 'large');
  await taken(frames);
  assert.equal(frames.look().grade, 'none');
});

test('a page that crashed is told as that', async () => {
  const { browser, frames, told } = staged();
  browser.page = { ...CLEAR, finding: 'gone' };
  await frames.check();
  assert.deepEqual(told, ['gone']);
});

test('closed while it asks, it hands out nothing and asks no more', async () => {
  const { browser, frames, source, told } = staged();
  const taking = frames.take();
  browser.page = BANK;
  frames.close();
  assert.equal(await taking, null);
  mock.timers.tick(10_000);
  await rest();
  assert.deepEqual([told, source.open], [['closed'], false]);
});

test('T23 property: whatever the page does and whenever, no picture of a bank is handed out', async () => {
  let seed = 7;
  const pick = (/** @type {number} */ below) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  let handed = 0;
  for (let round = 0; round < 300; round += 1) {
    const { browser, frames, source } = staged();
    let sightings = 0;
    // The screen is up to four seconds behind the browser.
    let screen = 'one';
    let shows = 0;
    source.take = async () => /** @type {any} */ ({ of: screen, time: Date.now() });
    for (let step = 0; step < 60; step += 1) {
      const act = pick(8);
      if (act === 0) {
        sightings += 1;
        browser.page = { ...BANK, past: String(sightings) };
        if (pick(2)) screen = 'bank';
        shows = Date.now() + pick(4000);
      } else if (act === 1) {
        if (screen !== 'bank' && browser.page.page === 'bank' && pick(2)) screen = 'bank';
        browser.page = { ...CLEAR, page: `page ${step}`, past: String(sightings) };
        shows = Date.now() + pick(4000);
      } else if (act === 2) {
        await frames.check();
      } else {
        const picture = await taken(frames);
        if (picture) handed += 1;
        assert.notEqual(picture?.of, 'bank');
      }
      mock.timers.tick(pick(900));
      await rest();
      if (Date.now() >= shows) screen = browser.page.page;
    }
    frames.close();
  }
  assert.ok(handed > 500, `${handed}`);
});

test('T23 begun on a blocked page, nothing is handed out before another has been there long enough', async () => {
  const { browser, frames, told } = staged({ first: BANK });
  assert.equal(frames.finding, 'blocked');
  assert.equal(await frames.take(), null);
  browser.page = { ...CLEAR, past: BANK.past };
  for (let second = 0; second < 5; second += 1) {
    mock.timers.tick(1000);
    await rest();
    assert.equal(await frames.take(), null, `${second}`);
  }
  mock.timers.tick(1000);
  await rest();
  assert.equal((await taken(frames)).of, 'one');
  assert.deepEqual(told, ['clear']);
  frames.close();
});

test('T23 begun where a blocked page was a moment ago, it waits as long as that may still be on the screen', async () => {
  const { frames, told } = staged({ first: { ...CLEAR, blockedAt: 1_000_000 - 3000 } });
  assert.equal(frames.finding, 'clear');
  mock.timers.tick(1000);
  await rest();
  assert.equal(await frames.take(), null);
  mock.timers.tick(1000);
  await rest();
  assert.equal((await taken(frames)).of, 'one');
  assert.deepEqual(told, []);
  frames.close();
});
