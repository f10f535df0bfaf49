import assert from 'node:assert/strict';
import { test } from 'node:test';

import { serve } from '../../../extension/lib/messages.js';
import { installChrome } from '../stand-ins/chrome.js';
import { settle } from '../stand-ins/devices.js';

test('only a document that is created for a start opens a microphone, and the one that the start wants', async () => {
  installChrome();
  /** @type {object[]} */
  const asked = [];
  const mediaDevices = {
    enumerateDevices: async () => [{ kind: 'audioinput', deviceId: 'b', label: 'Headset' }],
    getUserMedia: async (/** @type {object} */ constraints) => {
      asked.push(constraints);
      throw new DOMException('dismissed', 'NotAllowedError');
    },
  };
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { mediaDevices } });
  /** @type {object|null} */
  let wanted = null;
  serve('background', { 'wanted-microphone': () => wanted });
  const entry = '../../../extension/offscreen/ahead.js';
  await import(entry);
  await settle();
  assert.deepEqual(asked, []);
  wanted = { id: 'b', label: 'Headset' };
  await import(`${entry}?another`);
  await settle();
  const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: false, channelCount: 1, deviceId: { exact: 'b' } };
  assert.deepEqual(asked, [{ audio }]);
});
