/**
 * The panel's page from what the panel knows. Only shows: no listeners, no requests, nothing kept but what is on the page,
 * so that rendering the same model twice changes nothing (and a live region announces nothing twice).
 *
 * @typedef {import('./presentation.js').Model} Model
 * @typedef {import('./presentation.js').Presentation} Presentation
 */
import { commandRow, renderFailure } from '../lib/failure-card.js';
import { fill, text } from '../lib/i18n.js';
import { isAtEnd, renderLog, scrollToEnd } from './conversation-log.js';
import { levelOf, renderLevel } from './level-meter.js';
import { present } from './presentation.js';
import { renderSight } from './sight.js';
import { renderStrip } from './strip.js';

/**
 * @param {Document} root the document of popup.html
 * @param {Model} model
 */
export function render(root, model) {
  const shown = present(model);
  const focused = root.activeElement;
  const log = at(root, 'log');
  const follows = isAtEnd(log);
  root.body.dataset.look = shown.look;
  setText(at(root, 'state'), text(shown.headline));
  setText(at(root, 'about'), text(shown.about.key, ...shown.about.parts));
  renderPractice(at(root, 'practice'), shown.practiceNotice);
  renderFailure(at(root, 'failure'), shown.failure);
  renderSight(at(root, 'sight'), shown.sight);
  renderStrip(at(root, 'strip'), at(root, 'sent'), shown.strip);
  renderLog(log, model.entries, text(shown.practice ? 'speaker_practice' : 'speaker_model'));
  renderEmpty(root, shown, model.shortcut);
  renderTabSound(root, shown.tabSound);
  at(root, 'just-said').hidden = !shown.keepsTab;
  renderControls(root, shown);
  renderAsk(root, shown.ask);
  moveFocus(root, focused);
  // Whoever reads back is not disturbed; whoever is at the end stays there, whatever else takes room.
  if (follows) scrollToEnd(log);
}

/**
 * @param {Document} root
 * @param {Model} model
 * @param {{microphone?: unknown, speaker?: unknown}|null} levels
 */
export function renderLevels(root, model, levels) {
  renderLevel(at(root, 'level'), levelOf(present(model).look, levels));
}

/** @param {HTMLElement} banner @param {boolean} wanted */
function renderPractice(banner, wanted) {
  banner.hidden = !wanted;
  if (wanted && !banner.querySelector('.command-row')) banner.append(commandRow());
}

/** @param {Document} root @param {Presentation['tabSound']} tabSound */
function renderTabSound(root, tabSound) {
  at(root, 'tab-sound').hidden = !tabSound;
  if (tabSound) /** @type {HTMLInputElement} */ (at(root, 'hear-tab')).checked = tabSound.wanted;
  setText(at(root, 'hears-tab'), tabSound?.told ? text(tabSound.told) : '');
}

/** @param {Document} root @param {Presentation} shown */
function renderControls(root, { active, parked, settings, muted, paused, pointing, hold }) {
  at(root, 'start').hidden = active;
  at(root, 'wake').hidden = !parked;
  at(root, 'controls').hidden = !active;
  renderHold(/** @type {HTMLButtonElement} */ (at(root, 'hold')), hold);
  for (const name of /** @type {const} */ (['source', 'reply'])) {
    for (const radio of root.querySelectorAll(`input[name=${name}]`)) {
      const input = /** @type {HTMLInputElement} */ (radio);
      input.checked = input.value === settings[name];
    }
  }
  renderToggle(at(root, 'mute'), muted, 'button_mute', 'button_unmute');
  renderToggle(at(root, 'point'), pointing, 'button_point', 'button_stop_pointing');
  renderToggle(at(root, 'pause'), paused, 'button_pause', 'button_resume');
}

/** @param {HTMLButtonElement} button @param {Presentation['hold']} hold */
function renderHold(button, hold) {
  button.hidden = !hold;
  // Not `disabled`: whoever is on it with the keyboard stays there.
  button.setAttribute('aria-disabled', String(!hold?.enabled));
  button.setAttribute('aria-pressed', String(hold?.held ?? false));
  setText(button.querySelector('span'), text(hold?.held ? 'button_hold_on' : 'button_hold'));
}

/** @param {HTMLElement} button @param {boolean} on @param {string} offLabel @param {string} onLabel */
function renderToggle(button, on, offLabel, onLabel) {
  button.classList.toggle('on', on);
  setText(button.querySelector('span'), text(on ? onLabel : offLabel));
}

/** @param {Document} root @param {Presentation['ask']} ask */
function renderAsk(root, { enabled, sends, hint }) {
  const box = /** @type {HTMLTextAreaElement} */ (at(root, 'ask'));
  const send = /** @type {HTMLButtonElement} */ (at(root, 'send'));
  box.disabled = !enabled;
  box.placeholder = text(hint);
  send.disabled = !sends;
}

/** @param {Document} root @param {Presentation} shown @param {string|null} shortcut */
function renderEmpty(root, { empty }, shortcut) {
  at(root, 'empty').hidden = !empty;
  if (!empty) return;
  setText(at(root, 'empty-title'), text(empty === 'active' ? 'empty_title_active' : 'empty_title'));
  at(root, 'shortcut').hidden = empty !== 'idle' || !shortcut;
  at(root, 'no-shortcut').hidden = empty !== 'idle' || shortcut !== '';
  if (shortcut && at(root, 'shortcut').dataset.shortcut !== shortcut) {
    at(root, 'shortcut').dataset.shortcut = shortcut;
    const key = root.createElement('kbd');
    key.textContent = shortcut;
    fill(at(root, 'shortcut'), 'empty_shortcut', key);
  }
}

/**
 * A control that disappears hands the focus on: from Start and Go on to the question, or to the button to be held; from all that a
 * conversation needs back to Start.
 * @param {Document} root
 * @param {Element|null} focused
 */
function moveFocus(root, focused) {
  if (['start', 'wake', 'hold'].some((id) => focused === at(root, id) && at(root, id).hidden)) {
    const wanted = at(root, 'hold').hidden ? 'ask' : 'hold';
    at(root, at(root, 'controls').hidden ? 'start' : wanted).focus();
  } else if (focused && at(root, 'just-said').hidden && at(root, 'just-said').contains(focused)) {
    at(root, at(root, 'controls').hidden ? 'start' : 'ask').focus();
  } else if (focused && at(root, 'controls').hidden && at(root, 'controls').contains(focused)) at(root, 'start').focus();
}

/** @param {Document} root @param {string} id @returns {HTMLElement} */
function at(root, id) {
  return /** @type {HTMLElement} */ (root.getElementById(id));
}

/** @param {Element|null} element @param {string} words */
function setText(element, words) {
  if (element && element.textContent !== words) element.textContent = words;
}
