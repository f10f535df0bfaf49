/**
 * The links from the browser to Gemini that can be looked at from here, in order; and what is said of each: pure. The names
 * are those of `--check`, in `host/tabtalk/setup/links.py`, which sees more of some and nothing of others.
 *
 * @typedef {'ok'|'failed'|'unknown'} State
 * @typedef {object} Finding
 * @property {string} link
 * @property {State} state
 * @property {string} [code] one of ERROR_CODES, with what failed: it has the words and the mend
 * @property {string} [detail] as somebody else said it
 * @property {string} [said] key of `_locales`, where there is more to say than the state
 * @property {'grant-microphone'} [action] of lib/page-actions.js, where it is not a failure that has one
 * @typedef {Finding & {title: string}} Row
 */
import { ERROR_CODES } from '../lib/protocol.js';

/** While one of `needs` is not ok, nothing can be told of a link. `title` is a key of `_locales`. */
export const LINKS = Object.freeze([
  { id: 'manifest', title: 'link_manifest', needs: [] },
  { id: 'launch', title: 'link_launch', needs: ['manifest'] },
  { id: 'handshake', title: 'link_handshake', needs: ['launch'] },
  { id: 'versions', title: 'link_versions', needs: ['handshake'] },
  { id: 'socket', title: 'link_socket', needs: ['handshake'] },
  { id: 'token', title: 'link_token', needs: ['socket'] },
  { id: 'settings', title: 'link_settings', needs: ['versions'] },
  { id: 'keychain', title: 'link_keychain', needs: ['settings'] },
  { id: 'endpoint', title: 'link_endpoint', needs: ['keychain'] },
  { id: 'tls', title: 'link_tls', needs: ['endpoint'] },
  { id: 'key', title: 'link_key', needs: ['tls'] },
  { id: 'model', title: 'link_model', needs: ['key'] },
  { id: 'session', title: 'link_session', needs: ['tls'] },
  { id: 'microphone', title: 'link_microphone', needs: [] },
]);

/** What the host itself can be asked of. */
export const HOST_LINKS = ['settings', 'keychain', 'endpoint', 'tls', 'key', 'model', 'session'];
/** Those that hold where the host said hello. */
const TO_HELLO = ['manifest', 'launch', 'handshake'];
const STATES = ['ok', 'failed', 'unknown'];
const MAX_DETAIL = 300;

/**
 * What it says of the links that the host was had, or not.
 * @param {{version: string}|{code: string, detail: string}} answer
 * @param {string} version of the extension
 * @returns {Finding[]}
 */
export function hostFindings(answer, version) {
  if ('version' in answer) {
    const same = answer.version === version;
    return [...TO_HELLO.map(ok), same ? ok('versions') : failed('versions', 'version-mismatch', `the host is ${answer.version}, the extension ${version}`)];
  }
  const { code, detail } = answer;
  const broken = brokenAt(code, detail);
  const before = LINKS.map(({ id }) => id).slice(0, LINKS.findIndex(({ id }) => id === broken));
  return [...before.map(ok), failed(broken, code, detail)];
}

/** @param {string} code @param {string} detail the browser's own words, which are in no other language than English */
function brokenAt(code, detail) {
  if (code === 'host-missing' || code === 'host-forbidden') return 'manifest';
  if (code === 'version-mismatch') return 'versions';
  if (code === 'host-broken') return /communicating|no answer/i.test(detail) ? 'handshake' : 'launch';
  if (code === 'internal' && detail.includes('127.0.0.1')) return 'socket';
  return /failed to start|has exited/i.test(detail) ? 'launch' : 'handshake';
}

/**
 * @param {unknown} links of the message of that name
 * @returns {Finding[]} what makes sense of it
 */
export function readFindings(links) {
  const { list } = /** @type {{list?: unknown}} */ (links ?? {});
  if (!Array.isArray(list)) return [];
  return list.slice(0, LINKS.length).flatMap((each) => {
    const { link, state, code, text } = each ?? {};
    if (!HOST_LINKS.includes(link) || !STATES.includes(state)) return [];
    const known = ERROR_CODES.includes(code) ? code : 'internal';
    return [{ link, state, detail: String(text ?? '').slice(0, MAX_DETAIL), ...(state === 'failed' ? { code: known } : {}) }];
  });
}

/**
 * What is known of every link.
 * @param {readonly Finding[]} found one for a link at most
 * @returns {Row[]} in order
 */
export function rowsOf(found) {
  return LINKS.map(({ id, title }) => ({
    ...(found.find(({ link }) => link === id) ?? { link: id, state: /** @type {State} */ ('unknown'), said: 'link_not_looked_at' }),
    title,
  }));
}

/** Whether it is of use to look at a link. @param {string} link @param {readonly Finding[]} found */
export function canTell(link, found) {
  const { needs } = LINKS.find(({ id }) => id === link) ?? { needs: [] };
  return needs.every((need) => found.some(({ link: other, state }) => other === need && state === 'ok'));
}

/** @param {string} link @returns {Finding} */
export const ok = (link) => ({ link, state: 'ok' });

/** @param {string} link @param {string} code @param {string} [detail] @returns {Finding} */
export const failed = (link, code, detail = '') => ({ link, state: 'failed', code, detail });

/** @param {string} link @param {string} said @returns {Finding} */
export const untold = (link, said) => ({ link, state: 'unknown', said });
