/**
 * Holds the newest frame of the source and encodes it when asked; no other thread touches pixels.
 *
 * Takes `{type: 'open', readable}` (a stream of VideoFrame, transferred) and `{type: 'encode'}`. Tells
 * `{type: 'frame'}` for each frame that comes, and `{type: 'picture', bytes, width, height, time}`, bytes null when
 * there is no frame that was not encoded before, or it could not be encoded.
 */

import { MAX_MEDIA_BYTES } from '../../lib/protocol.js';

/** Longest side of a picture in pixels; a tab is captured within it, a screen may be larger. */
const MAX_SIDE = 1920;
/** The second is for a picture that is too large for the wire at the first. */
const QUALITIES = [0.8, 0.5];

/** @type {VideoFrame|null} */
let newest = null;
let newestTime = 0;
/** @type {{bytes: ArrayBuffer|null, width: number, height: number, time: number}} */
const NONE = { bytes: null, width: 0, height: 0, time: 0 };
const canvas = new OffscreenCanvas(1, 1);

addEventListener('message', ({ data }) => {
  if (data.type === 'open') read(data.readable);
  else encode().catch(noPicture).then((picture) => postMessage({ type: 'picture', ...picture }, { transfer: transferOf(picture) }));
});

/** @param {ReadableStream<VideoFrame>} readable */
async function read(readable) {
  const reader = readable.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    newest?.close();
    newest = value;
    newestTime = Date.now();
    postMessage({ type: 'frame' });
  }
}

async function encode() {
  const frame = newest;
  const time = newestTime;
  newest = null;
  if (!frame) return NONE;
  const scale = Math.min(1, MAX_SIDE / Math.max(frame.displayWidth, frame.displayHeight));
  const width = Math.round(frame.displayWidth * scale);
  const height = Math.round(frame.displayHeight * scale);
  canvas.width = width;
  canvas.height = height;
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d', { alpha: false }));
  try {
    context.drawImage(frame, 0, 0, width, height);
  } finally {
    frame.close();
  }
  for (const quality of QUALITIES) {
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality });
    if (blob.size <= MAX_MEDIA_BYTES) return { bytes: await blob.arrayBuffer(), width, height, time };
  }
  return { bytes: null, width, height, time };
}

/** Every `encode` is answered: whoever asked waits for it. @param {unknown} error */
function noPicture(error) {
  console.error('no picture:', error);
  return NONE;
}

/** @param {{bytes: ArrayBuffer|null}} picture */
function transferOf({ bytes }) {
  return bytes ? [bytes] : [];
}
