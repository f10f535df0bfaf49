import assert from 'node:assert/strict';
import { mock, test } from 'node:test';

import { CodedError } from '../../../extension/lib/messages.js';
import { Snapshot, failureOf } from '../../../extension/offscreen/snapshot.js';
import { settle } from '../stand-ins/devices.js';

test('it moves by the table, and knows since when', (t) => {
  const clock = mock.method(Date, 'now', () => now);
  t.after(() => clock.mock.restore());
  let now = 1000;
  const snapshot = new Snapshot(() => ({}), () => {});
  snapshot.move('start', {});
  now = 2000;
  snapshot.move('drop', { model: 'm' });
  now = 3000;
  snapshot.move('drop', {});
  assert.deepEqual([snapshot.status.state, snapshot.status.since, snapshot.status.model], ['reconnecting', 2000, 'm']);
  assert.throws(() => snapshot.move('park', {}), /park/);
});

test('what changes together is told once, with what others know, and what was told does not change', async () => {
  let kept = 0;
  let told = 0;
  const snapshot = new Snapshot(() => ({ kept }), () => {
    told += 1;
  });
  const before = snapshot.status;
  kept = 4;
  snapshot.change({ muted: true });
  snapshot.change();
  await settle();
  assert.deepEqual([told, snapshot.status.kept, snapshot.status.muted], [1, 4, true]);
  assert.deepEqual([before.kept, before.muted], [0, false]);
});

test('the detail of a failure is more than its code', () => {
  assert.deepEqual(failureOf(new CodedError('link-lost')), { code: 'link-lost', detail: '' });
  assert.deepEqual(failureOf(new CodedError('link-lost', 'gone')), { code: 'link-lost', detail: 'gone' });
});
