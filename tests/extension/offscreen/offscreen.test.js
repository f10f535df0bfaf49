import assert from 'node:assert/strict';
import { mock, test } from 'node:test';

import { request, serve } from '../../../extension/lib/messages.js';
import { installChrome } from '../stand-ins/chrome.js';
import { settle } from '../stand-ins/devices.js';

test('a new document puts right what the toolbar shows of one that crashed, and then tells what changes', async () => {
  mock.timers.enable({ apis: ['setInterval'] });
  installChrome();
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { mediaDevices: new EventTarget() } });
  /** @type {any[]} */
  const looks = [];
  serve('background', { 'status-changed': (look) => void looks.push(look) });
  await import('../../../extension/offscreen/offscreen.js');
  await settle();
  assert.deepEqual(looks, [{ state: 'idle', activity: 'listening', muted: false, paused: false, talk: 'hands-free', held: false }]);
  await request('offscreen', 'toggle-microphone');
  await request('offscreen', 'end');
  await settle();
  assert.equal(looks.length, 1);
  mock.timers.reset();
});
