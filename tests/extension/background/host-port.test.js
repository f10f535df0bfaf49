import assert from 'node:assert/strict';
import { mock, test } from 'node:test';

import { HostPort, reasonOf } from '../../../extension/background/host-port.js';
import { installChrome, until } from '../stand-ins/chrome.js';

/**
 * A host that answers as the real one does.
 * @param {{[type: string]: (data: any) => [string, object]|null}} [answers] by request; null: none
 */
function hosted(answers = {}) {
  /** @type {{type: string, data: any}[]} */
  const heard = [];
  let minted = 0;
  const ticket = () => ({ port: 4000, token: `token-${++minted}`, server_token: `proof-${minted}` });
  const replies = {
    'hello': () => ['hello', { version: '0.1.0', protocol: 1, ...ticket() }],
    'mint-token': () => ['token', ticket()],
    'get-settings': () => ['settings', { settings: { model: 'm' } }],
    ...answers,
  };
  const stage = installChrome({
    onNative: (port) =>
      port.onMessage.addListener(({ type, id, data }) => {
        heard.push({ type, data });
        const reply = /** @type {any} */ (replies)[type]?.(data);
        if (reply) port.postMessage({ type: reply[0], re: id, data: reply[1] });
      }),
  });
  return { ...stage, heard, host: new HostPort() };
}

/** @param {{natives: import('../stand-ins/chrome.js').Port[]}} stage */
const theirs = ({ natives }) => /** @type {import('../stand-ins/chrome.js').Port} */ (natives.at(-1)?.other);

test('all that ask share one start of the host', async () => {
  const { host, natives, heard } = hosted();
  const [one, two] = await Promise.all([host.connect(), host.connect()]);
  assert.equal(one, two);
  assert.equal(natives.length, 1);
  assert.deepEqual(heard, [{ type: 'hello', data: { version: '0.1.0', protocol: 1, managed: {} } }]);
});

test('the host is told what an organisation decided about Gemini, and nothing else of it', async () => {
  const { host, heard, chrome } = hosted();
  chrome.storage.managed.get = async () => ({ reply: 'text', language: 'de', base_url: 'https://evil.example' });
  await host.connect();
  assert.deepEqual(heard[0].data.managed, { language: 'de' });
});

test('an organisation that decides otherwise is heard by a host that runs, and starts none', async () => {
  const { host, heard, chrome, natives } = hosted();
  await host.tellManaged();
  assert.equal(natives.length, 0);
  await host.connect();
  chrome.storage.managed.get = async () => ({ voice: 'Leda' });
  await host.tellManaged();
  await host.tellManaged();
  assert.deepEqual(heard.map(({ data }) => data.managed), [{}, { voice: 'Leda' }], 'once');
  assert.equal(natives.length, 1);
});

test('T7 a token is given out once: the first comes with the hello, the next is minted', async () => {
  const { host } = hosted();
  assert.equal((await host.ticket()).token, 'token-1');
  assert.equal((await host.ticket()).token, 'token-2');
});

test('T7 the token of an old hello is not used', async () => {
  const { host } = hosted();
  await host.connect();
  mock.timers.enable({ apis: ['Date'], now: Date.now() + 9000 });
  assert.equal((await host.ticket()).token, 'token-2');
  mock.timers.reset();
});

test('replies find their requests, in whatever order they come', async () => {
  /** @type {(() => void)[]} */
  const held = [];
  const stage = installChrome({
    onNative: (port) =>
      port.onMessage.addListener(({ type, id, data }) => {
        if (type === 'hello') {
          const ticket = { port: 1, token: 't', server_token: 's' };
          port.postMessage({ type: 'hello', re: id, data: { version: '0.1.0', protocol: 1, ...ticket } });
        } else held.unshift(() => port.postMessage({ type: 'settings', re: id, data: { settings: data.settings } }));
        if (held.length === 2) held.forEach((send) => send());
      }),
  });
  const host = new HostPort();
  const asked = ['a', 'b'].map((model) => host.request('change-settings', { settings: { model } }));
  assert.deepEqual((await Promise.all(asked)).map(({ settings }) => settings.model), ['a', 'b']);
  assert.equal(stage.natives.length, 1);
});

