/** Cuts one part out of one picture: takes `{bytes, box}`, tells `{bytes, width, height}`, or null. */

/** It was a JPEG before. */
const QUALITY = 0.92;

addEventListener('message', async ({ data }) => {
  const part = await cut(data.bytes, data.box).catch((error) => {
    console.error('no part of a picture:', error);
    return null;
  });
  postMessage(part, { transfer: part ? [part.bytes] : [] });
});

/** @param {Uint8Array<ArrayBuffer>} bytes @param {import('../../lib/box.js').Box} box */
async function cut(bytes, box) {
  const whole = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }));
  const [left, top] = [Math.round(box.x * whole.width), Math.round(box.y * whole.height)];
  const width = Math.max(1, Math.min(whole.width - left, Math.round(box.width * whole.width)));
  const height = Math.max(1, Math.min(whole.height - top, Math.round(box.height * whole.height)));
  const canvas = new OffscreenCanvas(width, height);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d', { alpha: false }));
  context.drawImage(whole, -left, -top);
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: QUALITY });
  return { bytes: await blob.arrayBuffer(), width, height };
}
