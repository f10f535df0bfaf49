/**
 * The moving level: bars that also are Tabtalk's mark when nothing sounds.
 *
 * @typedef {import('./presentation.js').Look} Look
 */

/** Height of each bar, 0..1, at rest and at full level; the middle one moves most. */
const REST = [0.5, 1, 0.68];
const REACH = [0.72, 1, 0.84];
const FLOOR = 0.16;

/**
 * @param {Look} look
 * @param {{microphone?: unknown, speaker?: unknown}|null} levels both 0..1
 * @returns {unknown} the level to show: of whoever has the word; null where there is none
 */
export function levelOf(look, levels) {
  if (look === 'speaking') return levels?.speaker ?? 0;
  if (['starting', 'listening', 'hearing', 'thinking'].includes(look)) return levels?.microphone ?? 0;
  return null;
}

/**
 * @param {unknown} level 0..1, or null for the mark at rest
 * @returns {number[]} height of each bar, 0..1
 */
export function barHeights(level) {
  if (typeof level !== 'number' || !Number.isFinite(level)) return [...REST];
  // Loudness is felt in ratios: the root lifts ordinary speech, near 0.1, to where it can be seen.
  const felt = Math.sqrt(Math.min(1, Math.max(0, level)));
  return REACH.map((reach) => FLOOR + (reach - FLOOR) * felt);
}

/**
 * @param {Element} meter whose children are the bars
 * @param {unknown} level as for `barHeights`
 */
export function renderLevel(meter, level) {
  const heights = barHeights(level);
  [...meter.children].forEach((bar, index) => {
    /** @type {HTMLElement} */ (bar).style.setProperty('--height', String(heights[index] ?? 0));
  });
}
