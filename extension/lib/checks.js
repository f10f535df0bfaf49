/**
 * The three things that must be right before the first conversation, as words: pure.
 *
 * @typedef {import('./microphone-permission.js').Permission} Permission
 * @typedef {{version: string, key: string, practice: boolean, model: string}} HostReport
 * @typedef {object} Check
 * @property {'good'|'warn'|'bad'|'open'} mood `open`: nothing is wrong, the person has not decided yet
 * @property {string} key of `_locales`: the result in words
 * @property {string[]} parts for its placeholders
 * @property {boolean} [asks] the button beside it is needed
 */

/** @param {HostReport} report @returns {Check} */
export function hostCheck({ version, key, practice, model }) {
  if (key === 'unreadable') return { mood: 'bad', key: 'check_host_key_unreadable', parts: [version], asks: true };
  if (key === 'login-needed') return { mood: 'bad', key: 'check_host_login_needed', parts: [version] };
  if (practice) return { mood: 'warn', key: 'check_host_practice', parts: [version], asks: true };
  return { mood: 'good', key: 'check_host_good', parts: [version, model] };
}

/** @param {Permission} permission @returns {Check} */
export function microphoneCheck(permission) {
  switch (permission) {
    case 'granted':
      return { mood: 'good', key: 'check_microphone_granted', parts: [] };
    case 'denied':
      return { mood: 'bad', key: 'check_microphone_denied', parts: [] };
    case 'missing':
      return { mood: 'bad', key: 'check_microphone_missing', parts: [], asks: true };
    default:
      return { mood: 'open', key: 'check_microphone_prompt', parts: [], asks: true };
  }
}

/** @param {string} shortcut really assigned, or '' @returns {Check} */
export function shortcutCheck(shortcut) {
  if (shortcut) return { mood: 'good', key: 'check_shortcut_good', parts: [shortcut] };
  return { mood: 'warn', key: 'check_shortcut_missing', parts: [], asks: true };
}

/**
 * @param {{name?: string, shortcut?: string}[]} shortcuts as the browser tells them
 * @returns {string} the key that asks about a tab, or ''
 */
export function askShortcut(shortcuts) {
  return shortcuts.find(({ name }) => name === 'ask-about-tab')?.shortcut ?? '';
}

/**
 * @param {string} shortcut such as "Alt+G", or "⌥G" on a Mac
 * @returns {string[]} one a key cap
 */
export function keyCaps(shortcut) {
  if (shortcut.includes('+')) return shortcut.split('+').filter(Boolean);
  return [...shortcut.matchAll(/[⌃⌥⇧⌘]|[^⌃⌥⇧⌘]+/g)].map(([cap]) => cap);
}
