import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ERROR_CODES } from '../../../extension/lib/protocol.js';
import { checkSettings } from '../../../extension/lib/settings.js';
import { idleStatus } from '../../../extension/lib/status.js';
import { emptyModel, present, readStatus } from '../../../extension/popup/presentation.js';

/** @typedef {import('../../../extension/lib/status.js').Status} Status */
/** @typedef {import('../../../extension/popup/presentation.js').Model} Model */

const PICTURE = { url: 'blob:chrome-extension://x/1', width: 4, height: 3, bytes: 9, time: 1, pointed: false };
const TAB = { kind: /** @type {const} */ ('tab'), title: 'A page', site: 'a.example', width: 4, height: 3 };
const VOICE = { kind: /** @type {const} */ ('voice'), title: '', site: '', width: 0, height: 0 };
const ENTRY = { id: 1, role: /** @type {const} */ ('user'), text: 'x', final: true, typed: false, cut: false };

/** @param {Partial<Status>} status @param {Partial<Model>} [more] */
function shown(status, more = {}) {
  return present({ ...emptyModel(), status: { ...idleStatus(), hearing: true, ...status }, ...more });
}

/** @param {string} code */
function because(code) {
  return { code, detail: '' };
}

test('before the first snapshot the panel is ready', () => {
  const { look, headline, active, failure, sight, empty } = present(emptyModel());
  assert.deepEqual([look, headline, active, failure, sight, empty], ['idle', 'state_idle', false, null, null, 'idle']);
});

test('each state has its headline', () => {
  for (const state of /** @type {const} */ (['idle', 'starting', 'reconnecting', 'parked', 'ended', 'failed'])) {
    assert.equal(shown({ state }).headline, `state_${state}`);
  }
  for (const activity of /** @type {const} */ (['listening', 'thinking', 'speaking'])) {
    assert.equal(shown({ state: 'live', activity }).headline, `state_${activity}`);
  }
});

test('nobody is told to speak before the microphone gives sound', () => {
  assert.equal(shown({ state: 'starting' }).about.key, 'about_starting');
  assert.equal(shown({ state: 'starting', hearing: false }).about.key, 'about_starting_deaf');
  assert.equal(shown({ state: 'starting', hearing: false, muted: true }).about.key, 'about_muted');
  const { headline, about } = shown({ state: 'live', hearing: false });
  assert.deepEqual([headline, about.key], ['state_starting', 'about_starting_deaf']);
  assert.equal(shown({ state: 'live', activity: 'speaking', hearing: false }).headline, 'state_speaking');
  assert.equal(shown({ state: 'live', hearing: false, paused: true }).headline, 'state_paused');
});

test('muted and paused are said while they matter', () => {
  assert.equal(shown({ state: 'live', muted: true }).headline, 'state_muted');
  assert.equal(shown({ state: 'live', muted: true, paused: true }).headline, 'state_paused');
  const speaking = shown({ state: 'live', activity: 'speaking', muted: true });
  assert.deepEqual([speaking.headline, speaking.about.key], ['state_speaking', 'about_muted']);
  assert.equal(shown({ state: 'ended', muted: true, paused: true }).headline, 'state_ended');
});

test('that Gemini hears the tab is said while it does', () => {
  const hearing = { state: /** @type {const} */ ('live'), source: TAB, hearsTab: true };
  const settings = checkSettings({ tabSound: true });
  const told = (/** @type {Partial<Status>} */ change) => shown({ ...hearing, ...change }, { settings }).tabSound?.told;
  assert.deepEqual(shown(hearing, { settings }).tabSound, { wanted: true, told: 'hears_tab' });
  assert.equal(told({ muted: true }), 'hears_tab_muted');
  assert.equal(told({ talk: 'push-to-talk' }), 'hears_tab_push');
  const silent = [{ paused: true }, { hearsTab: false }, { state: /** @type {const} */ ('parked') }, { talk: /** @type {const} */ ('push-to-talk'), muted: true }];
  for (const change of silent) assert.equal(told(change), '');
  assert.equal(shown({ ...hearing, source: VOICE }).tabSound, null, 'there is no tab');
});

