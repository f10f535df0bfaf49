/**
 * What the panel shows, decided: a pure function from all that the panel knows to keys of `_locales`, flags and values.
 * Snapshots are read defensively, since the panel may be older or newer than the page that sends them after an update.
 *
 * @typedef {import('../lib/status.js').Status} Status
 * @typedef {import('../lib/status.js').Failure} Failure
 * @typedef {import('../lib/status.js').Entry} Entry
 * @typedef {import('../lib/status.js').Picture} Picture
 * @typedef {import('../lib/settings.js').Settings} Settings
 * @typedef {import('../lib/failures.js').FailureWords} FailureWords
 *
 * @typedef {object} Model all that the panel knows
 * @property {Status|null} status null until the first snapshot
 * @property {Entry[]} entries
 * @property {Settings} settings
 * @property {string|null} shortcut really assigned; '' if none, null while unknown
 * @property {{key: string, practice: boolean, model: string}|null} host null while unknown
 * @property {Failure|null} failure met by the panel itself, in opening or starting
 * @property {import('../lib/status.js').SourceKind|null} asked the source of a start that has not shown in `status` yet
 * @property {string} dismissed `failureName` of the failure that the person waved away
 * @property {boolean} enlarged the picture is shown at the panel's width
 * @property {string} shown URL of the picture sent before that is shown so; '' for none
 * @property {Status|null} calm the last status that was not `reconnecting`
 * @property {number} now ms since the Unix epoch
 *
 * @typedef {'idle'|'starting'|'listening'|'thinking'|'speaking'|'waiting'|'hearing'|'muted'|'paused'|'reconnecting'|'parked'|'ended'|'failed'} Look
 *
 * @typedef {FailureWords & {name: string, detail: string, dismissable: boolean}} ShownFailure
 *
 * @typedef {object} Presentation
 * @property {Look} look
 * @property {string} headline
 * @property {{key: string, parts: string[]}} about the line under the headline
 * @property {boolean} parked it rests until it is woken
 * @property {boolean} active a conversation runs or is being brought up
 * @property {boolean} practice
 * @property {boolean} practiceNotice gives way to a failure: both do not fit
 * @property {Pick<Settings, 'reply'|'source'>} settings what the radios show
 * @property {{wanted: boolean, told: string}|null} tabSound whether Gemini is to hear the tab, and what is said of that it does; null where there is no tab
 * @property {boolean} keepsTab one can ask what was just said in the tab
 * @property {boolean} muted
 * @property {boolean} paused
 * @property {{held: boolean, enabled: boolean}|null} hold the button of push-to-talk
 * @property {{enabled: boolean, sends: boolean, hint: string}} ask `hint` says what to type or why one cannot
 * @property {ShownFailure|null} failure
 * @property {boolean} pointing
 * @property {{picture: Picture|null, placeholder: string, stale: boolean, enlarged: boolean}|null} sight
 * @property {{pictures: Picture[], shown: string}} strip what was sent before, newest first; `shown` is the URL of the one that is shown large, or ''
 * @property {''|'idle'|'active'} empty what stands in for a conversation that has no words yet
 */
import { explain } from '../lib/failures.js';
import { checkSettings } from '../lib/settings.js';
import { idleStatus } from '../lib/status.js';

const STATES = ['idle', 'starting', 'live', 'reconnecting', 'parked', 'ended', 'failed'];
const ACTIVITIES = ['listening', 'thinking', 'speaking'];
const FINDINGS = /** @type {const} */ (['clear', 'blocked', 'gone']);
/** By what the host says of the key. @type {{[key: string]: string}} */
const KEY_FAILURES = { 'unreadable': 'key-unreadable', 'login-needed': 'login-needed' };
const ACTIVE = ['starting', 'live', 'reconnecting', 'parked'];
/** A link that is back so soon was never missed: the panel goes on showing what it showed. */
export const UNNOTICED_MS = 500;
/** However many a page of another version sends. */
const MOST_SHOWN = 16;
/** From then on it is said how long it takes. */
const LONG_MS = 2000;

/** @returns {Model} */
export function emptyModel() {
  return {
    status: null,
    entries: [],
    settings: checkSettings(null),
    shortcut: null,
    host: null,
    failure: null,
    asked: null,
    dismissed: '',
    enlarged: false,
    shown: '',
    calm: null,
    now: 0,
  };
}

