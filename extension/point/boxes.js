/**
 * Boxes over a picture or a page: pure arithmetic in pixels of the area they lie in, which begins at 0, 0. A classic script,
 * since what is put into a page cannot be a module; our own pages import it for its effect.
 */
globalThis.tabtalkBoxes = (() => {
  /** Smallest side in pixels of a box that is taken. */
  const LEAST = 8;
  /** One press of a key, as a share of the area. */
  const STEP = 1 / 40;

  /**
   * The box between two corners, within the area.
   * @param {TabtalkPlace} one @param {TabtalkPlace} other @param {TabtalkArea} area @returns {TabtalkBox}
   */
  function between(one, other, area) {
    return within({
      left: Math.min(one.x, other.x),
      top: Math.min(one.y, other.y),
      right: Math.max(one.x, other.x),
      bottom: Math.max(one.y, other.y),
    }, area);
  }

  /** @param {{left: number, top: number, right: number, bottom: number}} sides @param {TabtalkArea} area @returns {TabtalkBox} */
  function within({ left, top, right, bottom }, { width, height }) {
    const x = clamp(left, width);
    const y = clamp(top, height);
    return { x, y, width: clamp(right, width) - x, height: clamp(bottom, height) - y };
  }

  /** Where the keyboard begins. @param {TabtalkArea} area @returns {TabtalkBox} */
  function middle({ width, height }) {
    return { x: width / 4, y: height / 4, width: width / 2, height: height / 2 };
  }

  /** One press further; it stops at the edges. @param {TabtalkBox} box @param {TabtalkStep} step @param {TabtalkArea} area @returns {TabtalkBox} */
  function moved(box, { right, down }, area) {
    const x = clamp(box.x + right * STEP * area.width, area.width - box.width);
    const y = clamp(box.y + down * STEP * area.height, area.height - box.height);
    return { ...box, x, y };
  }

  /** One press larger or smaller, at its right and lower sides. @param {TabtalkBox} box @param {TabtalkStep} step @param {TabtalkArea} area @returns {TabtalkBox} */
  function grown(box, { right, down }, area) {
    const width = Math.max(LEAST, clamp(box.width + right * STEP * area.width, area.width - box.x));
    const height = Math.max(LEAST, clamp(box.height + down * STEP * area.height, area.height - box.y));
    return { ...box, width, height };
  }

  /** There is something in it to see. @param {TabtalkBox} box */
  function isLarge({ width, height }) {
    return width >= LEAST && height >= LEAST;
  }

  /** In fractions 0..1 of the area. @param {TabtalkBox} box @param {TabtalkArea} area @returns {TabtalkBox} */
  function shares({ x, y, width, height }, area) {
    return { x: x / area.width, y: y / area.height, width: width / area.width, height: height / area.height };
  }

  /** @param {number} value @param {number} most */
  function clamp(value, most) {
    return Math.min(Math.max(value, 0), Math.max(most, 0));
  }

  return { between, within, middle, moved, grown, isLarge, shares };
})();
