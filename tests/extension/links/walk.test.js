import assert from 'node:assert/strict';
import { test } from 'node:test';

import { HOST_LINKS, LINKS, ok } from '../../../extension/links/table.js';
import { walk } from '../../../extension/links/walk.js';
import { CodedError } from '../../../extension/lib/messages.js';

const TICKET = { port: 4711, token: 't', server_token: 's' };
const ALL_OK = { links: { list: HOST_LINKS.map((link) => ({ link, state: 'ok', code: '', text: '' })) } };

/**
 * @param {{[type: string]: any}} [answers] of the service worker, where they differ from those on a healthy machine
 * @param {() => any} [openLink]
 */
async function walked(answers = {}, openLink = () => ({ close() {} })) {
  const all = { 'check-host': { version: '0.1.0' }, 'connect-host': TICKET, 'conversation-state': 'idle', 'check-links': ALL_OK, ...answers };
  /** @type {string[]} */
  const asked = [];
  const world = {
    /** @param {string} _target @param {string} type */
    async request(_target, type) {
      asked.push(type);
      const answer = all[/** @type {keyof typeof all} */ (type)];
      if (answer instanceof Error) throw answer;
      return answer;
    },
    openLink: /** @type {any} */ (async () => openLink()),
    hear: async () => ok('microphone'),
    version: '0.1.0',
  };
  const found = [];
  for await (const finding of walk(world)) found.push(finding);
  return { asked, found, bad: found.filter(({ state }) => state !== 'ok').map(({ link, state, code }) => [link, code ?? state]) };
}

test('on a healthy machine every link is fine, in order, and the link that was opened is closed', async () => {
  let closed = 0;
  const { found, bad } = await walked({}, () => ({ close: () => closed++ }));
  assert.deepEqual(found.map(({ link }) => link), LINKS.map(({ id }) => id));
  assert.deepEqual(bad, []);
  assert.equal(closed, 1);
});

test('without a host nothing more is asked of one, and the microphone is looked at all the same', async () => {
  const { asked, found, bad } = await walked({ 'check-host': new CodedError('host-missing', 'not found') });
  assert.deepEqual(asked, ['check-host']);
  assert.deepEqual(bad, [['manifest', 'host-missing']]);
  assert.equal(found.at(-1)?.link, 'microphone');
});

test('a host of another version is not asked what it may not know', async () => {
  const { asked, bad } = await walked({ 'check-host': { version: '0.0.9' } });
  assert.ok(!asked.includes('check-links'));
  assert.deepEqual(bad, [['versions', 'version-mismatch']]);
});

for (const [detail, link] of [
  ['the host could not be reached', 'socket'],
  ['the host did not say welcome', 'socket'],
  ['something other than the host answered', 'token'],
]) {
  test(`${detail}: ${link}`, async () => {
    const { bad } = await walked({}, () => {
      throw new CodedError('link-lost', detail);
    });
    assert.deepEqual(bad, [[link, 'link-lost']]);
  });
}

test('what the host finds broken is told as it says it', async () => {
  const list = [{ link: 'settings', state: 'ok', code: '', text: '' }, { link: 'keychain', state: 'failed', code: 'key-unreadable', text: 'locked' }];
  const { bad } = await walked({ 'check-links': { links: { list } } });
  assert.deepEqual(bad, [['keychain', 'key-unreadable']]);
});

test('a host that dies while it is asked is told', async () => {
  const { bad } = await walked({ 'check-links': new CodedError('host-exited', 'no answer') });
  assert.deepEqual(bad, [['settings', 'host-exited']]);
});

test('a conversation that is live is the proof, and is left alone', async () => {
  const { asked, found, bad } = await walked({ 'conversation-state': 'live' });
  assert.ok(!asked.includes('connect-host') && !asked.includes('check-links'));
  assert.deepEqual(bad, []);
  assert.equal(found.length, LINKS.length);
});

for (const state of ['starting', 'reconnecting', 'parked']) {
  test(`${state}, a conversation keeps its link to itself`, async () => {
    const { asked, bad } = await walked({ 'conversation-state': state });
    assert.ok(!asked.includes('connect-host'));
    assert.deepEqual(bad, [['socket', 'unknown'], ['token', 'unknown']]);
  });
}
