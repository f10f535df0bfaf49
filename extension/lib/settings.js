/**
 * The settings of this browser: how Tabtalk answers, when it hears, which microphone it listens to, which speaker it plays at, what it looks
 * at first, what becomes of a tab's sound, and whether it makes sounds of its own. Settings about Gemini belong to the host.
 * Persists: `reply`, `talk`, `microphone`, `speaker`, `source`, `sounds`, `tabSound`, `quieter`, `justSaid`, `follow`, `blocked` and `allowed` in `chrome.storage.local`. What is read is checked:
 * storage outlives the version that wrote it. Names that this version does not know stay there for the one that does.
 *
 * @typedef {import('./status.js').Reply} Reply
 * @typedef {import('./status.js').SourceKind} SourceKind
 * @typedef {import('./status.js').Talk} Talk
 *
 * @typedef {object} Device of this computer, as the browser names it to this extension
 * @property {string} id '' for the computer's default
 * @property {string} label by which it is known again where its id has changed
 *
 * @typedef {object} Settings
 * @property {Reply} reply
 * @property {Talk} talk whether it hears all that is said, or what the person says while they press
 * @property {Device} microphone
 * @property {Device} speaker where all is heard that Tabtalk plays
 * @property {SourceKind} source what is looked at first
 * @property {boolean} sounds
 * @property {boolean} tabSound Gemini hears the shared tab, too
 * @property {boolean} quieter the shared tab is softer for the person while they or Gemini speak
 * @property {boolean} justSaid the last of the shared tab's sound is kept, to be asked about
 * @property {boolean} follow the eyes go along from tab to tab; holds only with a right of the browser's, see `following.js`
 * @property {readonly string[]} blocked sites that Tabtalk must not look at, beside its own list; patterns of `blocklist.js`
 * @property {readonly string[]} allowed sites that it may look at although its own list has them
 */

import { toPatterns } from './blocklist.js';
import { readManaged } from './managed.js';

/** @type {Readonly<Device>} */
export const DEFAULT_DEVICE = Object.freeze({ id: '', label: '' });

/** @type {Readonly<Settings>} */
export const DEFAULTS = Object.freeze({
  reply: 'voice',
  talk: 'hands-free',
  microphone: DEFAULT_DEVICE,
  speaker: DEFAULT_DEVICE,
  source: 'tab',
  sounds: false,
  tabSound: false,
  quieter: false,
  justSaid: false,
  follow: false,
  blocked: [],
  allowed: [],
});

const MAX_DEVICE_NAME = 300;
/** @type {{reply: readonly string[], talk: readonly string[], source: readonly string[]}} */
const CHOICES = { reply: ['voice', 'text'], talk: ['hands-free', 'push-to-talk'], source: ['tab', 'screen', 'voice'] };

/**
 * @param {unknown} value anything
 * @returns {Settings} its known, valid fields; the defaults for the rest
 */
export function checkSettings(value) {
  const given = /** @type {{[name: string]: any}} */ (typeof value === 'object' && value !== null ? value : {});
  return {
    reply: CHOICES.reply.includes(given.reply) ? given.reply : DEFAULTS.reply,
    talk: CHOICES.talk.includes(given.talk) ? given.talk : DEFAULTS.talk,
    microphone: deviceOf(given.microphone),
    speaker: deviceOf(given.speaker),
    source: CHOICES.source.includes(given.source) ? given.source : DEFAULTS.source,
    sounds: given.sounds === true,
    tabSound: given.tabSound === true,
    quieter: given.quieter === true,
    justSaid: given.justSaid === true,
    follow: given.follow === true,
    blocked: toPatterns(given.blocked),
    allowed: toPatterns(given.allowed),
  };
}

/** @param {unknown} value @returns {value is Device} */
export function isDevice(value) {
  const { id, label } = /** @type {{[name: string]: unknown}} */ (typeof value === 'object' && value !== null ? value : {});
  return [id, label].every((each) => typeof each === 'string' && each.length <= MAX_DEVICE_NAME);
}

/** @param {unknown} value @returns {Device} */
function deviceOf(value) {
  return isDevice(value) ? { id: value.id, label: value.label } : DEFAULT_DEVICE;
}

/** @returns {Promise<Settings>} what holds: an organisation's word goes before the person's */
export async function readSettings() {
  const [own, managed] = await Promise.all([chrome.storage.local.get(Object.keys(DEFAULTS)), readManaged()]);
  // Whoever decides about private sites can add some, never uncover one.
  const blocked = [...toPatterns(managed.blocked), ...toPatterns(own.blocked)];
  return checkSettings({ ...own, ...managed, blocked, follow: own.follow, microphone: own.microphone, speaker: own.speaker });
}

/**
 * @param {Partial<Settings>} change
 * @returns {Promise<Settings>} what holds now
 */
export async function changeSettings(change) {
  const checked = Object.entries(checkSettings(change)).filter(([name]) => Object.hasOwn(change, name));
  await chrome.storage.local.set(Object.fromEntries(checked));
  return readSettings();
}
