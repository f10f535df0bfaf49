/**
 * What the person does in the panel, as calls of the panel.
 *
 * @typedef {import('./panel.js').Panel} Panel
 */
import { listen } from '../lib/page-actions.js';
import { bindHold } from './hold.js';
import { isAtEnd, scrollToEnd } from './conversation-log.js';
import { bindStrip } from './strip.js';

/**
 * @param {Document} page
 * @param {Panel} panel
 */
export function bindControls(page, panel) {
  const log = /** @type {HTMLElement} */ (page.getElementById('log'));
  const latest = /** @type {HTMLElement} */ (page.getElementById('latest'));
  const box = /** @type {HTMLTextAreaElement} */ (page.getElementById('ask'));

  /** @type {{[action: string]: (button: HTMLElement) => unknown}} */
  const actions = {
    'start': () => panel.begin(),
    'retry-microphone': () => panel.retryMicrophone(),
    'share-tab': () => panel.start('tab'),
    'share-screen': () => panel.start('screen'),
    'end': () => panel.end(),
    'wake': () => panel.wake(),
    'mute': () => panel.toggleMute(),
    'pause': () => panel.togglePause(),
    'dismiss': () => panel.dismiss(),
    'enlarge': () => panel.enlarge(),
    'point': () => panel.point(),
    'just-said': () => panel.askJustSaid(),
    'show-sent': (button) => panel.showSent(/** @type {HTMLButtonElement} */ (button).value),
    'hide-sent': () => panel.showSent(''),
    'latest': () => scrollToEnd(log),
    'send': () => send(),
  };
  listen(page, (action, button) => void actions[action]?.(button));

  const send = () => {
    if (panel.ask(box.value)) box.value = '';
    box.focus();
  };
  box.addEventListener('keydown', (event) => {
    // While an input method composes, Enter belongs to it.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  });

  for (const radio of page.querySelectorAll('input[type=radio]')) {
    const input = /** @type {HTMLInputElement} */ (radio);
    // A source is chosen by every click: "This tab", chosen again in front of another tab, means that one.
    if (input.name === 'source') {
      input.addEventListener('click', () => void panel.choose(/** @type {any} */ (input.value)));
    } else {
      input.addEventListener('change', () => void panel.reply(/** @type {any} */ (input.value)));
    }
  }
  const hearTab = /** @type {HTMLInputElement} */ (page.getElementById('hear-tab'));
  hearTab.addEventListener('change', () => void panel.hearTab(hearTab.checked));
  page.getElementById('sources')?.addEventListener('keydown', (event) => walkSources(event, page));

  bindHold(/** @type {HTMLButtonElement} */ (page.getElementById('hold')), panel);
  bindStrip(/** @type {HTMLElement} */ (page.getElementById('strip')));

  let following = true;
  const showLatest = () => {
    following = isAtEnd(log);
    latest.hidden = following;
  };
  log.addEventListener('scroll', showLatest);
  // A log that shrinks while a longer question is typed keeps its newest words in view.
  new ResizeObserver(() => following && scrollToEnd(log)).observe(log);
  new MutationObserver(showLatest).observe(log, { childList: true, subtree: true, characterData: true });
}

/**
 * Arrow keys move among the sources without choosing, since choosing "Screen or window" on the way past it would open the
 * browser's picker; Space chooses.
 * @param {KeyboardEvent} event
 * @param {Document} page
 */
function walkSources(event, page) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step || !(event.target instanceof HTMLInputElement)) return;
  event.preventDefault();
  const radios = /** @type {HTMLInputElement[]} */ ([...page.querySelectorAll('input[name=source]')]);
  radios.at((radios.indexOf(event.target) + step) % radios.length)?.focus();
}
