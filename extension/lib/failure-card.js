/**
 * A failure as a card: what happened, why, the next step and its button. Used by every page; the page gives the element
 * `role="alert"` and handles clicks on `[data-action]` with `perform` of lib/page-actions.js or its own.
 *
 * @typedef {import('./failures.js').FailureWords} FailureWords
 */
import { INSTALL_COMMAND } from './failures.js';
import { text } from './i18n.js';

/** @type {WeakMap<Element, string>} */
const shown = new WeakMap();

/**
 * @param {HTMLElement} card emptied where there is no failure
 * @param {(FailureWords & {detail?: string, dismissable?: boolean})|null} failure
 */
export function renderFailure(card, failure) {
  const name = JSON.stringify(failure);
  if (shown.get(card) === name) return; // what is announced must not be announced again
  shown.set(card, name);
  card.hidden = !failure;
  card.replaceChildren();
  if (!failure) return;
  const { what, why, next, action, traceable, detail, dismissable } = failure;
  card.append(make('h2', text(what)), make('p', text(why)), make('p', text(next, INSTALL_COMMAND), 'next'));
  if (action?.id === 'copy-command') card.append(commandRow());
  else if (action) card.append(button(action.id, text(action.label), 'primary small'));
  if (traceable) card.append(button('find-link', text('mend_find_link'), 'link'));
  if (detail) {
    const details = make('details');
    details.append(make('summary', text('details')), make('p', detail, 'detail'));
    card.append(details);
  }
  if (dismissable) {
    const dismiss = button('dismiss', '×', 'icon-button dismiss');
    dismiss.setAttribute('aria-label', text('button_dismiss'));
    card.append(dismiss);
  }
}

/** A command to read and to copy; the one that sets up the host if no other is given. @param {string} [command] */
export function commandRow(command = INSTALL_COMMAND) {
  const row = make('div', '', 'command-row');
  row.append(make('code', command), button('copy-command', text('button_copy'), 'small'));
  return row;
}

/** @param {string} tag @param {string} [words] @param {string} [names] classes */
function make(tag, words = '', names = '') {
  const element = document.createElement(tag);
  element.textContent = words;
  if (names) element.className = names;
  return element;
}

/** @param {string} action @param {string} words @param {string} names */
function button(action, words, names) {
  const element = /** @type {HTMLButtonElement} */ (make('button', words, names));
  element.type = 'button';
  element.dataset.action = action;
  return element;
}
