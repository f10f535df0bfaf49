/**
 * What a button can do on any page of ours: go to another page, copy the command beside it. A button names it in `data-action`.
 */
import { text } from './i18n.js';

const COPIED_MS = 2000;

/** @type {{[action: string]: (button: HTMLElement) => void}} */
const ACTIONS = {
  'grant-microphone': () => open(chrome.runtime.getURL('welcome/welcome.html#microphone')),
  'find-link': () => open(chrome.runtime.getURL('links/links.html')),
  'open-settings': () => void chrome.runtime.openOptionsPage(),
  'open-shortcuts': () => open('chrome://extensions/shortcuts'),
  'copy-command': (button) => void copyCommand(button),
};

/**
 * @param {HTMLElement} button whose `data-action` was pressed
 * @returns {boolean} whether that is an action of every page
 */
export function perform(button) {
  const action = button.dataset.action ?? '';
  if (!Object.hasOwn(ACTIONS, action)) return false;
  ACTIONS[action](button);
  return true;
}

/**
 * Calls back with the button and its action whenever one is pressed below `root`.
 * @param {HTMLElement|Document} root
 * @param {(action: string, button: HTMLElement) => void} [otherwise] for what `perform` does not know
 */
export function listen(root, otherwise = () => {}) {
  root.addEventListener('click', (event) => {
    const button = /** @type {Element} */ (event.target).closest?.('[data-action]');
    if (button instanceof HTMLElement && !perform(button)) otherwise(button.dataset.action ?? '', button);
  });
}

/** @param {string} url */
function open(url) {
  void chrome.tabs.create({ url });
}

/** @param {HTMLElement} button */
async function copyCommand(button) {
  await navigator.clipboard.writeText(button.parentElement?.querySelector('code')?.textContent ?? '');
  // The name changes for a moment, so that it is seen and heard that it is done.
  const label = (button.dataset.label ??= button.textContent ?? '');
  button.ariaLive = 'polite';
  button.textContent = text('copied');
  setTimeout(() => (button.textContent = label), COPIED_MS);
}
