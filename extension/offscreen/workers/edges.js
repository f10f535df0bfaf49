/**
 * The sliver of black at the edges of a frame. Video has even sides, so a tab with an odd one is fitted in, and a line or two
 * at an edge stay black.
 */

/** @typedef {{left: number, top: number, right: number, bottom: number}} Edges pixels at each side */

/** No sliver is wider; what is black beyond is the page's own. */
const WIDEST = 2;
/** Of 255; video calls 16 black. */
const BLACK = 20;

/**
 * @param {Uint8Array} luma of a frame, line by line
 * @param {number} stride bytes from line to line
 * @param {number} width @param {number} height in pixels
 * @returns {Edges}
 */
export function blackEdges(luma, stride, width, height) {
  const line = (/** @type {number} */ y) => luma.subarray(y * stride, y * stride + width).every((value) => value <= BLACK);
  const column = (/** @type {number} */ x) => {
    for (let y = 0; y < height; y += 1) if (luma[y * stride + x] > BLACK) return false;
    return true;
  };
  const depth = (/** @type {(at: number) => boolean} */ isBlack) => {
    const found = Array.from({ length: WIDEST }, (_, at) => isBlack(at)).indexOf(false);
    return found < 0 ? WIDEST : found;
  };
  return {
    left: depth(column),
    top: depth(line),
    right: depth((at) => column(width - 1 - at)),
    bottom: depth((at) => line(height - 1 - at)),
  };
}