test('F19 what the end of the port means is told by the words of the browser', async () => {
  const meanings = {
    'Specified native messaging host not found.': 'host-missing',
    'Access to the specified native messaging host is forbidden.': 'host-forbidden',
    'Native host has exited.': 'host-broken',
    'Failed to start native messaging host.': 'host-broken',
    'Error when communicating with the native messaging host.': 'host-broken',
    '': 'host-broken',
  };
  for (const [words, code] of Object.entries(meanings)) {
    assert.equal(reasonOf(words).code, code);
    const stage = hosted({ hello: () => null });
    const connecting = stage.host.connect();
    await until(() => stage.natives.length > 0, 'the port is opened');
    stage.endNative(stage.natives[0], words);
    await assert.rejects(connecting, { code });
  }
});

test('F19 a host that never spoke is not started again by itself, only when somebody asks', async () => {
  const stage = hosted({ hello: () => null });
  const connecting = stage.host.connect();
  await until(() => stage.natives.length > 0, 'the port is opened');
  stage.endNative(stage.natives[0], 'Native host has exited.');
  await assert.rejects(connecting, { code: 'host-broken' });
  assert.equal(stage.natives.length, 1);
  const again = stage.host.connect();
  await until(() => stage.natives.length > 1, 'another port is opened');
  stage.endNative(stage.natives[1], 'Native host has exited.');
  await assert.rejects(again, { code: 'host-broken' });
});

test('F19 a host that does not answer hello in time is broken, and the browser ends it', async () => {
  const stage = hosted({ hello: () => null });
  mock.timers.enable({ apis: ['setTimeout'] });
  const connecting = stage.host.connect();
  connecting.catch(() => {});
  await until(() => stage.heard.length === 1, 'the hello');
  mock.timers.tick(15_000);
  await assert.rejects(connecting, { code: 'host-broken', message: 'no answer to hello' });
  mock.timers.reset();
  assert.equal(stage.natives[0].connected, false);
});

test('F19 a host that ends after it answered hello has exited; the next one that does not answer is broken', async () => {
  let answers = true;
  const hello = { version: '0.1.0', protocol: 1, port: 4000, token: 't', server_token: 's' };
  const stage = hosted({ 'hello': () => (answers ? ['hello', hello] : null), 'get-settings': () => null });
  await stage.host.connect();
  answers = false;
  const request = stage.host.request('get-settings');
  await until(() => stage.heard.length === 2, 'the request');
  stage.endNative(stage.natives[0], 'Native host has exited.');
  await assert.rejects(request, { code: 'host-exited' });
  const again = stage.host.connect();
  await until(() => stage.natives.length === 2, 'another port is opened');
  stage.endNative(stage.natives[1], 'Native host has exited.');
  await assert.rejects(again, { code: 'host-broken' });
});

const BROKEN = { code: 'host-broken', text: 'The host cannot load its packages: websockets is missing.', fatal: true };
const STATUS = { key: 'set', practice: false, model: 'm' };
const REPORTED = { code: 'host-broken', message: BROKEN.text };

test('F19 a host that answers hello with host-broken is told as that, and let go', async () => {
  const stage = hosted({ hello: () => ['error', BROKEN] });
  await assert.rejects(stage.host.connect(), REPORTED);
  assert.equal(stage.natives[0].connected, false);
  assert.equal(stage.natives.length, 1);
});

test('F19 a host that reports host-broken before hello without naming the request is told as that', async () => {
  const stage = hosted({ hello: () => null });
  const connecting = stage.host.connect();
  await until(() => stage.heard.length === 1, 'the hello');
  theirs(stage).postMessage({ type: 'error', data: BROKEN });
  await assert.rejects(connecting, REPORTED);
  assert.equal(stage.natives[0].connected, false);
});

test('F19 a host that reports host-broken after hello fails all that wait for it', async () => {
  const stage = hosted({ 'get-settings': () => null });
  await stage.host.connect();
  const waiting = [stage.host.request('get-settings'), stage.host.status(5000)];
  await until(() => stage.heard.length === 2, 'the request');
  theirs(stage).postMessage({ type: 'error', data: BROKEN });
  for (const request of waiting) await assert.rejects(request, REPORTED);
  assert.equal(stage.natives[0].connected, false);
});

