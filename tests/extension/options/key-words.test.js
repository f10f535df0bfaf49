import assert from 'node:assert/strict';
import { test } from 'node:test';

import { explain } from '../../../extension/lib/failures.js';
import { MAX_NAME, cleanName, hasKey, hasWay, nameProblem, placeOf, toProfiles, verdictWords } from '../../../extension/options/key-words.js';

/** @param {string} name @param {string} [store] */
const profile = (name, store = 'none') => ({ name, store, project: '', location: '' });

test('what the host says makes profiles, whatever it is', () => {
  const said = { active: 'work', profiles: { list: [profile('default'), profile('work', 'keychain')] } };
  assert.equal(toProfiles(said).active.store, 'keychain');
  assert.deepEqual(toProfiles(said).all.map(({ name }) => name), ['default', 'work']);
  for (const odd of [null, 3, {}, { profiles: 1 }, { profiles: { list: {} } }]) {
    assert.deepEqual(toProfiles(odd), { active: profile('default'), all: [profile('default')] });
  }
  assert.deepEqual(toProfiles({ active: 1, profiles: { list: [null, 3] } }).active, { name: '', store: '', project: '', location: '' });
});

test('every place has its words, and only what Tabtalk keeps can be removed', () => {
  const stores = ['keychain', 'file', 'environment', 'vertex', 'none'];
  assert.equal(new Set(stores.map((store) => placeOf(profile('x', store)))).size, stores.length);
  assert.deepEqual(stores.filter((store) => hasKey(profile('x', store))), ['keychain', 'file']);
  assert.deepEqual(stores.filter((store) => hasWay(profile('x', store))), stores.slice(0, -1));
});

test('a verdict is said, and never called kept where it was not', () => {
  const verdict = { text: '', why: '' };
  for (const kept of ['keychain', 'file', 'vertex']) {
    for (const name of ['accepted', 'unknown']) {
      assert.equal(verdictWords({ ...verdict, verdict: name, kept }).said, `key_${name}_${kept}`);
    }
  }
  for (const [name, what] of [['refused', 'key_refused_what'], ['malformed', 'key_malformed_what'], ['accepted', 'key_refused_what'], ['?', 'key_refused_what']]) {
    const { failure, said } = verdictWords({ ...verdict, verdict: name, kept: '' });
    assert.equal(said, null);
    assert.equal(failure?.what, what);
    const login = verdictWords({ ...verdict, verdict: 'refused', kept: '' }, explain('login-needed'));
    assert.equal(login.failure?.what, 'failure_login_needed_what');
  }
});

test('what is no key is called what it is', () => {
  const verdict = { verdict: 'malformed', kept: '', text: '' };
  const kinds = ['several', 'other-service', 'service-account', 'google-sign-in', 'private-key', 'address'];
  for (const kind of kinds) {
    const { failure, said } = verdictWords({ ...verdict, why: kind });
    assert.deepEqual([failure?.what, failure?.why, said], [`key_${kind.replaceAll('-', '_')}_what`, 'key_nothing_kept', null]);
  }
  for (const kind of ['malformed', '', 'of another version', '__proto__']) {
    assert.equal(verdictWords({ ...verdict, why: kind }).failure?.what, 'key_malformed_what', kind);
  }
});

test('a name is checked before the host sees it', () => {
  const others = [profile('Work')];
  for (const name of ['a', '论文 2', 'x-1', ' spaced   out ', 'x'.repeat(MAX_NAME)]) assert.equal(nameProblem(name, others), '');
  for (const name of ['', ' ', '-a', 'a/b', 'a.b', '..', '__proto__', '🔑', 'x'.repeat(MAX_NAME + 1)]) {
    assert.equal(nameProblem(name, others), 'key_name_rule', name);
  }
  assert.equal(nameProblem(' work', others), 'key_name_taken');
  assert.equal(cleanName('  spaced \n out '), 'spaced out');
});
