import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MAX_PATTERNS, hostOf, isBlocked, isFrameBlocked, matches, toPattern, toPatterns } from '../../../extension/lib/blocklist.js';
import { SENSITIVE_SITES } from '../../../extension/lib/sensitive-sites.js';

const OWN = 'chrome-extension://glkajheednccbbphfajgpkglpfkadndo/';
const NONE = { blocked: [], allowed: [], files: false, own: OWN };

/** @param {unknown} address @param {Partial<import('../../../extension/lib/blocklist.js').Rules>} [rules] */
const blocked = (address, rules = {}) => isBlocked(address, { ...NONE, ...rules });

/** A small repeatable generator. @param {number} seed */
function random(seed) {
  let state = seed;
  return (/** @type {number} */ below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test('ordinary pages are looked at', () => {
  for (const address of [
    'https://example.com/', 'http://127.0.0.1:8000/article', 'https://en.wikipedia.org/wiki/Bank', 'https://[::1]:3000/',
    'https://foodbank.org/', 'https://user:secret@example.com/', 'blob:https://example.com/8a-1', `${OWN}welcome/welcome.html`,
  ]) assert.equal(blocked(address), false, address);
});

test('T23 what is not known to be harmless is blocked', () => {
  for (const address of [
    undefined, null, '', 7, {}, [], 'about:blank', 'about:srcdoc', 'chrome://settings/', 'chrome://newtab/', 'chrome://crash',
    'devtools://devtools/bundled/inspector.html', 'view-source:https://example.com/', 'chrome-extension://aaaabbbbccccddddeeeeffffgggghhhh/x.html',
    'data:text/html,hello', 'javascript:alert(1)', 'blob:null/8a-1', 'blob:chrome://settings/8a', 'filesystem:https://example.com/temporary/x',
    'ftp://example.com/', 'edge://settings', 'not an address', 'https://', 'http:///', 'https://%00/', `https://example.com/${'a'.repeat(70_000)}`,
    'chrome-error://chromewebdata/', 'chrome-untrusted://print/', 'isolated-app://abc/', 'https://./',
  ]) assert.equal(blocked(address), true, String(address).slice(0, 60));
});

test('every built-in pattern is one, stands once, and blocks a site of its name', () => {
  const all = Object.values(SENSITIVE_SITES).flat();
  assert.equal(new Set(all).size, all.length);
  for (const pattern of all) {
    assert.equal(toPattern(pattern), pattern);
    const host = pattern.replace(/^\*\./, 'some.').replaceAll('*', 'x');
    assert.equal(blocked(`https://${host}/login`), true, pattern);
  }
});

test('the same host in any spelling is blocked', () => {
  for (const address of [
    'https://paypal.com/', 'https://www.paypal.com/', 'https://WWW.PayPal.COM/', 'https://paypal.com./', 'https://paypal.com:8443/x?y#z',
    'https://example.com@paypal.com/', 'https://example.com%40@paypal.com/', 'https:\\\\paypal.com\\', 'https:paypal.com', '  https://paypal.com',
    'https://pay\tpal.com/', 'https://ｐａｙｐａｌ.com/', 'https://p%61ypal.com/', 'blob:https://www.paypal.com/1-2', 'https://a.b.c.paypal.com/',
  ]) assert.equal(blocked(address), true, address);
});

test('a name elsewhere in the address blocks nothing', () => {
  for (const address of [
    'https://example.com/?paypal.com', 'https://example.com/paypal.com/', 'https://example.com/#https://paypal.com/', 'https://paypal.com@example.com/',
    'https://notpaypal.com/', 'https://paypal-com.example/', 'https://example.com/https://chase.com',
  ]) assert.equal(blocked(address), false, address);
});

test('names in other scripts are compared as the browser compares them', () => {
  const rules = { blocked: toPatterns(['bücher.example', 'МОЙБАНК.рф']) };
  assert.deepEqual(rules.blocked, ['xn--bcher-kva.example', 'xn--80abxggjd.xn--p1ai']);
  for (const address of ['https://bücher.example/', 'https://BÜCHER.example/', 'https://www.xn--bcher-kva.example/', 'https://мойбанк.рф/']) {
    assert.equal(blocked(address, rules), true, address);
  }
  // Another name that only looks like it is another site.
  assert.equal(blocked('https://раураl.com/'), false);
});

test("the person's list adds, their exceptions take away from Tabtalk's own, and never from theirs", () => {
  assert.equal(blocked('https://mail.example/', { blocked: ['mail.example'] }), true);
  assert.equal(blocked('https://www.chase.com/', { allowed: ['chase.com'] }), false);
  assert.equal(blocked('https://www.chase.com/', { allowed: ['chase.com'], blocked: ['chase.com'] }), true);
  assert.equal(blocked('chrome://settings', { allowed: ['settings'] }), true);
});

test('local files only where the browser lets the extension see them', () => {
  assert.equal(blocked('file:///home/me/notes.html'), true);
  assert.equal(blocked('file:///home/me/notes.html', { files: true }), false);
});

test('frames within a page: those it wrote itself are its own, others are judged as pages are', () => {
  const frame = (/** @type {unknown} */ address) => isFrameBlocked(address, NONE);
  for (const address of [
    'about:blank', 'about:blank#x', 'about:srcdoc', 'data:text/html,x', 'https://ads.example/', 'blob:https://example.com/1',
    'chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai/index.html',
  ]) assert.equal(frame(address), false, address);
  for (const address of [
    undefined, '', 'https://www.paypal.com/button', 'blob:https://www.paypal.com/1', 'chrome-extension://aaaabbbbccccddddeeeeffffgggghhhh/menu.html',
    'chrome://print', 'about:settings', 'file:///etc/passwd',
  ]) assert.equal(frame(address), true, String(address));
});

test('what a person types becomes a pattern', () => {
  for (const [typed, pattern] of [
    ['mail.example', 'mail.example'], [' Mail.Example. ', 'mail.example'], ['https://mail.example:8443/inbox?x#y', 'mail.example'],
    ['*.Mail.example', '*.mail.example'], ['**bank**.example', '*bank*.example'], ['me@mail.example', 'mail.example'], ['localhost:8080', 'localhost'],
    ['bank.*', 'bank.*'], ['127.0.0.1', '127.0.0.1'], ['münchen.*', 'xn--mnchen-3ya.*'],
  ]) assert.equal(toPattern(typed), pattern, String(typed));
  for (const typed of ['', ' ', '*', '*.*', '**', '.', '/', 'a b', 'mün*.example', null, 7, {}, 'a'.repeat(300), 'x'.repeat(100_000), '<script>']) {
    assert.equal(toPattern(typed), null, String(typed).slice(0, 40));
  }
});

test('a list from storage is bounded, and holds each pattern once', () => {
  assert.deepEqual(toPatterns(['a.example', 'A.example', 7, '*', 'b.example']), ['a.example', 'b.example']);
  assert.deepEqual(toPatterns('a.example'), []);
  assert.equal(toPatterns(Array.from({ length: 9000 }, (_, n) => `a${n}.example`)).length, MAX_PATTERNS);
});

test('a host alone may be told of an address', () => {
  assert.equal(hostOf('https://me:secret@News.Example.:8443/private?token=1#x'), 'news.example');
  for (const address of ['file:///home/me', 'chrome://settings', 'data:text/html,x', '', undefined]) assert.equal(hostOf(address), '');
});

test('property: a pattern without stars matches its host and what is below it, and no other', () => {
  const pick = random(1);
  const labels = ['a', 'bank', 'com', 'x-y', 'co', 'uk', 'www', 'evil'];
  const name = () => Array.from({ length: 1 + pick(4) }, () => labels[pick(labels.length)]).join('.');
  for (let round = 0; round < 5000; round += 1) {
    const [pattern, host] = [name(), name()];
    const below = host === pattern || host.split('.').slice(-pattern.split('.').length).join('.') === pattern;
    assert.equal(matches(pattern, host), below, `${pattern} ${host}`);
  }
});

test('property: with stars it does what a regular expression would', () => {
  const pick = random(2);
  const letters = ['a', 'b', '.', '*', 'bank'];
  const word = (/** @type {number} */ kinds) => Array.from({ length: 1 + pick(6) }, () => letters[pick(kinds)]).join('').replaceAll(/\*+/g, '*');
  for (let round = 0; round < 20_000; round += 1) {
    const pattern = word(5);
    const host = word(3);
    const bare = pattern.startsWith('*.') ? pattern.slice(2) : pattern;
    const source = bare.split('*').map((piece) => piece.replaceAll('.', '\\.')).join('.*');
    assert.equal(matches(pattern, host), new RegExp(`^(.*\\.)?${source}$`).test(host), `${pattern} ${host}`);
  }
});

test('property: neither user, port, path, query nor fragment changes the judgement', () => {
  const pick = random(3);
  const hosts = ['example.com', 'paypal.com', 'www.chase.com', 'news.example', 'my.bank'];
  const extras = ['', 'paypal.com', 'a', 'chase.com/x', '%2f', 'https://paypal.com', '..'];
  const extra = () => extras[pick(extras.length)];
  for (let round = 0; round < 5000; round += 1) {
    const host = hosts[pick(hosts.length)];
    const user = encodeURIComponent(extra());
    const address = `https://${user}@${host}${pick(2) ? '.' : ''}:${1 + pick(65_535)}/${extra()}?${extra()}#${extra()}`;
    assert.equal(blocked(address), blocked(`https://${host}/`), address);
  }
});

test('property: no address, however broken, makes it throw or is let through without a web host', () => {
  const pick = random(4);
  const pieces = ['http', 'https', ':', '//', '/', '@', 'a.example', '[', ']', '%', '\u0000', '\ud800', 'blob:', 'view-source:', ' ', '#', '?', '::1', '.', '😀'];
  for (let round = 0; round < 20_000; round += 1) {
    const address = Array.from({ length: 1 + pick(8) }, () => pieces[pick(pieces.length)]).join('');
    if (!blocked(address)) assert.match(new URL(address).href, /^(blob:)?https?:\/\/[^/]/, address);
    isFrameBlocked(address, NONE);
    toPattern(address);
  }
});

test('a pattern made to be slow is not', () => {
  const pattern = 'a*'.repeat(120).slice(0, 250);
  assert.equal(matches(`${pattern}b`, 'a'.repeat(250)), false);
});
