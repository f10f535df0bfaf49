/** The links as a list: one item each, with its state in words, and with what mends it where it is broken. */
import { commandRow, renderFailure } from '../lib/failure-card.js';
import { INSTALL_COMMAND, explain } from '../lib/failures.js';
import { text } from '../lib/i18n.js';

/** @typedef {import('./table.js').Row} Row */

/** @type {{[state in import('./table.js').State]: string}} */
const MOODS = { ok: 'good', failed: 'bad', unknown: 'open' };
/** @type {{[state in import('./table.js').State]: string}} */
const WORDS = { ok: 'link_ok', failed: 'link_failed', unknown: 'link_unknown' };

/** @param {readonly Row[]} rows @returns {string} what came of it, in a sentence */
export function resultOf(rows) {
  const broken = rows.find(({ state }) => state === 'failed');
  if (broken) return text('links_broken', text(broken.title));
  return text(rows.every(({ state }) => state === 'ok') ? 'links_whole' : 'links_open');
}

/** @param {Row} row @returns {HTMLLIElement} */
export function itemOf({ link, title, state, said, detail, code, action }) {
  const item = document.createElement('li');
  item.className = 'check';
  item.dataset.link = link;
  item.dataset.state = state;
  item.dataset.mood = MOODS[state];
  const words = make('div');
  const more = said ? text(said) : state === 'ok' ? detail : '';
  words.append(make('h3', text(title)), make('p', more ? text('link_and', text(WORDS[state]), more) : text(WORDS[state])));
  item.append(words);
  if (action) item.append(button(action, text('mend_grant_microphone')));
  if (code) item.append(cardOf(code, detail));
  return item;
}

/** @param {HTMLElement} place where the command goes that sees more @param {boolean} broken */
export function showMore(place, broken) {
  place.hidden = !broken;
  if (broken && !place.querySelector('code')) place.append(commandRow(`${INSTALL_COMMAND} --check`));
}

/** @param {string} code @param {string} [detail] */
function cardOf(code, detail) {
  const card = make('div');
  card.className = 'failure';
  const words = explain(code);
  // To try again is the page's own button, which looks at all of them.
  if (words.action?.id === 'start' || words.action?.id === 'retry-microphone') words.action = null;
  renderFailure(card, { ...words, traceable: false, detail });
  return card;
}

/** @param {string} tag @param {string} [words] */
function make(tag, words = '') {
  const element = document.createElement(tag);
  element.textContent = words;
  return element;
}

/** @param {string} action @param {string} words */
function button(action, words) {
  const element = /** @type {HTMLButtonElement} */ (make('button', words));
  element.type = 'button';
  element.dataset.action = action;
  return element;
}
