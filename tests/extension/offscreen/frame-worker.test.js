import assert from 'node:assert/strict';
import { mock, test } from 'node:test';

import { settle } from '../stand-ins/devices.js';

test('a frame that cannot be encoded is answered and let go, and the next one comes', async () => {
  mock.method(console, 'error', () => {});
  /** @type {(event: {data: any}) => void} */
  let tell = () => {};
  /** @type {any[]} */
  const told = [];
  let broken = true;
  class OffscreenCanvas {
    width = 1;
    height = 1;

    getContext() {
      return {
        putImageData() {
          if (broken) throw new Error('the frame has no pixels');
        },
        drawImage(/** @type {unknown} */ painted) {
          assert.ok(painted instanceof OffscreenCanvas, 'a frame that is painted is kept by the browser');
        },
      };
    }

    async convertToBlob() {
      return new Blob([Uint8Array.of(7)]);
    }
  }
  class ImageData {
    constructor(/** @type {number} */ width, /** @type {number} */ height) {
      Object.assign(this, { width, height, data: new Uint8ClampedArray(4 * width * height) });
    }
  }
  Object.assign(globalThis, {
    OffscreenCanvas,
    ImageData,
    addEventListener: (/** @type {string} */ _type, /** @type {any} */ listener) => {
      tell = listener;
    },
    postMessage: (/** @type {any} */ message) => told.push(message),
  });
  await import('../../../extension/offscreen/workers/frame-worker.js');
  const frame = () => ({
    displayWidth: 4000,
    displayHeight: 2000,
    visibleRect: { width: 4000, height: 2000 },
    format: 'I420',
    copyTo: async (/** @type {Uint32Array|Uint8ClampedArray} */ pixels) => void pixels.fill(0xc8c8c8c8),
    close: mock.fn(),
  });
  const frames = [frame(), frame()];
  /** @type {any} */
  let source;
  tell({ data: { type: 'open', fitted: true, readable: new ReadableStream({ start: (controller) => void (source = controller) }) } });
  for (const each of frames) {
    source.enqueue(each);
    await settle();
    tell({ data: { type: 'encode', id: told.length, box: null } });
    await settle();
    broken = false;
  }
  const pictures = told.filter(({ type }) => type === 'picture');
  assert.deepEqual(pictures.map(({ bytes, width, height }) => [bytes?.byteLength, width, height]), [[undefined, 0, 0], [1, 1920, 960]]);
  assert.deepEqual(frames.map(({ close }) => close.mock.callCount()), [1, 0], 'the newest is kept');
  tell({ data: { type: 'encode', id: 99, box: { x: 0.5, y: 0.25, width: 0.25, height: 0.5 } } });
  await settle();
  const part = told.at(-1);
  assert.deepEqual([part.id, part.width, part.height], [99, 1000, 1000], 'a part has the pixels of the source');
});
