import assert from 'node:assert/strict';
import { test } from 'node:test';

import { CodedError, serve } from '../../../extension/lib/messages.js';
import { Panel } from '../../../extension/popup/panel.js';
import { installChrome, portPair } from '../stand-ins/chrome.js';
import { settle } from '../stand-ins/devices.js';

/** A page that takes whatever is shown on it; what is shown there is for the tests of the pages in a browser. @type {any} */
const page = new Proxy(() => {}, {
  get(_target, name) {
    if (name === Symbol.iterator) return () => [].values();
    return name === Symbol.toPrimitive ? () => 0 : page;
  },
  set: () => true,
  apply: () => page,
});

/** @param {{[type: string]: (data: any) => unknown}} handlers of the service worker @param {object} [stored] settings */
function staged(handlers, stored = {}) {
  const { chrome } = installChrome();
  const ports = /** @type {import('../stand-ins/chrome.js').Port[]} */ ([]);
  Object.assign(chrome, {
    i18n: { getMessage: (/** @type {string} */ key) => key },
    storage: { managed: { get: async () => ({}) }, local: { get: async () => stored, set: async (/** @type {object} */ items) => void Object.assign(stored, items) } },
  });
  Object.assign(chrome.runtime, {
    connect() {
      const [ours, theirs] = portPair('panel');
      ports.push(theirs);
      return ours;
    },
  });
  Object.assign(globalThis, { document: page, CSS: page, Highlight: Set });
  serve('background', handlers);
  return { panel: new Panel(page), ports };
}

test('a host that takes long to answer does not keep the panel from showing what goes on', async () => {
  const { panel, ports } = staged({ 'open-document': () => {}, 'open-panel': () => new Promise(() => {}) });
  panel.open();
  await settle();
  assert.equal(ports.length, 1);
  ports[0].postMessage({ type: 'status', data: { state: 'starting', since: 5 } });
  await settle();
  assert.equal(panel.model.status?.state, 'starting');
});

test('the panel connects once there is a document, and says why there is no host', async () => {
  /** @type {() => void} */
  let made = () => {};
  const ready = new Promise((resolve) => {
    made = () => resolve(undefined);
  });
  const { panel, ports } = staged({
    'open-document': () => ready,
    'open-panel': () => Promise.reject(new CodedError('host-missing', 'not found')),
  });
  panel.open();
  await settle();
  assert.equal(ports.length, 0);
  assert.deepEqual(panel.model.failure, { code: 'host-missing', detail: 'not found' });
  made();
  await settle();
  assert.equal(ports.length, 1);
});

/** A panel that learns only when told to that there is no host. */
async function openedWithoutHost() {
  /** @type {() => void} */
  let refuse = () => {};
  const refused = new Promise((_resolve, reject) => {
    refuse = () => reject(new CodedError('host-missing', 'not found'));
  });
  const { panel, ports } = staged({ 'open-document': () => {}, 'open-panel': () => refused, 'start': () => {} });
  panel.open();
  await settle();
  return { panel, port: ports[0], refuse };
}

test('a host that was not there when the panel opened is no failure of the conversation that was begun meanwhile', async () => {
  const { panel, port, refuse } = await openedWithoutHost();
  port.postMessage({ type: 'status', data: { state: 'idle', since: 5 } });
  await settle();
  await panel.start('tab');
  refuse();
  await settle();
  assert.equal(panel.model.failure, null);
  port.postMessage({ type: 'status', data: { state: 'live', since: 6 } });
  await settle();
  assert.equal(panel.model.failure, null);
});

test('nor is it one of the conversation that a panel finds running when it opens', async () => {
  const { panel, port, refuse } = await openedWithoutHost();
  refuse();
  await settle();
  assert.equal(panel.model.failure?.code, 'host-missing');
  port.postMessage({ type: 'status', data: { state: 'live', since: 5 } });
  await settle();
  assert.equal(panel.model.failure, null);
});

test('where nothing runs it stays shown, whatever else is told', async () => {
  const { panel, port, refuse } = await openedWithoutHost();
  refuse();
  await settle();
  port.postMessage({ type: 'status', data: { state: 'idle', since: 5 } });
  await settle();
  assert.equal(panel.model.failure?.code, 'host-missing');
});

test('a source chosen in a panel that has just opened is that of the conversation that runs', async () => {
  const started = /** @type {unknown[]} */ ([]);
  const { panel, ports } = staged({
    'open-document': () => {},
    'open-panel': () => new Promise(() => {}),
    'start': (/** @type {unknown} */ data) => started.push(data),
  });
  panel.open();
  panel.choose('tab');
  await settle();
  assert.deepEqual(started, []);
  ports[0].postMessage({ type: 'status', data: { state: 'live', since: 5 } });
  await settle();
  assert.deepEqual(started, [{ source: 'tab' }]);
});

test('a start right after a choice is of what was chosen', async () => {
  const started = /** @type {unknown[]} */ ([]);
  const { panel, ports } = staged({
    'open-document': () => {},
    'open-panel': () => new Promise(() => {}),
    'start': (/** @type {unknown} */ data) => started.push(data),
  });
  panel.open();
  panel.choose('voice');
  panel.reply('text');
  panel.begin();
  await settle();
  assert.deepEqual(started, [], 'it is not known yet what goes on');
  ports[0].postMessage({ type: 'status', data: { state: 'idle', since: 5 } });
  await settle();
  assert.deepEqual(started, [{ source: 'voice' }]);
  assert.equal(panel.model.settings.reply, 'text');
});

test('a start before the settings were read is of what they say, and shares no tab where that is not wanted', async () => {
  const started = /** @type {unknown[]} */ ([]);
  const { panel } = staged(
    {
      'open-document': () => {},
      'open-panel': () => new Promise(() => {}),
      'start': (/** @type {unknown} */ data) => started.push(data),
    },
    { source: 'voice' },
  );
  panel.open();
  panel.begin();
  await settle();
  assert.deepEqual(started, [{ source: 'voice' }]);
});

test('a source can be chosen where there is no document to tell what goes on', async () => {
  const { panel } = staged({
    'open-document': () => Promise.reject(new CodedError('internal', 'none')),
    'open-panel': () => new Promise(() => {}),
  });
  panel.open();
  await panel.choose('voice');
  assert.equal(panel.model.settings.source, 'voice');
});
