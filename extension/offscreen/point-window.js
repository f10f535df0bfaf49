/** The window in which the person points at a part of a picture. */

import { isBox } from '../lib/box.js';
import { isOurs, request } from '../lib/messages.js';

/** How long the window may take to come. */
const OPENS_MS = 10_000;

/**
 * @param {import('./frames.js').Jpeg} picture
 * @param {AbortSignal} signal closes it
 * @returns {Promise<import('../lib/box.js').Box|null>} in fractions of the picture; null when they left
 */
export async function askInWindow({ bytes, width, height }, signal) {
  const url = URL.createObjectURL(new Blob([bytes], { type: 'image/jpeg' }));
  /** @type {PromiseWithResolvers<chrome.runtime.Port|null>} */
  const opened = Promise.withResolvers();
  const onConnect = (/** @type {chrome.runtime.Port} */ port) => {
    if (port.name === 'point' && port.sender && isOurs(port.sender)) opened.resolve(port);
  };
  chrome.runtime.onConnect.addListener(onConnect);
  const patience = setTimeout(opened.resolve, OPENS_MS, null);
  try {
    await request('background', 'open-point-window', { width, height });
    const port = await opened.promise;
    return port && (await answerOf(port, { url, width, height }, signal));
  } finally {
    clearTimeout(patience);
    chrome.runtime.onConnect.removeListener(onConnect);
    URL.revokeObjectURL(url);
  }
}

/** @param {chrome.runtime.Port} port @param {object} picture @param {AbortSignal} signal */
function answerOf(port, picture, signal) {
  return new Promise((resolve) => {
    const settle = (/** @type {unknown} */ box) => {
      resolve(isBox(box) ? box : null);
      port.disconnect();
    };
    port.onMessage.addListener(settle);
    port.onDisconnect.addListener(() => resolve(null));
    signal.addEventListener('abort', () => settle(null), { once: true });
    if (signal.aborted) settle(null);
    else port.postMessage(picture);
  });
}
