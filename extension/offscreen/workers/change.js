/**
 * How much a frame differs from the picture that was taken last, as a person would say. Pure; pixels and time are given.
 *
 * The view is cut into tiles, and tiles that changed and lie close together are one patch. A patch that changes again and
 * again, as a clock does, is restless. What grade a patch has depends on its size, its shape, and on whether it is restless.
 */

/**
 * @typedef {'none'|'faint'|'small'|'large'} Grade
 *   none: nothing, or a restless speck, such as a cursor that blinks or a spinner;
 *   faint: a speck, such as the mouse pointer, or something restless that is not large, such as a clock;
 *   small: a patch that may be the first tick of something restless, or a word;
 *   large: a line of text, a dialog, a scroll, another page, a video
 *
 * @typedef {{grade: Grade, moving: boolean}} Change moving: more than a speck differs from the frame before
 *
 * @typedef {object} Plane one plane of a picture's pixels, padded to whole tiles; in units of 32 bit
 * @property {number} offset
 * @property {number} stride
 * @property {number} tileWidth
 * @property {number} tileHeight in rows
 *
 * @typedef {{columns: number, rows: number, words: number, planes: Plane[]}} Layout in tiles
 */

/** Pixels a side; twice as many where the view is so large that a letter is, too. */
const TILE = 16;
const LARGE_VIEW = 2560;
/** Bytes and rows of one tile in each plane. @type {{[format: string]: [bytes: number, rows: number][]}} */
const PLANES = {
  I420: [[TILE, TILE], [TILE / 2, TILE / 2], [TILE / 2, TILE / 2]],
  NV12: [[TILE, TILE], [TILE, TILE / 2]],
  RGBA: [[4 * TILE, TILE]],
};
/** Of 255. What differs by less nobody sees. */
const NOISE = 10;
/** Tiles that lie so close belong to one patch: digits on both sides of a colon. */
const REACH = 3;
/** A patch of at most so many tiles each way is a speck: a cursor, the mouse pointer; and, restless, a spinner. */
const SPECK = 3;
const RESTLESS_SPECK = 4;
/** Many specks at once are not specks: so many tiles. */
const SPECKS = 24;
/** Of the view: a small patch is at most this; what is restless counts for little up to that. */
const SMALL_SHARE = 0.015;
const RESTLESS_SHARE = 0.12;
/** In tiles: so wide, and so much wider than high, it is a line of text, however little of the view. */
const LINE_WIDTH = 10;
const LINE_ASPECT = 3;
/** A tile changes anew when it did not for so long; what moves all the time changes anew as often. */
const EVENT_MS = 400;
/** So soon after a change the next one makes it restless. */
const MEMORY_MS = 15_000;
/** Restless is what has changed so often: where a patch is small, or not. */
const SMALL_EVENTS = 2;
const LARGE_EVENTS = 5;
/** Of a patch that is not small, so much must be restless. */
const RESTLESS_PART = 0.12;

/** @type {Grade[]} */
const GRADES = ['none', 'faint', 'small', 'large'];

/** @param {string} format @returns {boolean} whether its pixels can be compared as they are */
export function isComparable(format) {
  return Object.hasOwn(PLANES, format);
}

/** @param {string} format one that is comparable @param {number} width pixels @param {number} height @returns {Layout} */
export function layoutOf(format, width, height) {
  const scale = Math.max(width, height) > LARGE_VIEW ? 2 : 1;
  const columns = Math.ceil(width / (TILE * scale));
  const rows = Math.ceil(height / (TILE * scale));
  let words = 0;
  const planes = PLANES[format].map(([bytes, lines]) => {
    const tileWidth = (bytes * scale) / 4;
    const plane = { offset: words, stride: columns * tileWidth, tileWidth, tileHeight: lines * scale };
    words += plane.stride * plane.tileHeight * rows;
    return plane;
  });
  return { columns, rows, words, planes };
}

export class ChangeDetector {
  /** @type {Layout} */
  #layout = { columns: 0, rows: 0, words: 0, planes: [] };
  /** Three are enough: the picture taken last, the newest frame, the one that comes. @type {Uint32Array<ArrayBuffer>[]} */
  #buffers = [];
  /** @type {Uint32Array|null} */
  #kept = null;
  /** @type {Uint32Array|null} */
  #newest = null;
  /** Of each tile: how often it has changed lately, and when it last did anew. */
  #events = new Uint8Array(0);
  #eventAt = new Float64Array(0);
  /** @type {Uint8Array<ArrayBuffer>} */
  #changed = new Uint8Array(0);

