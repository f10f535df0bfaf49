/** What the host keeps on this computer: where, how much; and its log, which can be deleted. */
import { fill, language, text } from '../lib/i18n.js';
import { request } from '../lib/messages.js';

/** @typedef {{settings: string, log: string, log_bytes: number}} Kept */

/** @param {HTMLElement} place @param {HTMLElement} button that deletes the log; of no use while there is no host */
export async function showKept(place, button) {
  button.hidden = true;
  place.textContent = '';
  show(place, await request('background', 'get-kept'));
  button.hidden = false;
}

/** @param {HTMLElement} place @param {HTMLElement} told where what came of it is said */
export async function deleteLog(place, told) {
  told.textContent = '';
  try {
    show(place, await request('background', 'delete-log'));
    told.textContent = text('options_log_deleted');
  } catch {
    told.textContent = text('options_log_stays');
  }
}

/** @param {HTMLElement} place @param {Kept} kept */
function show(place, { settings, log, log_bytes }) {
  const size = new Intl.NumberFormat(language(), { style: 'unit', unit: 'kilobyte', maximumFractionDigits: 1 });
  fill(place, 'options_kept_where', path(settings), path(log), size.format(log_bytes / 1000));
}

/** @param {string} words */
function path(words) {
  const element = document.createElement('code');
  element.textContent = words;
  return element;
}