test('F19 after host-broken a ticket waits until the next host has loaded its packages', async () => {
  const stage = hosted();
  assert.equal((await stage.host.ticket()).token, 'token-1');
  theirs(stage).postMessage({ type: 'error', data: BROKEN });
  await until(() => !stage.natives[0].connected, 'the first host let go');

  const second = stage.host.ticket();
  await until(() => stage.heard.length === 2, 'the second hello');
  theirs(stage).postMessage({ type: 'error', data: BROKEN });
  await assert.rejects(second, REPORTED);

  const third = stage.host.ticket();
  await until(() => stage.heard.length === 3, 'the third hello');
  theirs(stage).postMessage({ type: 'host-status', data: STATUS });
  assert.equal((await third).token, 'token-3');

  stage.endNative(stage.natives[2], 'Native host has exited.');
  assert.equal((await stage.host.ticket()).token, 'token-4', 'at once again');
});

test('F18 when the host dies all that wait are told, and the next request starts another', async () => {
  const stage = hosted({ 'get-settings': () => null });
  await stage.host.connect();
  const waiting = [stage.host.request('get-settings'), stage.host.request('get-settings')];
  await until(() => stage.heard.length === 3, 'both requests');
  stage.endNative(stage.natives[0], 'Native host has exited.');
  for (const request of waiting) await assert.rejects(request, { code: 'host-exited' });
  await stage.host.ticket();
  assert.equal(stage.natives.length, 2);
});

test('F23 a frozen host is given up, so that the browser ends it and the next request starts another', async () => {
  const stage = hosted({ 'mint-token': () => null });
  await stage.host.ticket();
  mock.timers.enable({ apis: ['setTimeout'] });
  const ticket = stage.host.ticket();
  ticket.catch(() => {});
  await until(() => stage.heard.length === 2, 'the request');
  mock.timers.tick(5000);
  await assert.rejects(ticket, { code: 'host-exited' });
  mock.timers.reset();
  assert.equal(stage.natives[0].connected, false);
  await stage.host.connect();
  assert.equal(stage.natives.length, 2);
});

test('another protocol number is a version mismatch, and the host is let go', async () => {
  const stage = hosted({ hello: () => ['hello', { version: '9', protocol: 9, port: 1, token: 't', server_token: 's' }] });
  await assert.rejects(stage.host.connect(), { code: 'version-mismatch', message: /9.*0\.1\.0/ });
  assert.equal(stage.natives[0].connected, false);
});

test('an error of the host rejects the request it answers', async () => {
  const { host } = hosted({ 'get-settings': () => ['error', { code: 'settings-invalid', text: 'a line', fatal: false }] });
  await assert.rejects(host.request('get-settings'), { code: 'settings-invalid', message: 'a line' });
});

test('a reply that does not fit the protocol rejects its request, and the port stays', async () => {
  const { host, natives } = hosted({ 'get-settings': () => ['settings', { settings: 'none' }] });
  await assert.rejects(host.request('get-settings'), { code: 'bad-message' });
  assert.equal(natives[0].connected, true);
  assert.ok(await host.ticket());
});

test('what nobody asked for is passed over', async () => {
  const stage = hosted();
  await stage.host.connect();
  for (const message of [null, 'text', { type: 'token' }, { type: 'constructor', data: {} }, { re: 77, type: 'settings', data: { settings: {} } }]) {
    theirs(stage).postMessage(message);
  }
  assert.deepEqual((await stage.host.request('get-settings')).settings, { model: 'm' });
});

test('goodbye is no crash: the next request starts another host', async () => {
  const stage = hosted();
  await stage.host.connect();
  theirs(stage).postMessage({ type: 'goodbye', data: { reason: 'idle' } });
  await until(() => !stage.natives[0].connected, 'the port let go');
  await stage.host.connect();
  assert.equal(stage.natives.length, 2);
});

test('how the host stands is kept while it runs, and waited for while it is not known', async () => {
  const stage = hosted();
  const asked = stage.host.status(5000);
  await stage.host.connect();
  theirs(stage).postMessage({ type: 'host-status', data: { key: 'set', practice: false, model: 'm', more: 1 } });
  assert.deepEqual(await asked, { key: 'set', practice: false, model: 'm' });
  stage.endNative(stage.natives[0], 'Native host has exited.');
  assert.equal(stage.host.hostStatus, null);
  assert.equal(await stage.host.status(1), null);
});
