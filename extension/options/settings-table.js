/**
 * Every setting that the settings page shows, in its order: pure. The page, its checks, export and import follow this table;
 * what a value may be beyond that, the owner of the setting says: `lib/settings.js` or the host.
 *
 * @typedef {object} Row
 * @property {string} name of the setting, unique over both homes
 * @property {'browser'|'host'} home who owns it
 * @property {string} section id of a section of the page
 * @property {'choice'|'select'|'check'|'line'|'words'|'sites'|'device'} kind of its control
 * @property {'now'|'next'} holds from now on, or from the next conversation on
 * @property {unknown} standard its default
 * @property {string} label key of `_locales`, as all that follow
 * @property {string} hint
 * @property {{[value: string]: string}} [choices] value to label; '' is the host's default
 * @property {string} [check] what the box says
 * @property {'models'|'voices'|'languages'} [offered] the host has more values to choose from
 * @property {boolean} [ofComputer] means nothing on another computer: not exported, not imported
 * @property {number} [longest] characters
 * @property {number} [lines] of a text area
 */
import { MAX_PATTERNS, toPattern } from '../lib/blocklist.js';
import { DEFAULTS, isDevice } from '../lib/settings.js';

const LONGEST_LIST = 50_000;

export const ROWS = Object.freeze(/** @type {Row[]} */ ([
  {
    name: 'reply', home: 'browser', section: 'talking', kind: 'choice', holds: 'next', standard: 'voice',
    label: 'reply_label', hint: 'options_reply_hint', choices: { voice: 'reply_voice', text: 'reply_text' },
  },
  {
    name: 'talk', home: 'browser', section: 'talking', kind: 'choice', holds: 'next', standard: DEFAULTS.talk,
    label: 'options_talk', hint: 'options_talk_hint', choices: { 'hands-free': 'options_talk_hands_free', 'push-to-talk': 'options_talk_push' },
  },
  {
    name: 'language', home: 'host', section: 'talking', kind: 'select', holds: 'next', standard: '', offered: 'languages',
    label: 'options_language', hint: 'options_language_hint', choices: { '': 'options_language_spoken' },
  },
  {
    name: 'voice', home: 'host', section: 'talking', kind: 'select', holds: 'next', standard: '', offered: 'voices',
    label: 'options_voice', hint: 'options_voice_hint', choices: { '': 'options_voice_default' },
  },
  {
    name: 'speed', home: 'host', section: 'talking', kind: 'choice', holds: 'next', standard: 'normal',
    label: 'options_speed', hint: 'options_speed_hint',
    choices: { slow: 'options_speed_slow', normal: 'options_speed_normal', fast: 'options_speed_fast' },
  },
  {
    name: 'patience', home: 'host', section: 'talking', kind: 'choice', holds: 'next', standard: 'normal',
    label: 'options_patience', hint: 'options_patience_hint',
    choices: { short: 'options_patience_short', normal: 'options_patience_normal', patient: 'options_patience_patient' },
  },
  {
    name: 'microphone', home: 'browser', section: 'talking', kind: 'device', holds: 'now', standard: DEFAULTS.microphone, ofComputer: true,
    label: 'options_microphone', hint: 'options_microphone_hint',
  },
  {
    name: 'speaker', home: 'browser', section: 'talking', kind: 'device', holds: 'now', standard: DEFAULTS.speaker, ofComputer: true,
    label: 'options_speaker', hint: 'options_speaker_hint',
  },
  {
    name: 'park_minutes', home: 'host', section: 'talking', kind: 'select', holds: 'next', standard: '5',
    label: 'options_park', hint: 'options_park_hint',
    choices: { 2: 'options_park_2', 5: 'options_park_5', 15: 'options_park_15', 60: 'options_park_60', 0: 'options_park_never' },
  },
  {
    name: 'sounds', home: 'browser', section: 'talking', kind: 'check', holds: 'next', standard: false,
    label: 'options_sounds', hint: 'options_sounds_hint', check: 'options_sounds_choice',
  },
  {
    name: 'instructions', home: 'host', section: 'gemini', kind: 'words', holds: 'next', standard: '', longest: 8000, lines: 7,
    label: 'options_instructions', hint: 'options_instructions_hint',
  },
  {
    name: 'model', home: 'host', section: 'gemini', kind: 'line', holds: 'next', standard: '', offered: 'models', longest: 100,
    label: 'options_model', hint: 'options_model_hint',
  },
  {
    name: 'detail', home: 'host', section: 'gemini', kind: 'choice', holds: 'next', standard: 'fine',
    label: 'options_detail', hint: 'options_detail_hint', choices: { fine: 'options_detail_fine', coarse: 'options_detail_coarse' },
  },
  {
    name: 'source', home: 'browser', section: 'sharing', kind: 'choice', holds: 'next', standard: 'tab',
    label: 'options_source', hint: 'options_source_hint', choices: { tab: 'source_tab', screen: 'source_screen', voice: 'source_voice' },
  },
  {
    name: 'tabSound', home: 'browser', section: 'sharing', kind: 'check', holds: 'now', standard: DEFAULTS.tabSound,
    label: 'options_tab_sound', hint: 'options_tab_sound_hint', check: 'options_tab_sound_choice',
  },
  {
    name: 'quieter', home: 'browser', section: 'sharing', kind: 'check', holds: 'now', standard: DEFAULTS.quieter,
    label: 'options_quieter', hint: 'options_quieter_hint', check: 'options_quieter_choice',
  },
  {
    name: 'justSaid', home: 'browser', section: 'sharing', kind: 'check', holds: 'now', standard: DEFAULTS.justSaid,
    label: 'options_just_said', hint: 'options_just_said_hint', check: 'options_just_said_choice',
  },
  {
    name: 'blocked', home: 'browser', section: 'sharing', kind: 'sites', holds: 'now', standard: [], longest: LONGEST_LIST, lines: 4,
    label: 'options_private', hint: 'options_private_hint',
  },
  {
    name: 'allowed', home: 'browser', section: 'sharing', kind: 'sites', holds: 'now', standard: [], longest: LONGEST_LIST, lines: 3,
    label: 'options_exceptions', hint: 'options_exceptions_hint',
  },
]));

/** @typedef {{[name: string]: any}} Values by the setting's name */

/**
 * @param {Row} row
 * @param {unknown} value
 * @returns {boolean} whether the setting could hold it, as far as this table knows
 */
export function fits({ kind, choices = {}, offered, longest = 100 }, value) {
  if (kind === 'check') return typeof value === 'boolean';
  if (kind === 'device') return isDevice(value);
  if (kind === 'sites') {
    return Array.isArray(value) && value.length <= MAX_PATTERNS && value.every((site) => toPattern(site) !== null);
  }
  if (typeof value !== 'string' || value.length > longest) return false;
  return offered !== undefined || kind === 'words' || Object.hasOwn(choices, value);
}

/** @param {unknown} one @param {unknown} other values of one setting */
export function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}
