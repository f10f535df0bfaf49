/** One line of "is this right?": a dot, the result in words, and a button where something can be done. */
import { text } from './i18n.js';

/**
 * @param {HTMLElement} row with an element of role status and perhaps a button
 * @param {import('./checks.js').Check} check
 */
export function renderCheck(row, { mood, key, parts, asks = false }) {
  row.dataset.mood = mood;
  const words = /** @type {HTMLElement} */ (row.querySelector('[role=status]'));
  const message = text(key, ...parts);
  if (words.textContent !== message) words.textContent = message;
  const button = row.querySelector(':scope > button');
  if (button instanceof HTMLElement) button.hidden = !asks;
}
