/** Whether what the microphone heard is our own voice out of the speaker; beside all else, for it takes a tenth of a second. */

/**
 * @typedef {{audible: number, ours: number}} Echo pieces of 20 ms of what was heard: that can be heard, and of those our own
 *
 * @param {Int16Array} heard 16 kHz mono, up to now; its buffer is given away
 * @param {Int16Array} played 24 kHz mono, up to now; its buffer is given away
 * @returns {Promise<Echo|null>} null where that cannot be told
 */
export async function findEcho(heard, played) {
  const worker = new Worker(new URL('workers/echo-worker.js', import.meta.url), { type: 'module' });
  try {
    const { promise, resolve } = Promise.withResolvers();
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = () => resolve(null);
    worker.postMessage({ heard, played }, [heard.buffer, played.buffer]);
    return await promise;
  } finally {
    worker.terminate();
  }
}
