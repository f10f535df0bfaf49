/** A part of a picture, wherever it comes from. */

/** @typedef {{x: number, y: number, width: number, height: number}} Box in fractions 0..1 of the whole, from its upper left */

/** @param {any} value @returns {value is Box} */
export function isBox(value) {
  const { x, y, width, height } = value ?? {};
  return [x, y, width, height].every((number) => Number.isFinite(number) && number >= 0 && number <= 1) && width > 0 && height > 0;
}