/**
 * @param {Model} model
 * @returns {Presentation}
 */
export function present(model) {
  const status = calmed(readStatus(model.status), model);
  if (model.asked && !ACTIVE.includes(status.state)) {
    Object.assign(status, { state: 'starting', failure: null, picture: null, muted: false, paused: false, held: false });
    status.talk = model.settings.talk;
    status.source = { kind: model.asked, title: '', site: '', width: 0, height: 0 };
  }
  const active = ACTIVE.includes(status.state);
  const settings = active ? { reply: status.reply, source: status.source.kind } : model.settings;
  const look = lookOf(status);
  const failure = failureOf(status, model);
  const practice = active ? status.practice : (model.host?.practice ?? status.practice);
  return {
    look,
    headline: `state_${look}`,
    about: aboutOf(look, status, model.now),
    parked: look === 'parked',
    active,
    practice,
    practiceNotice: practice && !failure,
    settings,
    tabSound: settings.source === 'tab' ? { wanted: model.settings.tabSound, told: hearsOf(status) } : null,
    keepsTab: active && status.keepsTab && !status.paused,
    muted: status.muted,
    paused: status.paused,
    hold: active && status.talk === 'push-to-talk' ? { held: status.held, enabled: !status.muted && !status.paused } : null,
    ask: askOf(status.state),
    failure,
    pointing: status.pointing,
    sight: active ? sightOf(status, model.enlarged) : null,
    strip: stripOf(active ? status : null, model.shown),
    empty: model.entries.length ? '' : active ? 'active' : 'idle',
  };
}

/**
 * @param {unknown} value what claims to be a Status
 * @returns {Status} the same with every field of its right kind
 */
export function readStatus(value) {
  const given = record(value);
  const base = idleStatus();
  const source = record(given.source);
  const failure = record(given.failure);
  const { kind } = source;
  const { reply, talk } = checkSettings(given);
  return {
    state: STATES.includes(given.state) ? given.state : base.state,
    activity: ACTIVITIES.includes(given.activity) ? given.activity : base.activity,
    since: number(given.since),
    source: {
      kind: checkSettings({ source: kind }).source,
      title: string(source.title),
      site: string(source.site),
      width: number(source.width),
      height: number(source.height),
    },
    hearing: given.hearing === true,
    hearsTab: given.hearsTab === true,
    keepsTab: given.keepsTab === true,
    finding: FINDINGS.find((each) => each === given.finding) ?? base.finding,
    muted: given.muted === true,
    paused: given.paused === true,
    reply,
    talk,
    held: given.held === true,
    practice: given.practice === true,
    model: string(given.model),
    failure: string(failure.code) ? { code: failure.code, detail: string(failure.detail) } : null,
    picture: readPicture(given.picture),
    pictures: (Array.isArray(given.pictures) ? given.pictures.slice(-MOST_SHOWN) : []).map(readPicture).filter((each) => each !== null),
    pointing: given.pointing === true,
    kept: number(given.kept),
  };
}

/**
 * @param {unknown} value
 * @returns {Picture|null} null unless it is a picture made by a page of this extension
 */
function readPicture(value) {
  const { url, width, height, bytes, time, pointed } = record(value);
  if (!string(url).startsWith('blob:')) return null;
  return { url, width: number(width), height: number(height), bytes: number(bytes), time: number(time), pointed: pointed === true };
}

/** @param {Status} status @param {Model} model @returns {Status} as it was before, where the connection may be back at once */
function calmed(status, { calm, now }) {
  if (!calm || status.state !== 'reconnecting' || now - status.since >= UNNOTICED_MS) return status;
  return { ...status, state: calm.state, failure: calm.failure };
}

/** @param {Status} status @returns {Look} */
function lookOf({ state, activity, hearing, muted, paused, talk, held }) {
  if (held && hearing && (state === 'live' || state === 'starting')) return 'hearing';
  if (state !== 'live') return state;
  if (paused) return 'paused';
  if (activity === 'listening' && !hearing && !muted) return 'starting';
  if (muted && activity === 'listening') return 'muted';
  return talk === 'push-to-talk' && activity === 'listening' ? 'waiting' : activity;
}

/** @param {Status} status @returns {string} what Gemini hears beside the person; empty for nothing */
function hearsOf({ state, hearsTab, paused, muted, talk }) {
  if (state !== 'live' || !hearsTab || paused) return '';
  if (talk === 'push-to-talk') return muted ? '' : 'hears_tab_push';
  return muted ? 'hears_tab_muted' : 'hears_tab';
}

