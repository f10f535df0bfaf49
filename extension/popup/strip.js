/**
 * What was sent before the newest picture: a row of small ones, and the one of them that is shown large.
 *
 * @typedef {import('./presentation.js').Presentation} Presentation
 * @typedef {import('../lib/status.js').Picture} Picture
 */
import { language, text } from '../lib/i18n.js';
import { caption } from './sight.js';

/**
 * @param {HTMLElement} list
 * @param {HTMLElement} figure for the large one
 * @param {Presentation['strip']} strip
 */
export function renderStrip(list, figure, strip) {
  const { pictures, shown } = strip;
  list.hidden = pictures.length === 0;
  const rows = new Map([...list.children].map((row) => [/** @type {HTMLElement} */ (row).dataset.url, row]));
  const wanted = pictures.map((picture) => rows.get(picture.url) ?? rowOf(picture));
  const focused = list.ownerDocument.activeElement;
  const place = [...list.children].findIndex((row) => row.contains(focused));
  for (const row of rows.values()) if (!wanted.includes(row)) row.remove();
  wanted.forEach((row, index) => list.children[index] === row || list.insertBefore(row, list.children[index]));
  const buttons = buttonsOf(list);
  for (const button of buttons) button.ariaPressed = String(button.value === shown);
  // One of them can be reached by Tab; the arrow keys walk the rest.
  const reachable = buttons.find((button) => button === focused) ?? buttons.find((button) => button.tabIndex === 0) ?? buttons[0];
  for (const button of buttons) button.tabIndex = button === reachable ? 0 : -1;
  if (place >= 0 && !list.contains(focused)) buttons.at(Math.min(place, buttons.length - 1))?.focus();
  renderLarge(figure, pictures.find((picture) => picture.url === shown) ?? null);
}

/**
 * The keys of a row: they move the focus, and choose nothing.
 * @param {HTMLElement} list
 */
export function bindStrip(list) {
  list.addEventListener('keydown', (event) => {
    const buttons = buttonsOf(list);
    const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (event.target));
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    buttons[Math.min(Math.max(to, 0), buttons.length - 1)].focus();
  });
  list.addEventListener('focusin', ({ target }) => {
    for (const button of buttonsOf(list)) button.tabIndex = button === target ? 0 : -1;
  });
}

/** @param {Picture} picture */
function rowOf(picture) {
  const row = document.createElement('li');
  row.dataset.url = picture.url;
  const button = document.createElement('button');
  button.type = 'button';
  button.dataset.action = 'show-sent';
  button.value = picture.url;
  button.tabIndex = -1;
  button.classList.toggle('pointed', picture.pointed);
  button.ariaLabel = button.title = wordsOf(picture);
  button.append(imageOf(picture));
  row.append(button);
  return row;
}

/** @param {HTMLElement} figure @param {Picture|null} picture */
function renderLarge(figure, picture) {
  figure.hidden = !picture;
  if (figure.dataset.url === (picture?.url ?? '')) return;
  figure.dataset.url = picture?.url ?? '';
  const frame = /** @type {HTMLElement} */ (figure.querySelector('.frame'));
  const words = /** @type {HTMLElement} */ (figure.querySelector('figcaption'));
  frame.replaceChildren(...(picture ? [Object.assign(imageOf(picture), { alt: wordsOf(picture) })] : []));
  words.textContent = picture ? wordsOf(picture) : '';
}

/** @param {Picture} picture */
function imageOf({ url }) {
  const image = document.createElement('img');
  image.alt = '';
  image.src = url;
  return image;
}

/** @param {Picture} picture */
function wordsOf(picture) {
  const { size, time } = caption(picture, language());
  return picture.pointed ? text('strip_pointed', time, size) : text('strip_sent', time, size);
}

/** @param {HTMLElement} list @returns {HTMLButtonElement[]} */
function buttonsOf(list) {
  return [...list.querySelectorAll('button')];
}
