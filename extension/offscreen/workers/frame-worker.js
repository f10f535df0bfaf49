/**
 * Holds the newest frame of the source, compares it with the picture that was taken last, and encodes it when asked; no
 * other thread touches pixels.
 *
 * Takes `{type: 'open', readable, fitted}` (a stream of VideoFrame, transferred; fitted: its frames may have slivers of black),
 * or `{type: 'still', jpeg, time}` for each frame (in base64; ms since the Unix epoch), and `{type: 'encode', id, box}`: the
 * whole frame, or, with a box, that part of it; `{type: 'close'}` ends it. Tells `{type: 'frame', change}` for each frame that comes, and
 * `{type: 'picture', id, bytes, width, height, time, change}`: bytes null when there is no frame yet or it could not be
 * encoded, change as it is after that.
 */

import { MAX_MEDIA_BYTES } from '../../lib/protocol.js';
import { MAX_SIDE, QUALITIES } from '../picture-size.js';
import { ChangeDetector, isComparable, layoutOf } from './change.js';
import { blackEdges } from './edges.js';

/**
 * @typedef {import('./change.js').Change} Change
 * @typedef {{x: number, y: number, width: number, height: number}} Box in fractions of the frame, 0..1
 * @typedef {{bytes: ArrayBuffer|null, width: number, height: number, time: number}} Picture
 */

const WHOLE = { x: 0, y: 0, width: 1, height: 1 };
/** What cannot be compared may be anything. @type {Change} */
const UNKNOWN = { grade: 'large', moving: false };
/** @type {Picture} */
const NONE = { bytes: null, width: 0, height: 0, time: 0 };

/** Kept when it was encoded: there may be no other for an hour. @type {VideoFrame|null} */
let newest = null;
let newestTime = 0;
let edges = { left: 0, top: 0, right: 0, bottom: 0 };
const detector = new ChangeDetector();
const canvas = new OffscreenCanvas(1, 1);
/** The frame in its own size, where the picture is smaller. */
const sheet = new OffscreenCanvas(1, 1);
let image = new ImageData(1, 1);
let streaming = false;
let closed = false;
/** One at a time: there is one canvas. */
let encoding = Promise.resolve();
/** One after the other, as they were taken. */
let developing = Promise.resolve();

addEventListener('message', ({ data }) => {
  if (data.type === 'open') read(data.readable, data.fitted);
  else if (data.type === 'close') end();
  else if (data.type === 'still') developing = developing.then(() => develop(data)).catch((error) => console.error('a still cannot be read:', error));
  else encoding = encoding.then(() => answer(data));
});

/** @param {ReadableStream<VideoFrame>} readable @param {boolean} fitted */
async function read(readable, fitted) {
  streaming = true;
  const reader = readable.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const frame = next.value;
    const pixels = closed ? null : await pixelsOf(frame);
    if (fitted) edges = edgesOf(frame, pixels);
    show(frame, pixels, Date.now());
  }
  streaming = false;
  if (closed) close();
}

/** @param {{jpeg: string, time: number}} still */
async function develop({ jpeg, time }) {
  const decoder = new ImageDecoder({ type: 'image/jpeg', data: Uint8Array.fromBase64(jpeg) });
  const { image } = await decoder.decode();
  decoder.close();
  show(image, await pixelsOf(image), time);
}

/** @param {VideoFrame} frame @param {Uint32Array|null} pixels of it @param {number} time at which it came, ms since the Unix epoch */
function show(frame, pixels, time) {
  if (closed) return frame.close();
  newest?.close();
  newest = frame;
  newestTime = time;
  const change = pixels ? detector.see(pixels, performance.now()) : UNKNOWN;
  postMessage({ type: 'frame', change });
}

/**
 * Whoever sent the stream ends it, too. It is read to its end all the same: a frame that is on the way, from another thread, would
 * be closed by nobody, and hold up the capture until it is found.
 */
function end() {
  closed = true;
  newest?.close();
  newest = null;
  if (!streaming) close();
}

