import assert from 'node:assert/strict';
import { test } from 'node:test';

import { HOST_LINKS, LINKS, canTell, failed, hostFindings, ok, readFindings, rowsOf } from '../../../extension/links/table.js';

/** @param {readonly {link: string, state: string}[]} found */
const said = (found) => Object.fromEntries(found.map(({ link, state }) => [link, state]));

test('a link needs only links before it', () => {
  const order = LINKS.map(({ id }) => id);
  for (const { id, needs } of LINKS) for (const need of needs) assert.ok(order.indexOf(need) < order.indexOf(id), `${id} ${need}`);
  for (const link of HOST_LINKS) assert.ok(order.includes(link), link);
});

for (const [code, detail, broken] of [
  ['host-missing', 'Specified native messaging host not found.', 'manifest'],
  ['host-forbidden', 'Access to the specified native messaging host is forbidden.', 'manifest'],
  ['host-broken', 'Failed to start native messaging host.', 'launch'],
  ['host-broken', 'Native host has exited.', 'launch'],
  ['host-broken', 'The host cannot load its packages: websockets is missing.', 'launch'],
  ['host-broken', 'Error when communicating with the native messaging host.', 'handshake'],
  ['host-broken', 'no answer to hello', 'handshake'],
  ['host-exited', 'Native host has exited.', 'launch'],
  ['host-exited', 'goodbye', 'handshake'],
  ['bad-message', 'hello: version is missing', 'handshake'],
  ['version-mismatch', 'the host is 0.0.1, the extension 0.1.0', 'versions'],
  ['internal', 'The host cannot listen on 127.0.0.1 (no such device).', 'socket'],
]) {
  test(`${detail} names ${broken}, and what is before it holds`, () => {
    const found = hostFindings({ code, detail }, '0.1.0');
    assert.deepEqual(found.at(-1), failed(broken, code, detail));
    assert.deepEqual(found.slice(0, -1), LINKS.slice(0, found.length - 1).map(({ id }) => ok(id)));
  });
}

test('a host of this version is whole; one of another breaks that link alone', () => {
  assert.deepEqual(said(hostFindings({ version: '0.1.0' }, '0.1.0')), { manifest: 'ok', launch: 'ok', handshake: 'ok', versions: 'ok' });
  const older = hostFindings({ version: '0.0.9' }, '0.1.0');
  assert.deepEqual(older.filter(({ state }) => state !== 'ok').map(({ link, code }) => [link, code]), [['versions', 'version-mismatch']]);
  assert.ok(canTell('socket', older));
  assert.ok(!canTell('settings', older), 'an older host may not know the question');
});

test('of what the host says only what makes sense is taken, and bounded', () => {
  const list = [
    { link: 'settings', state: 'ok', code: '', text: '' },
    { link: 'manifest', state: 'ok', code: '', text: 'not for the host to say' },
    { link: 'tls', state: 'splendid', code: '', text: '' },
    { link: 'key', state: 'failed', code: 'nonsense', text: 'x'.repeat(5000) },
    null,
    7,
  ];
  const [settings, key, ...more] = readFindings({ list });
  assert.deepEqual(settings, { link: 'settings', state: 'ok', detail: '' });
  assert.deepEqual([key.link, key.code, key.detail?.length], ['key', 'internal', 300]);
  assert.deepEqual(more, []);
  for (const nonsense of [undefined, null, {}, { list: 'no' }]) assert.deepEqual(readFindings(nonsense), []);
});

test('every link has a row, in order, and what was not looked at says so', () => {
  const rows = rowsOf([failed('launch', 'host-broken'), ok('manifest')]);
  assert.deepEqual(rows.map(({ link }) => link), LINKS.map(({ id }) => id));
  assert.deepEqual(rows.slice(0, 2).map(({ state }) => state), ['ok', 'failed']);
  assert.ok(rows.slice(2).every(({ state, said: why }) => state === 'unknown' && why === 'link_not_looked_at'));
});
