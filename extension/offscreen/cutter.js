/** A part of a picture, in the picture's own pixels. */

/**
 * @param {import('./frames.js').Jpeg} picture
 * @param {import('../lib/box.js').Box} box in fractions of it
 * @returns {Promise<import('./frames.js').Jpeg|null>} null where it cannot be cut
 */
export async function cut({ bytes, time }, box) {
  const worker = new Worker(new URL('workers/cut-worker.js', import.meta.url), { type: 'module' });
  try {
    const { promise, resolve } = Promise.withResolvers();
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = () => resolve(null);
    worker.postMessage({ bytes, box });
    const part = await promise;
    return part && { bytes: new Uint8Array(part.bytes), width: part.width, height: part.height, time };
  } finally {
    worker.terminate();
  }
}