test('with push-to-talk it says whether the person is heard, and has a button for it', () => {
  const pushing = { state: /** @type {const} */ ('live'), talk: /** @type {const} */ ('push-to-talk'), source: TAB };
  const looks = (/** @type {Partial<Status>} */ status) => {
    const { headline, about, hold } = shown({ ...pushing, ...status });
    return [headline, about.key, hold && [hold.held, hold.enabled]];
  };
  assert.deepEqual(looks({}), ['state_waiting', 'about_waiting', [false, true]]);
  assert.deepEqual(looks({ held: true }), ['state_hearing', 'about_hearing', [true, true]]);
  assert.deepEqual(looks({ held: true, activity: 'speaking' }), ['state_hearing', 'about_hearing', [true, true]]);
  assert.deepEqual(looks({ held: true, hearing: false }), ['state_starting', 'about_starting_deaf', [true, true]]);
  assert.deepEqual(looks({ activity: 'speaking' }), ['state_speaking', 'about_tab_titled', [false, true]]);
  assert.deepEqual(looks({ muted: true }), ['state_muted', 'about_muted', [false, false]]);
  assert.deepEqual(looks({ paused: true }), ['state_paused', 'about_paused', [false, false]]);
  assert.deepEqual(looks({ state: 'starting' }), ['state_starting', 'about_starting_push', [false, true]]);
  assert.deepEqual(looks({ state: 'starting', held: true }), ['state_hearing', 'about_hearing', [true, true]]);
  assert.deepEqual(looks({ state: 'parked' }), ['state_parked', 'about_parked_push', [false, true]]);
  assert.deepEqual(looks({ state: 'reconnecting', held: true }), ['state_reconnecting', 'about_reconnecting', [true, true]]);
  assert.deepEqual(looks({ state: 'ended' }), ['state_ended', 'about_ended', null]);
  assert.equal(shown({ state: 'live' }).hold, null);
});

test('a start that was asked for has the button at once where the settings want it', () => {
  const settings = checkSettings({ talk: 'push-to-talk' });
  assert.deepEqual(shown({ state: 'ended' }, { asked: 'tab', settings }).hold, { held: false, enabled: true });
  assert.equal(shown({ state: 'live' }, { settings }).hold, null, 'what runs goes on as it began');
});

test('the line below says what is seen', () => {
  assert.deepEqual(shown({ state: 'live', source: TAB }).about, { key: 'about_tab_titled', parts: ['A page'] });
  assert.equal(shown({ state: 'live', source: { ...TAB, title: '' } }).about.key, 'about_tab');
  assert.equal(shown({ state: 'live', source: VOICE }).about.key, 'about_voice');
  assert.equal(shown({ state: 'live', source: TAB, finding: 'blocked' }).about.key, 'about_unseen');
});

test('a start that was asked for shows at once, with the source that was asked for', () => {
  const old = { ...because('no-network') };
  const { look, active, failure, settings } = shown({ state: 'failed', failure: old }, { asked: 'screen' });
  assert.deepEqual([look, active, failure, settings.source], ['starting', true, null, 'screen']);
  assert.equal(shown({ state: 'live', source: VOICE }, { asked: 'tab' }).settings.source, 'voice');
});

test('the radios show the settings, and what really holds during a conversation', () => {
  const settings = /** @type {const} */ ({ ...checkSettings(null), reply: 'text', source: 'screen' });
  assert.deepEqual(shown({ state: 'idle' }, { settings }).settings, settings);
  assert.deepEqual(shown({ state: 'live', source: VOICE }, { settings }).settings, { reply: 'voice', source: 'voice' });
});

test('one can type while it starts or is live, and is told why not otherwise', () => {
  const rows = /** @type {const} */ (['idle', 'starting', 'live', 'reconnecting', 'parked', 'ended', 'failed']).map((state) => {
    const { enabled, sends, hint } = shown({ state }).ask;
    return [state, enabled, sends, hint];
  });
  assert.deepEqual(rows, [
    ['idle', false, false, 'ask_hint_idle'],
    ['starting', true, true, 'ask_hint'],
    ['live', true, true, 'ask_hint'],
    ['reconnecting', true, true, 'ask_hint_reconnecting'],
    ['parked', true, true, 'ask_hint'],
    ['ended', false, false, 'ask_hint_idle'],
    ['failed', false, false, 'ask_hint_idle'],
  ]);
});

