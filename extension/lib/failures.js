/**
 * What an error code means to a person: what happened, why, what to do next, and the button that does it.
 * Every code of the protocol has three texts in `_locales`, `failure_<code>_what`, `_why` and `_next`.
 *
 * @typedef {'start'|'retry-microphone'|'share-tab'|'share-screen'|'grant-microphone'|'open-settings'|'copy-command'|'point'} Action
 * @typedef {object} FailureWords
 * @property {string} what key of `_locales`
 * @property {string} why
 * @property {string} next
 * @property {{id: Action, label: string}|null} action its button; `label` is a key of `_locales`
 * @property {boolean} [traceable] whether walking the links may find out more
 */
import { ERROR_CODES } from './protocol.js';

/** Many systems have no plain `python`. */
const PYTHON = /Windows/.test(globalThis.navigator?.userAgent ?? '') ? 'py' : 'python3';
/** Sets up the host again, adds or replaces the key; typed in the folder that Tabtalk was loaded from. */
export const INSTALL_COMMAND = `${PYTHON} host/install.py`;

/** @type {{[id in Action]: string}} */
const LABELS = {
  'start': 'mend_try_again',
  'retry-microphone': 'mend_try_again',
  'share-tab': 'mend_share_tab',
  'share-screen': 'mend_share_screen',
  'grant-microphone': 'mend_grant_microphone',
  'open-settings': 'mend_open_settings',
  'copy-command': 'button_copy',
  'point': 'mend_try_again',
};

/** What any of several links may be behind. */
const TRACEABLE = [
  'host-missing', 'host-forbidden', 'host-exited', 'version-mismatch', 'bad-message', 'link-lost', 'key-rejected', 'key-unreadable',
  'model-missing', 'request-rejected', 'no-network', 'setup-timeout', 'service-unavailable', 'settings-invalid', 'login-needed', 'host-broken',
];

/** @type {{[code: string]: Action|null}} */
const ACTIONS = {
  'host-missing': 'copy-command',
  'host-forbidden': 'copy-command',
  'host-exited': 'start',
  'version-mismatch': 'copy-command',
  'bad-message': 'copy-command',
  'link-lost': 'start',
  'key-rejected': 'open-settings',
  'key-unreadable': 'open-settings',
  'model-missing': 'open-settings',
  'quota-exceeded': 'start',
  'request-rejected': 'open-settings',
  'no-network': 'start',
  'setup-timeout': 'start',
  'service-unavailable': 'start',
  'settings-invalid': 'open-settings',
  'microphone-denied': 'grant-microphone',
  'microphone-missing': 'retry-microphone',
  'microphone-lost': 'retry-microphone',
  'tab-forbidden': 'share-screen',
  'tab-lost': 'share-tab',
  'screen-denied': 'share-screen',
  'internal': 'start',
  'nothing-shared': 'share-tab',
  'page-blocked': 'open-settings',
  'page-gone': 'share-screen',
  'login-needed': 'start',
  'model-replaced': 'open-settings',
  'echo-heard': 'open-settings',
  'picture-missing': 'point',
  'nothing-heard': 'share-tab',
  'sound-refused': 'open-settings',
  'host-broken': 'copy-command',
};

/**
 * @param {unknown} code one of ERROR_CODES; anything else is `internal`
 * @returns {FailureWords}
 */
export function explain(code) {
  const known = ERROR_CODES.find((each) => each === code) ?? 'internal';
  const key = `failure_${known.replaceAll('-', '_')}`;
  const action = ACTIONS[known];
  return {
    what: `${key}_what`,
    why: `${key}_why`,
    next: `${key}_next`,
    action: action && { id: action, label: LABELS[action] },
    traceable: TRACEABLE.includes(known),
  };
}
