import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OffscreenDocument } from '../../../extension/background/offscreen-document.js';
import { installChrome } from '../stand-ins/chrome.js';

/** A browser that allows one document, as the real one does. */
function browser() {
  const { chrome } = installChrome();
  const state = { documents: 0, created: 0 };
  Object.assign(chrome.runtime, { getContexts: async () => Array(state.documents).fill({}) });
  Object.assign(chrome, {
    offscreen: {
      createDocument: async () => {
        state.created += 1;
        await new Promise(setImmediate);
        if (state.documents > 0) throw new Error('Only a single offscreen document may be created.');
        state.documents += 1;
      },
      closeDocument: async () => {
        await new Promise(setImmediate);
        state.documents -= 1;
      },
    },
  });
  return state;
}

test('all that need it at once create one', async () => {
  const state = browser();
  const document = new OffscreenDocument();
  await Promise.all([document.ensure(), document.ensure(), document.ensure()]);
  await document.ensure();
  assert.deepEqual(state, { documents: 1, created: 1 });
});

test('F20 a service worker that was started anew finds the one there is', async () => {
  const state = browser();
  await new OffscreenDocument().ensure();
  await new OffscreenDocument().ensure();
  assert.equal(state.created, 1);
});

test('one that has closed itself is created again', async () => {
  const state = browser();
  const document = new OffscreenDocument();
  await document.ensure();
  state.documents = 0;
  assert.equal(await document.exists(), false);
  await document.ensure();
  assert.equal(state.created, 2);
});

test('another takes its place, and whoever needs one meanwhile gets that', async () => {
  const state = browser();
  const document = new OffscreenDocument();
  await document.ensure();
  const renewing = document.renew();
  await document.ensure();
  assert.deepEqual(state, { documents: 1, created: 2 });
  await renewing;
});

test('after a failure the next attempt is a new one', async () => {
  const state = browser();
  const document = new OffscreenDocument();
  const { createDocument } = chrome.offscreen;
  chrome.offscreen.createDocument = () => Promise.reject(new Error('not now'));
  await assert.rejects(document.ensure());
  chrome.offscreen.createDocument = createDocument;
  await document.ensure();
  assert.equal(state.documents, 1);
});