/**
 * @param {Look} look
 * @param {Status} status
 * @param {number} now
 * @returns {Presentation['about']}
 */
function aboutOf(look, { source, finding, hearing, muted, paused, since, kept, talk }, now) {
  const line = (/** @type {string} */ key, /** @type {string[]} */ ...parts) => ({ key, parts });
  if (look === 'starting' && !hearing) return line(muted ? 'about_muted' : 'about_starting_deaf');
  if (look === 'parked' && (muted || paused)) return line('about_parked_deaf');
  if (talk === 'push-to-talk' && (look === 'starting' || look === 'parked')) return line(`about_${look}_push`);
  if (look === 'reconnecting' && now - since >= LONG_MS) {
    const time = clock(now - since);
    if (kept > 0) return line('about_reconnecting_kept', time, String(kept));
    return line(muted || paused ? 'about_reconnecting_for' : 'about_reconnecting_keeping', time);
  }
  if (look === 'paused' || !['listening', 'thinking', 'speaking'].includes(look)) return line(`about_${look}`);
  if (muted) return line('about_muted');
  if (finding !== 'clear') return line('about_unseen');
  return source.kind === 'tab' && source.title ? line('about_tab_titled', source.title) : line(`about_${source.kind}`);
}

/** @param {Status['state']} state @returns {Presentation['ask']} */
function askOf(state) {
  if (state === 'starting' || state === 'live' || state === 'parked') return { enabled: true, sends: true, hint: 'ask_hint' };
  if (state === 'reconnecting') return { enabled: true, sends: true, hint: 'ask_hint_reconnecting' };
  return { enabled: false, sends: false, hint: 'ask_hint_idle' };
}

/**
 * @param {Status} status
 * @param {Model} model
 * @returns {ShownFailure|null} the panel's own failure first: it answers what the person just did
 */
function failureOf(status, { failure: own, host, dismissed }) {
  const active = ACTIVE.includes(status.state);
  const code = active ? undefined : KEY_FAILURES[host?.key ?? ''];
  const unreadable = code ? { code, detail: '' } : null;
  const unseen = active && !status.paused && status.finding !== 'clear' ? { code: `page-${status.finding}`, detail: '' } : null;
  const failure = own ?? status.failure ?? unseen ?? unreadable;
  if (!failure) return null;
  const name = `${status.state} ${failure.code} ${failure.detail}`;
  const dismissable = status.state !== 'failed' && status.state !== 'reconnecting';
  if (dismissable && name === dismissed) return null;
  const words = explain(failure.code);
  // Nobody needs to press anything while it is mending itself, and what runs cannot be started.
  const mending = status.state === 'reconnecting' && failure === status.failure;
  if (mending) Object.assign(words, { next: 'failure_next_by_itself', action: null, traceable: false });
  else if (active && words.action?.id === 'start') words.action = null;
  return { ...words, name, detail: failure.detail, dismissable };
}

/**
 * @param {Status} status
 * @param {boolean} enlarged
 * @returns {Presentation['sight']}
 */
function sightOf({ source, picture, paused, finding, state }, enlarged) {
  if (source.kind === 'voice') return { picture: null, placeholder: 'sight_voice', stale: false, enlarged };
  const parked = state === 'parked';
  const placeholder = paused ? 'sight_paused' : parked ? 'sight_parked' : finding === 'clear' ? 'sight_waiting' : 'sight_hidden';
  return { picture, placeholder, stale: paused || parked, enlarged };
}

/** @param {Status|null} status @param {string} shown @returns {Presentation['strip']} */
function stripOf(status, shown) {
  const pictures = (status?.pictures ?? []).filter(({ url }) => url !== status?.picture?.url).reverse();
  return { pictures, shown: pictures.some(({ url }) => url === shown) ? shown : '' };
}

/** @param {number} ms @returns {string} minutes and seconds */
function clock(ms) {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** @param {unknown} value @returns {{[name: string]: any}} */
const record = (value) => (typeof value === 'object' && value !== null ? value : {});
/** @param {unknown} value */
const string = (value) => (typeof value === 'string' ? value : '');
/** @param {unknown} value */
const number = (value) => (typeof value === 'number' && Number.isFinite(value) ? value : 0);
