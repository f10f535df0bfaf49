/** Versions, and what to do where they differ; the shortcuts and the microphone as the browser has them. */
import { renderCheck } from '../lib/check-row.js';
import { hostCheck, microphoneCheck } from '../lib/checks.js';
import { commandRow } from '../lib/failure-card.js';
import { text } from '../lib/i18n.js';
import { request } from '../lib/messages.js';
import { microphonePermission } from '../lib/microphone-permission.js';
import { PROTOCOL_VERSION } from '../lib/protocol.js';
import { SENSITIVE_SITES } from '../lib/sensitive-sites.js';

/** @type {{[category: string]: string}} */
const CATEGORIES = {
  banks: 'options_own_banks',
  passwords: 'options_own_passwords',
  health: 'options_own_health',
  payment: 'options_own_payment',
};

/** @param {HTMLElement} place */
export function showOwnVersion(place) {
  place.textContent = text('options_version', chrome.runtime.getManifest().version, String(PROTOCOL_VERSION));
}

/**
 * @param {HTMLElement} place
 * @param {HTMLElement} mend where the command goes that helps
 * @param {import('../lib/checks.js').HostReport} report
 */
export function showHost(place, mend, report) {
  const { mood, key, parts } = hostCheck(report);
  const { version } = chrome.runtime.getManifest();
  const differ = report.version !== version;
  place.textContent = text('options_host', text(key, ...parts));
  const words = document.createElement('p');
  words.textContent = text('options_versions_differ', version, report.version);
  mend.replaceChildren(...(differ ? [words] : []), ...(differ || mood !== 'good' ? [commandRow()] : []));
}

/** @param {HTMLElement} row of a check */
export async function showMicrophone(row) {
  renderCheck(row, microphoneCheck(await microphonePermission()));
}

/** @param {HTMLElement} list */
export async function showShortcuts(list) {
  /** @type {chrome.commands.Command[]} */
  const shortcuts = await request('background', 'shortcuts');
  const rows = shortcuts.filter(({ description }) => description).map(({ description, shortcut }) => {
    const [row, what, key] = ['div', 'dt', 'dd'].map((tag) => document.createElement(tag));
    what.textContent = description ?? '';
    const cap = document.createElement(shortcut ? 'kbd' : 'span');
    cap.textContent = shortcut || text('options_no_shortcut');
    key.append(cap);
    row.append(what, key);
    return row;
  });
  list.replaceChildren(...rows);
}

/** Tabtalk's own list of private sites. @returns {HTMLElement} */
export function ownSites() {
  const [details, summary, list] = ['details', 'summary', 'dl'].map((tag) => document.createElement(tag));
  summary.textContent = text('options_own_list');
  for (const [category, sites] of Object.entries(SENSITIVE_SITES)) {
    const [name, all] = ['dt', 'dd'].map((tag) => document.createElement(tag));
    name.textContent = text(CATEGORIES[category]);
    all.textContent = sites.join(', ');
    list.append(name, all);
  }
  list.className = 'own-list';
  details.append(summary, list);
  return details;
}
