import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';

import { badgeOf, showBadge } from '../../../extension/background/badge.js';
import { TRANSITIONS } from '../../../extension/lib/state.js';
import { idleStatus } from '../../../extension/lib/status.js';
import { installChrome } from '../stand-ins/chrome.js';

/** @param {Partial<import('../../../extension/lib/status.js').Status>} change */
const badge = (change) => badgeOf({ ...idleStatus(), ...change });

test('every state has an icon of its own or that of idle, and its words', () => {
  for (const state of /** @type {(keyof typeof TRANSITIONS)[]} */ (Object.keys(TRANSITIONS))) {
    const { icon, title } = badge({ state });
    assert.equal(title, state === 'live' ? 'state_listening' : `state_${state}`);
    for (const size of [16, 32]) {
      assert.ok(existsSync(new URL(`../../../extension/icons/${icon}-${size}.png`, import.meta.url)), icon);
    }
  }
  assert.equal(badge({ state: 'ended' }).icon, 'idle');
});

test('T25 a live conversation shows whether anything is captured', () => {
  assert.deepEqual(badge({ state: 'live', activity: 'speaking' }), { icon: 'live', title: 'state_speaking' });
  assert.deepEqual(badge({ state: 'live', muted: true }), { icon: 'muted', title: 'state_muted' });
  assert.deepEqual(badge({ state: 'live', muted: true, paused: true }), { icon: 'muted', title: 'state_paused' });
});

test('with push-to-talk it shows whether the person is heard', () => {
  const pushing = { state: /** @type {const} */ ('live'), talk: /** @type {const} */ ('push-to-talk') };
  assert.deepEqual(badge(pushing), { icon: 'muted', title: 'state_waiting' });
  assert.deepEqual(badge({ ...pushing, held: true }), { icon: 'live', title: 'state_hearing' });
  assert.deepEqual(badge({ ...pushing, activity: 'speaking' }), { icon: 'live', title: 'state_speaking' });
  assert.deepEqual(badge({ ...pushing, muted: true }), { icon: 'muted', title: 'state_muted' });
});

test('icon and title reach the toolbar', async () => {
  /** @type {any} */
  const shown = {};
  const { chrome } = installChrome();
  Object.assign(chrome, {
    i18n: { getMessage: (/** @type {string} */ key) => (key === 'state_live' ? '' : key) },
    action: {
      setIcon: async (/** @type {any} */ icon) => Object.assign(shown, icon),
      setTitle: async (/** @type {any} */ title) => Object.assign(shown, title),
    },
  });
  await showBadge({ ...idleStatus(), state: 'reconnecting' });
  assert.deepEqual(shown, {
    path: { 16: '/icons/reconnecting-16.png', 32: '/icons/reconnecting-32.png' },
    title: 'Tabtalk - state_reconnecting',
  });
});

test('of two looks in quick succession the toolbar ends with the last, whichever icon loads faster', async () => {
  /** @type {string[]} */
  const shown = [];
  const { chrome } = installChrome();
  Object.assign(chrome, {
    i18n: { getMessage: (/** @type {string} */ key) => key },
    action: {
      setIcon: async (/** @type {any} */ { path }) => {
        if (path[16].includes('starting')) for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
        shown.push(path[16]);
      },
      setTitle: async () => {},
    },
  });
  await Promise.all([showBadge({ ...idleStatus(), state: 'starting' }), showBadge({ ...idleStatus(), state: 'live' })]);
  assert.deepEqual(shown, ['/icons/starting-16.png', '/icons/live-16.png']);
});