test('test_f4 every code shows as what happened, why and the next step', () => {
  for (const code of ERROR_CODES) {
    const { failure } = shown({ state: 'failed', failure: because(code) });
    assert.ok(failure?.what && failure.why && failure.next && failure.action, code);
    assert.equal(failure.dismissable, false);
  }
});

test('while it mends itself nobody is told to press anything', () => {
  const { failure } = shown({ state: 'reconnecting', failure: because('link-lost') });
  assert.deepEqual([failure?.next, failure?.action], ['failure_next_by_itself', null]);
});

test('what runs cannot be started, but its source can be changed', () => {
  assert.equal(shown({ state: 'live', failure: because('service-unavailable') }).failure?.action, null);
  assert.equal(shown({ state: 'live', failure: because('microphone-lost') }).failure?.action?.id, 'retry-microphone');
  assert.equal(shown({ state: 'live', failure: because('tab-lost') }).failure?.action?.id, 'share-tab');
});

test('the failure of what was just done comes first', () => {
  const model = { failure: because('tab-forbidden') };
  assert.equal(shown({ state: 'live', failure: because('microphone-lost') }, model).failure?.what, 'failure_tab_forbidden_what');
});

test('a failure that was waved away stays away until another one comes', () => {
  const status = /** @type {const} */ ({ state: 'live', failure: because('tab-lost') });
  const dismissed = shown(status).failure?.name;
  assert.equal(shown(status, { dismissed }).failure, null);
  assert.notEqual(shown({ state: 'live', failure: because('microphone-lost') }, { dismissed }).failure, null);
  assert.notEqual(shown({ state: 'failed', failure: because('tab-lost') }, { dismissed }).failure, null);
});

test('a key that cannot be read is said before one starts', () => {
  const host = { key: 'unreadable', practice: true, model: '' };
  assert.equal(shown({ state: 'idle' }, { host }).failure?.what, 'failure_key_unreadable_what');
  assert.equal(shown({ state: 'live' }, { host }).failure, null);
});

test('practice is what the conversation says, or the host before one', () => {
  const host = { key: 'not-set', practice: true, model: '' };
  assert.equal(shown({ state: 'idle' }, { host }).practiceNotice, true);
  assert.equal(shown({ state: 'live', practice: false }, { host }).practice, false);
  assert.equal(shown({ state: 'live', practice: true }).practiceNotice, true);
  const failed = shown({ state: 'failed', failure: because('no-network') }, { host });
  assert.deepEqual([failed.practice, failed.practiceNotice], [true, false]);
});

test('the picture, or why there is none', () => {
  assert.deepEqual(shown({ state: 'live', picture: PICTURE }).sight?.picture, PICTURE);
  assert.equal(shown({ state: 'live' }).sight?.placeholder, 'sight_waiting');
  assert.equal(shown({ state: 'live', source: VOICE, picture: PICTURE }).sight?.picture, null);
  assert.equal(shown({ state: 'live', source: VOICE }).sight?.placeholder, 'sight_voice');
  assert.equal(shown({ state: 'live', paused: true }).sight?.placeholder, 'sight_paused');
  assert.equal(shown({ state: 'live', paused: true, picture: PICTURE }).sight?.stale, true);
  assert.equal(shown({ state: 'ended', picture: PICTURE }).sight, null);
});

test('one can ask what was just said where it is kept, and nowhere else', () => {
  assert.equal(shown({ state: 'live', keepsTab: true }).keepsTab, true);
  assert.equal(shown({ state: 'reconnecting', keepsTab: true }).keepsTab, true);
  assert.equal(shown({ state: 'live' }).keepsTab, false);
  assert.equal(shown({ state: 'live', keepsTab: true, paused: true }).keepsTab, false);
  assert.equal(shown({ state: 'ended', keepsTab: true }).keepsTab, false);
});

test('the tips leave when there are words', () => {
  assert.equal(shown({ state: 'idle' }, { entries: [ENTRY] }).empty, '');
  assert.equal(shown({ state: 'live' }).empty, 'active');
});

