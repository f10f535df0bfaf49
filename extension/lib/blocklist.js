/**
 * Which addresses Tabtalk looks away from. Only an address that is known and known to be harmless is looked at: whatever
 * cannot be read as one is not. Judged by the name of the host alone, which a page cannot change without being another
 * document; a path it could.
 *
 * A pattern is a host's name: it stands for that and everything below it, and `*` in it for any run of characters.
 */

import { SENSITIVE_SITES } from './sensitive-sites.js';

/**
 * @typedef {object} Rules
 * @property {readonly string[]} blocked the person's own patterns
 * @property {readonly string[]} allowed exceptions from Tabtalk's own list, never from the person's
 * @property {boolean} files the browser lets the extension see local files
 * @property {string} own the extension's own origin with a slash
 */

export const MAX_PATTERNS = 500;
const MAX_PATTERN = 253;
const MAX_ADDRESS = 65_536;
const BUILT_IN = Object.values(SENSITIVE_SITES).flat();
/** Chromium lets more stand in a host than a site can be called, such as a space. */
const NAME = /^([a-z0-9*._-]+|\[[0-9a-f:.]+\])$/;
/** Chromium's own PDF viewer, which stands inside the page that is looked at. */
const PDF_VIEWER = 'chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai/';
/** Frames without an address of their own: they show what the page around them wrote. */
const WITHOUT_ADDRESS = ['about:blank', 'about:srcdoc'];

/**
 * @param {unknown} address of the page in a tab
 * @param {Rules} rules
 * @returns {boolean}
 */
export function isBlocked(address, rules) {
  const url = parse(address);
  if (!url) return true;
  if (url.protocol === 'file:') return !rules.files;
  if (url.href.startsWith(rules.own)) return false;
  // A blob's address holds the origin of the page that made it.
  const web = url.protocol === 'blob:' ? parse(url.pathname) : url;
  if (web?.protocol !== 'http:' && web?.protocol !== 'https:') return true;
  const host = plain(web.hostname);
  if (host === '') return true;
  const some = (/** @type {readonly string[]} */ patterns) => patterns.some((pattern) => matches(pattern, host));
  return some(rules.blocked) || (some(BUILT_IN) && !some(rules.allowed));
}

/**
 * A frame inside a page that is not blocked itself.
 * @param {unknown} address
 * @param {Rules} rules
 * @returns {boolean}
 */
export function isFrameBlocked(address, rules) {
  const text = typeof address === 'string' ? address : '';
  // A `data:` or an empty frame was written by the page around it, and that is judged by itself.
  if (text.startsWith('data:') || text.startsWith(PDF_VIEWER) || WITHOUT_ADDRESS.includes(text.split(/[?#]/, 1)[0])) return false;
  return text === '' || isBlocked(text, rules);
}

/**
 * @param {unknown} address
 * @returns {string} the part of it that may be told: the host of a web page; empty for anything else
 */
export function hostOf(address) {
  const url = parse(address);
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? plain(url.hostname) : '';
}

/**
 * What a person typed or pasted, as a pattern.
 * @param {unknown} typed a name, with `*` where wanted, or a whole address
 * @returns {string|null} null when it cannot be one, or would match everything
 */
export function toPattern(typed) {
  if (typeof typed !== 'string' || typed.length > MAX_ADDRESS) return null;
  const host = typed.trim().replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').replace(/[/?#].*$/s, '').replace(/^.*@/s, '').replace(/:\d*$/, '');
  const parts = host.split('.').filter((part) => part !== '').map((part) => (part.includes('*') ? part.toLowerCase() : part));
  if (parts.length === 0 || parts.every((part) => /^\*+$/.test(part))) return null;
  // The stars go through the browser's own reading of a name as letters that no name has.
  const stars = 'xq7star7qx';
  if (host.includes(stars)) return null;
  const url = parse(`http://${parts.join('.').replaceAll(/\*+/g, stars)}/`);
  const pattern = url ? plain(url.hostname).replaceAll(stars, '*') : '';
  // A label that is not ASCII has another form in an address, in which a star would have no place.
  const whole = pattern.split('.').every((label) => !(label.startsWith('xn--') && label.includes('*')));
  return NAME.test(pattern) && pattern.length <= MAX_PATTERN && whole && count(pattern) === count(parts.join('.').replaceAll(/\*+/g, '*')) ? pattern : null;
}

/**
 * @param {unknown} value a list from storage
 * @returns {string[]} its patterns, each once
 */
export function toPatterns(value) {
  if (!Array.isArray(value)) return [];
  const patterns = value.slice(0, MAX_PATTERNS).map(toPattern).filter((pattern) => pattern !== null);
  return [...new Set(patterns)];
}

/**
 * @param {string} pattern as `toPattern` makes it
 * @param {string} host without a trailing dot
 * @returns {boolean}
 */
export function matches(pattern, host) {
  const bare = pattern.startsWith('*.') ? pattern.slice(2) : pattern;
  if (!bare.includes('*')) return host === bare || host.endsWith(`.${bare}`);
  // Of the name itself, and of whatever lies below it.
  return fits(bare, host) || fits(`*.${bare}`, host);
}

/**
 * In linear time for any pattern, which a regular expression would not be.
 * @param {string} pattern with stars
 * @param {string} host
 */
function fits(pattern, host) {
  const pieces = pattern.split('*');
  const first = pieces[0];
  const last = pieces[pieces.length - 1];
  if (host.length < first.length + last.length || !host.startsWith(first) || !host.endsWith(last)) return false;
  let from = first.length;
  const end = host.length - last.length;
  for (const piece of pieces.slice(1, -1)) {
    const at = host.indexOf(piece, from);
    if (at < 0 || at + piece.length > end) return false;
    from = at + piece.length;
  }
  return true;
}

/** @param {unknown} address @returns {URL|null} */
function parse(address) {
  return typeof address === 'string' && address.length <= MAX_ADDRESS && URL.canParse(address) ? new URL(address) : null;
}

/** Full names may end in a dot, and mean the same. @param {string} host */
function plain(host) {
  return host.replace(/\.+$/, '');
}

/** @param {string} pattern */
function count(pattern) {
  return pattern.split('*').length;
}