/** @param {VideoFrame} frame */
async function pixelsOf(frame) {
  const { format, visibleRect } = frame;
  const known = format !== null && isComparable(format);
  const layout = layoutOf(known ? format : 'RGBA', visibleRect?.width ?? 0, visibleRect?.height ?? 0);
  const pixels = detector.room(layout);
  const planes = layout.planes.map(({ offset, stride }) => ({ offset: 4 * offset, stride: 4 * stride }));
  try {
    await frame.copyTo(pixels, { layout: planes, ...(known ? {} : { format: 'RGBA' }) });
    return pixels;
  } catch (error) {
    // It may be encoded all the same.
    console.error('a frame cannot be compared:', error);
    return null;
  }
}

/** Only where brightness stands by itself, as in the frames of a tab. @param {VideoFrame} frame @param {Uint32Array|null} pixels */
function edgesOf({ format, visibleRect }, pixels) {
  if (!pixels || !visibleRect || !(format === 'I420' || format === 'NV12')) return { left: 0, top: 0, right: 0, bottom: 0 };
  const { width, height } = visibleRect;
  const [{ stride }] = layoutOf(format, width, height).planes;
  return blackEdges(new Uint8Array(pixels.buffer), 4 * stride, width, height);
}

/** Every `encode` is answered: whoever asked waits for it. @param {{id: number, box: Box|null}} asked */
async function answer({ id, box }) {
  const picture = await encode(box).catch((error) => {
    console.error('no picture:', error);
    return NONE;
  });
  const change = { grade: detector.grade(performance.now()), moving: false };
  postMessage({ type: 'picture', id, ...picture, change }, { transfer: picture.bytes ? [picture.bytes] : [] });
}

/** @param {Box|null} box @returns {Promise<Picture>} */
async function encode(box) {
  if (!newest) return NONE;
  const time = newestTime;
  const visible = /** @type {DOMRectReadOnly} */ (newest.visibleRect);
  const shownWidth = visible.width - edges.left - edges.right;
  const shownHeight = visible.height - edges.top - edges.bottom;
  const { x, y, width, height } = box ?? WHOLE;
  const part = [edges.left + x * shownWidth, edges.top + y * shownHeight, width * shownWidth, height * shownHeight];
  // A part is for its details.
  const scale = box ? 1 : Math.min(1, MAX_SIDE / Math.max(shownWidth, shownHeight));
  const [left, top, ...size] = part.map(Math.round);
  const [fullWide, fullHigh] = size.map((side) => Math.max(1, side));
  const [wide, high] = size.map((side) => Math.max(1, Math.round(side * scale)));
  const copied = colours(newest, visible);
  if (!box) detector.keep(); // The newest may be another one by the time it is copied.
  await copied;
  sized(scale < 1 ? sheet : canvas, fullWide, fullHigh).putImageData(image, -left, -top);
  if (scale < 1) sized(canvas, wide, high).drawImage(sheet, 0, 0, wide, high);
  for (const quality of QUALITIES) {
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality });
    if (blob.size <= MAX_MEDIA_BYTES) return { bytes: await blob.arrayBuffer(), width: wide, height: high, time };
  }
  return { bytes: null, width: wide, height: high, time };
}

/**
 * Into `image`. A frame that is painted instead stays in the browser's store of decoded pictures, which grows to 512 MB and gives
 * nothing back by itself (seen with Chromium 156).
 * @param {VideoFrame} frame @param {DOMRectReadOnly} visible
 */
async function colours(frame, { width, height }) {
  if (image.width !== width || image.height !== height) image = new ImageData(width, height);
  await frame.copyTo(image.data, { format: 'RGBA' });
}

/** @param {OffscreenCanvas} sheet @param {number} width @param {number} height */
function sized(sheet, width, height) {
  sheet.width = width;
  sheet.height = height;
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (sheet.getContext('2d', { alpha: false }));
  context.imageSmoothingQuality = 'high';
  return context;
}