test('an odd snapshot never throws and shows something', () => {
  const odd = [undefined, null, 1, 'live', [], () => {}, NaN, {}, { code: 1 }, { url: 'https://example.org/' }, '__proto__'];
  for (const field of Object.keys(idleStatus())) {
    for (const value of odd) {
      const status = /** @type {any} */ ({ ...idleStatus(), state: 'live', [field]: value });
      const { headline, about } = present({ ...emptyModel(), status });
      assert.match(headline, /^state_[a-z]+$/, field);
      assert.match(about.key, /^about_[a-z_]+$/, field);
    }
  }
  for (const status of odd) assert.match(present({ ...emptyModel(), status: /** @type {any} */ (status) }).headline, /^state_/);
});

test('only a picture made by a page of ours is shown', () => {
  for (const url of ['https://example.org/a.png', 'data:image/png;base64,', 'javascript:1', ' blob:x', '', 4]) {
    assert.equal(readStatus({ picture: { ...PICTURE, url } }).picture, null, String(url));
  }
});

test('F24 a link that is back within half a second was never missed: the panel shows what it showed', () => {
  const calm = { ...idleStatus(), state: /** @type {const} */ ('live'), hearing: true };
  const lost = /** @type {const} */ ({ state: 'reconnecting', since: 10_000, failure: because('link-lost') });
  const at = (/** @type {number} */ now) => {
    const { look, failure } = shown(lost, { calm, now });
    return [look, failure?.what];
  };
  assert.deepEqual(at(10_499), ['listening', undefined]);
  assert.deepEqual(at(10_500), ['reconnecting', 'failure_link_lost_what']);
  assert.equal(shown(lost, { calm: null, now: 10_100 }).look, 'reconnecting');
});

test('reconnecting: since when, and how much of what was said is kept', () => {
  const about = (/** @type {Partial<Status>} */ status, /** @type {number} */ seconds) =>
    shown({ state: 'reconnecting', since: 1000, ...status }, { now: 1000 + seconds * 1000 }).about;
  assert.deepEqual(about({}, 1), { key: 'about_reconnecting', parts: [] });
  assert.deepEqual(about({}, 12), { key: 'about_reconnecting_keeping', parts: ['0:12'] });
  assert.deepEqual(about({ kept: 4 }, 75), { key: 'about_reconnecting_kept', parts: ['1:15', '4'] });
  for (const deaf of [{ muted: true }, { paused: true }]) {
    assert.deepEqual(about(deaf, 12), { key: 'about_reconnecting_for', parts: ['0:12'] });
  }
});

test('parked: it rests, says how to wake it, and shows no picture as if it were sent', () => {
  const { look, headline, about, parked, active, ask, sight } = shown({ state: 'parked', source: TAB, picture: PICTURE });
  assert.deepEqual([look, headline, about.key, parked, active], ['parked', 'state_parked', 'about_parked', true, true]);
  assert.deepEqual([ask.sends, sight?.stale], [true, true]);
  assert.equal(shown({ state: 'parked', source: TAB }).sight?.placeholder, 'sight_parked');
  for (const deaf of [{ muted: true }, { paused: true }]) {
    assert.equal(shown({ state: 'parked', ...deaf }).about.key, 'about_parked_deaf');
  }
  assert.equal(shown({ state: 'live' }).parked, false);
});

test('the row has what was sent before the newest, and that is shown large which is still in it', () => {
  const pictures = [1, 2, 3].map((time) => ({ ...PICTURE, url: `blob:chrome-extension://x/${time}`, time }));
  const live = (/** @type {string} */ large) => shown({ state: 'live', pictures, picture: pictures[2] }, { shown: large }).strip;
  assert.deepEqual(live('').pictures.map(({ time }) => time), [2, 1]);
  assert.equal(live(pictures[0].url).shown, pictures[0].url);
  assert.equal(live(pictures[2].url).shown, '');
  assert.equal(shown({ state: 'live', pictures, source: VOICE }).strip.pictures.length, 3);
  assert.deepEqual(shown({ state: 'ended', pictures }).strip.pictures, []);
  const foreign = /** @type {any} */ ([...pictures, { ...PICTURE, url: 'https://example.org/x.jpg' }, null, 7]);
  assert.equal(shown({ state: 'live', pictures: foreign }).strip.pictures.length, 3);
});
