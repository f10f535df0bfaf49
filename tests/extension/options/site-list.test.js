import assert from 'node:assert/strict';
import { test } from 'node:test';

import { toSites, wrongLine } from '../../../extension/options/site-list.js';

test('each line is a site, empty ones are none, and each stands once', () => {
  assert.deepEqual(toSites(' mail.example \n\nhttps://Bank.example/login\r\nmail.example\n*.work.example'), ['mail.example', 'bank.example', '*.work.example']);
  assert.deepEqual(toSites(''), []);
});

test('a line that is no site is named, and no other', () => {
  assert.equal(wrongLine('mail.example\nnot a site\n*'), 'not a site');
  assert.equal(wrongLine('mail.example\n'), '');
  assert.equal(wrongLine(`${'x y'.repeat(1000)}`).length, 60);
});