  /** Where the pixels of the next frame go; padding stays as it is. @param {Layout} layout @returns {Uint32Array<ArrayBuffer>} */
  room(layout) {
    if (!isSame(layout, this.#layout)) this.#begin(layout);
    return /** @type {Uint32Array<ArrayBuffer>} */ (this.#buffers.find((each) => each !== this.#kept && each !== this.#newest));
  }

  /** A frame has come, in what `room` gave. @param {Uint32Array} pixels @param {number} now ms @returns {Change} */
  see(pixels, now) {
    const before = this.#newest;
    this.#newest = pixels;
    const moving = !before || this.#note(this.#compare(before, pixels), now);
    return { grade: this.grade(now), moving };
  }

  /** The newest frame is the picture from here on. */
  keep() {
    this.#kept = this.#newest;
  }

  /** Of the newest frame against the picture. @param {number} now ms @returns {Grade} */
  grade(now) {
    if (this.#kept === this.#newest) return 'none';
    if (!this.#newest || !this.#kept) return 'large';
    const patches = this.#compare(this.#kept, this.#newest);
    if (this.#isWide(patches)) return 'large';
    let grade = 0;
    let specks = 0;
    for (const patch of patches) {
      const judged = this.#judge(patch, now);
      if (judged.grade === 'faint' && !judged.restless) specks += patch.tiles.length;
      grade = Math.max(grade, GRADES.indexOf(judged.grade));
    }
    return GRADES[specks < SPECKS ? grade : Math.max(grade, GRADES.indexOf('small'))];
  }

  /** @param {Layout} layout */
  #begin(layout) {
    const tiles = layout.columns * layout.rows;
    this.#layout = layout;
    this.#buffers = Array.from({ length: 3 }, () => new Uint32Array(layout.words));
    this.#kept = this.#newest = null;
    this.#events = new Uint8Array(tiles);
    this.#eventAt = new Float64Array(tiles).fill(-Infinity);
    this.#changed = new Uint8Array(tiles);
  }

  /** @param {Patch} patch @param {number} now @returns {{grade: Grade, restless: boolean}} */
  #judge({ tiles, width, height }, now) {
    const isLine = width >= LINE_WIDTH && width >= LINE_ASPECT * height;
    const isSmall = tiles.length <= SMALL_SHARE * this.#events.length && !isLine;
    const often = tiles.filter((tile) => this.#eventsOf(tile, now) >= (isSmall ? SMALL_EVENTS : LARGE_EVENTS)).length;
    const restless = isSmall ? often > 0 : often >= RESTLESS_PART * tiles.length;
    const longest = Math.max(width, height);
    if (restless) return { grade: longest <= RESTLESS_SPECK ? 'none' : 'faint', restless };
    return { grade: !isSmall ? 'large' : longest <= SPECK ? 'faint' : 'small', restless };
  }

  /** How often a tile has changed lately. @param {number} tile @param {number} now */
  #eventsOf(tile, now) {
    return now - this.#eventAt[tile] > MEMORY_MS ? 0 : this.#events[tile];
  }

  /** Remembers what moved. @param {Patch[]} patches @param {number} now @returns {boolean} whether more than a speck did */
  #note(patches, now) {
    // A scroll, another page: what is there now was not restless before. A video: large, however often.
    const isNew = this.#isWide(patches);
    let calm = 0;
    for (const tile of patches.flatMap(({ tiles }) => tiles)) {
      const events = isNew ? 0 : this.#eventsOf(tile, now);
      if (events < LARGE_EVENTS) calm += 1;
      if (isNew || now - this.#eventAt[tile] >= EVENT_MS) {
        this.#events[tile] = Math.min(events + 1, 255);
        this.#eventAt[tile] = now;
      }
    }
    return calm > SPECK * SPECK;
  }

  /** Whether it is too much of the view to be restless. A text that scrolls is wide, however thinly it is set. @param {Patch[]} patches */
  #isWide(patches) {
    return patches.reduce((sum, { width, height }) => sum + width * height, 0) > RESTLESS_SHARE * this.#events.length;
  }

  /** What differs. @param {Uint32Array} one @param {Uint32Array} other @returns {Patch[]} */
  #compare(one, other) {
    const { columns, rows, planes } = this.#layout;
    const changed = this.#changed.fill(0);
    for (const { offset, stride, tileWidth, tileHeight } of planes) {
      for (let line = 0; line < rows * tileHeight; line += 1) {
        const first = Math.floor(line / tileHeight) * columns;
        const start = offset + line * stride;
        for (let word = 0; word < stride; word += 1) {
          if (one[start + word] === other[start + word]) continue;
          const tile = first + ((word / tileWidth) | 0);
          if (!changed[tile] && differ(one[start + word], other[start + word])) changed[tile] = 1;
        }
      }
    }
    return patchesIn(changed, this.#layout);
  }
}

/** Four bytes each. @param {number} one @param {number} other */
function differ(one, other) {
  for (let shift = 0; shift < 32; shift += 8) {
    if (Math.abs(((one >>> shift) & 255) - ((other >>> shift) & 255)) > NOISE) return true;
  }
  return false;
}

/** @typedef {{tiles: number[], width: number, height: number}} Patch width and height of the box around it, in tiles */

/** @param {Uint8Array} changed 1 for each tile that did; is emptied @param {Layout} layout @returns {Patch[]} */
function patchesIn(changed, { columns, rows }) {
  /** @type {Patch[]} */
  const patches = [];
  for (let start = 0; start < changed.length; start += 1) {
    if (!changed[start]) continue;
    const tiles = [start];
    changed[start] = 0;
    let [left, right, top, bottom] = [columns, 0, rows, 0];
    // It grows while it is walked through.
    for (const tile of tiles) {
      const [column, row] = [tile % columns, Math.floor(tile / columns)];
      [left, right, top, bottom] = [Math.min(left, column), Math.max(right, column), Math.min(top, row), Math.max(bottom, row)];
      for (let y = Math.max(0, row - REACH); y <= Math.min(rows - 1, row + REACH); y += 1) {
        for (let x = Math.max(0, column - REACH); x <= Math.min(columns - 1, column + REACH); x += 1) {
          const near = y * columns + x;
          if (!changed[near]) continue;
          changed[near] = 0;
          tiles.push(near);
        }
      }
    }
    patches.push({ tiles, width: right - left + 1, height: bottom - top + 1 });
  }
  return patches;
}

/** @param {Layout} one @param {Layout} other */
function isSame(one, other) {
  const sameGrid = one.columns === other.columns && one.rows === other.rows && one.words === other.words;
  return sameGrid && one.planes.length === other.planes.length;
}
