/**
 * What the host says of keys and profiles, as words: pure. No key comes this way.
 *
 * @typedef {{name: string, store: string, project: string, location: string}} Profile
 * @typedef {{active: Profile, all: Profile[]}} Profiles
 * @typedef {{verdict: string, kept: string, text: string, why: string}} Verdict
 * @typedef {import('../lib/failures.js').FailureWords} FailureWords
 */

export const MAX_NAME = 40;
/** As the host has it: it has the last word. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} -]*$/u;
/** @type {{[store: string]: string}} */
const PLACES = {
  keychain: 'key_in_keychain',
  file: 'key_in_file',
  environment: 'key_in_environment',
  vertex: 'key_in_vertex',
};
/** @type {{[verdict: string]: {[kept: string]: string}}} */
const KEPT = {
  accepted: { keychain: 'key_accepted_keychain', file: 'key_accepted_file', vertex: 'key_accepted_vertex' },
  unknown: { keychain: 'key_unknown_keychain', file: 'key_unknown_file', vertex: 'key_unknown_vertex' },
};
/** @type {FailureWords} */
const REFUSED = { what: 'key_refused_what', why: 'key_refused_why', next: 'key_refused_next', action: null };
/** @type {FailureWords} */
const MALFORMED = { what: 'key_malformed_what', why: 'key_malformed_why', next: 'key_malformed_next', action: null };
/**
 * What was given instead of a key, by the kind that the host tells of it (`key_text.py`).
 * @type {{[kind: string]: FailureWords}}
 */
const MISTAKEN = {
  'several': { what: 'key_several_what', why: 'key_nothing_kept', next: 'key_several_next', action: null },
  'other-service': { what: 'key_other_service_what', why: 'key_nothing_kept', next: 'key_make_next', action: null },
  'service-account': { what: 'key_service_account_what', why: 'key_nothing_kept', next: 'key_service_account_next', action: null },
  'google-sign-in': { what: 'key_google_sign_in_what', why: 'key_nothing_kept', next: 'key_make_next', action: null },
  'private-key': { what: 'key_private_key_what', why: 'key_nothing_kept', next: 'key_make_next', action: null },
  'address': { what: 'key_address_what', why: 'key_nothing_kept', next: 'key_make_next', action: null },
};

/** @param {unknown} said by the host @returns {Profiles} */
export function toProfiles(said) {
  const { active, profiles } = /** @type {any} */ (said ?? {});
  const rows = Array.isArray(profiles?.list) ? profiles.list : [];
  const all = rows.map((/** @type {any} */ row) => ({
    name: words(row?.name), store: words(row?.store), project: words(row?.project), location: words(row?.location),
  }));
  if (!all.length) all.push({ name: 'default', store: 'none', project: '', location: '' });
  return { active: all.find((/** @type {Profile} */ { name }) => name === active) ?? all[0], all };
}

/** @param {Profile} profile @returns {string} key of `_locales`: where its key is */
export function placeOf({ store }) {
  return PLACES[store] ?? 'key_none';
}

/** @param {Profile} profile @returns {boolean} whether Tabtalk itself keeps a key that could be removed */
export function hasKey({ store }) {
  return store === 'keychain' || store === 'file';
}

/** @param {Profile} profile @returns {boolean} whether there is a way to Gemini that could be given up */
export function hasWay({ store }) {
  return store !== 'none';
}

/**
 * @param {Verdict} verdict
 * @param {FailureWords} [refused]
 * @returns {{failure: FailureWords, said: null}|{failure: null, said: string}} `said` is a key of `_locales`
 */
export function verdictWords({ verdict, kept, why }, refused = REFUSED) {
  if (verdict === 'malformed') return { failure: Object.hasOwn(MISTAKEN, why) ? MISTAKEN[why] : MALFORMED, said: null };
  const said = KEPT[verdict]?.[kept];
  return said ? { failure: null, said } : { failure: refused, said: null };
}

/**
 * @param {string} typed
 * @param {Profile[]} others that have their names already
 * @returns {string} key of `_locales`: why it cannot be a name; empty when it can
 */
export function nameProblem(typed, others) {
  const name = cleanName(typed);
  if (name.length > MAX_NAME || !NAME.test(name)) return 'key_name_rule';
  const same = others.some((other) => other.name.toLowerCase() === name.toLowerCase());
  return same ? 'key_name_taken' : '';
}

/** @param {string} typed */
export function cleanName(typed) {
  return typed.normalize('NFC').trim().replace(/\s+/g, ' ');
}

/** @param {unknown} value */
const words = (value) => (typeof value === 'string' ? value : '');
