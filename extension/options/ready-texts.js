/**
 * Instructions that are ready to use, as buttons below the text area. One replaces what stands there; that is kept for as long
 * as the page is open and can be had back.
 */
import { text } from '../lib/i18n.js';

/** Name and text of each, keys of `_locales`. */
const READY = [
  ['options_ready_papers', 'options_ready_papers_text'],
  ['options_ready_code', 'options_ready_code_text'],
  ['options_ready_language', 'options_ready_language_text'],
  ['options_ready_seeing', 'options_ready_seeing_text'],
];

/**
 * @param {import('./field.js').Field} field of the instructions
 * @returns {HTMLElement}
 */
export function readyTexts(field) {
  const row = document.createElement('div');
  row.className = 'ready';
  row.setAttribute('role', 'group');
  const label = document.createElement('span');
  label.id = 'ready-label';
  label.textContent = text('options_ready');
  row.setAttribute('aria-labelledby', label.id);
  const undo = button(text('options_ready_undo'), () => {
    undo.hidden = true;
    void field.set(before);
    told.textContent = text('options_ready_undone');
  });
  undo.hidden = true;
  const told = document.createElement('p');
  told.setAttribute('role', 'status');
  let before = '';
  const own = (/** @type {string} */ words) => words !== '' && !READY.some(([, key]) => text(key) === words);
  const buttons = READY.map(([name, words]) =>
    button(text(name), () => {
      if (own(field.value)) {
        before = field.value;
        undo.hidden = false;
      }
      void field.set(text(words));
      told.textContent = undo.hidden ? '' : text('options_ready_replaced');
    }),
  );
  row.append(label, ...buttons, told, undo);
  return row;
}

/** @param {string} words @param {() => void} press */
function button(words, press) {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = 'small';
  made.textContent = words;
  made.addEventListener('click', press);
  return made;
}
