import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { Veils } from '../../../extension/background/veils.js';
import { installChrome } from '../stand-ins/chrome.js';
import { settle } from '../stand-ins/devices.js';

/**
 * A browser whose documents take a style sheet on and off in the order it is asked to, each when `pass` lets it.
 * `covered` are those that have it.
 */
class Pages {
  /** @type {Set<string>} */
  covered = new Set();
  /** @type {{id: string, act: () => void}[]} */
  #waiting = [];
  held = false;

  insertCSS = (/** @type {any} */ { target }) => this.#do(target.documentIds[0], (id) => this.covered.add(id));
  removeCSS = (/** @type {any} */ { target }) => this.#do(target.documentIds[0], (id) => this.covered.delete(id));
  executeScript = async () => {};

  /** What waits is done. @param {string} [only] in this document */
  pass(only) {
    const passing = this.#waiting.filter(({ id }) => only === undefined || id === only);
    this.#waiting = this.#waiting.filter((each) => !passing.includes(each));
    for (const { act } of passing) act();
  }

  /** @param {string} id @param {(id: string) => void} change @returns {Promise<void>} */
  #do(id, change) {
    return new Promise((resolve) => {
      const act = () => {
        change(id);
        resolve();
      };
      if (this.held) this.#waiting.push({ id, act });
      else act();
    });
  }
}

/** @type {Pages} */
let pages;
beforeEach(() => {
  pages = new Pages();
  Object.assign(installChrome().chrome, { scripting: pages });
});

test('what is put on is on every document, and lifted it is on none', async () => {
  const veils = new Veils();
  assert.equal((await veils.put(7, ['main', 'frame'])).covered, true);
  assert.deepEqual([...pages.covered], ['main', 'frame']);
  await veils.lift(7);
  assert.deepEqual([...pages.covered], []);
});

test('put on again while it is being taken off, it is on all of them in the end', async () => {
  const veils = new Veils();
  await veils.put(7, ['main', 'frame', 'another']);
  pages.held = true;
  const lifted = veils.lift(7);
  const put = veils.put(7, ['main', 'frame', 'another']);
  for (const id of ['main', 'another', 'frame', 'another', 'main', 'frame']) {
    await settle();
    pages.pass(id);
  }
  pages.held = false;
  pages.pass();
  await settle();
  pages.pass();
  await Promise.all([lifted, put]);
  assert.deepEqual([...pages.covered].sort(), ['another', 'frame', 'main']);
});

test('lifted while it is being put on, it is on none in the end, however often', async () => {
  const veils = new Veils();
  pages.held = true;
  const all = [veils.put(7, ['main', 'frame']), veils.lift(7), veils.put(7, ['main', 'frame']), veils.lift(7)];
  for (let step = 0; step < 10; step += 1) {
    await settle();
    pages.pass();
  }
  await Promise.all(all);
  assert.deepEqual([...pages.covered], []);
});

test('a page that was covered again is not taken for the one from before', async () => {
  const veils = new Veils();
  const { count } = await veils.put(7, ['main']);
  await veils.lift(7);
  assert.notEqual((await veils.put(7, ['main'])).count, count);
});

test('one tab does not wait for another', async () => {
  const veils = new Veils();
  await veils.put(7, ['main']);
  pages.held = true;
  const lifted = veils.lift(7);
  pages.held = false;
  assert.equal((await veils.put(8, ['other'])).covered, true);
  pages.pass();
  await lifted;
});
