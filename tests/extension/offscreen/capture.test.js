import assert from 'node:assert/strict';
import { test } from 'node:test';

import { CodedError } from '../../../extension/lib/messages.js';
import { Capture } from '../../../extension/offscreen/capture.js';
import { Devices, settle } from '../stand-ins/devices.js';

const TAB = { kind: /** @type {const} */ ('tab'), tabId: 7, title: 'Terns' };
const SCREEN = { kind: /** @type {const} */ ('screen'), tabId: null, title: '' };
const VOICE = { kind: /** @type {const} */ ('voice'), tabId: null, title: '' };

/** @param {(devices: Devices) => object} [others] doors in place of those */
function staged(others = () => ({})) {
  const devices = new Devices();
  /** @type {string[]} */
  const told = [];
  const capture = new Capture({ ...devices.doors, ...others(devices) }, {
    onChunk: ({ time }) => told.push(`chunk ${time}`),
    onHearing: () => told.push('hearing'),
    onReplaced: (what) => told.push(what),
    onDeaf: ({ code }, essential) => told.push(`${code}${essential ? ' essential' : ''}`),
    onLook: () => told.push(`look ${capture.source.kind} ${capture.source.title}`.trim()),
    onBlind: ({ code }, essential) => told.push(`${code}${essential ? ' essential' : ''}`),
    onSound: ({ samples }) => told.push(`sound ${samples[0]}`),
    onFinding: () => told.push(`finding ${capture.finding}`),
    onEnded: (kind) => told.push(`ended ${kind}`),
  });
  return { devices, told, capture };
}

test('a tab is granted, opened and seen, with its size and title', async () => {
  const { capture, devices, told } = staged();
  await capture.look(TAB);
  assert.deepEqual(devices.requests[0], { type: 'grant-tab', data: { tabId: 7 } });
  assert.equal(devices.requests[1].type, 'capture-settled');
  assert.deepEqual(capture.source, { kind: 'tab', title: 'Terns', site: 'terns.example', width: 1272, height: 810 });
  assert.equal(capture.tabId, 7);
  assert.deepEqual(told, ['look tab Terns']);
});

test('while it opens it is known what will be looked at', () => {
  const { capture } = staged();
  capture.look(TAB);
  assert.deepEqual(capture.source, { kind: 'tab', title: 'Terns', site: '', width: 0, height: 0 });
  assert.equal(capture.tabId, null);
});

test('the old eyes close only once the new ones are open', async () => {
  const { capture, devices } = staged();
  await capture.look(TAB);
  const [old] = devices.frames;
  const looking = capture.look(SCREEN);
  assert.equal(old.open, true);
  await looking;
  assert.deepEqual(devices.frames.map(({ open }) => open), [false, true]);
  assert.deepEqual(capture.source, { kind: 'screen', title: '', site: '', width: 640, height: 480 });
});

test('of two choices the last holds, whichever opens first', async () => {
  const { capture, devices } = staged();
  await Promise.all([capture.look(TAB), capture.look(VOICE)]);
  assert.equal(capture.source.kind, 'voice');
  await settle();
  assert.ok(devices.frames.every(({ open }) => !open));
});

test('a tab that is being opened is not opened twice: the browser would refuse the second', async () => {
  const { capture, devices, told } = staged();
  await Promise.all([capture.look(TAB, { essential: true }), capture.look(TAB)]);
  assert.equal(devices.requests.filter(({ type }) => type === 'grant-tab').length, 1);
  assert.deepEqual([capture.tabId, devices.frames.length, told], [7, 1, ['look tab Terns']]);
});

test('a tab whose opening was overtaken is opened again once that is closed: the browser would refuse it before', async () => {
  const meanwhile = /** @type {number[]} */ ([]);
  const { capture, devices } = staged(({ frames, doors }) => ({
    openTab(/** @type {Parameters<typeof doors.openTab>} */ ...given) {
      meanwhile.push(frames.filter(({ open }) => open).length);
      return doors.openTab(...given);
    },
  }));
  const first = capture.look(TAB);
  capture.stop();
  const second = capture.look(TAB);
  assert.equal(devices.requests.filter(({ type }) => type === 'grant-tab').length, 1);
  await Promise.all([first, second]);
  assert.deepEqual(meanwhile, [0, 0]);
  assert.equal(capture.tabId, 7);
  assert.deepEqual(devices.frames.map(({ open }) => open), [false, true]);
});

test('what was overtaken does not take the veil off a page that is about to be looked at', async () => {
  const { capture, devices } = staged();
  capture.look(TAB);
  capture.stop();
  await capture.look(TAB);
  await settle();
  assert.equal(devices.requests.some(({ type }) => type === 'leave-page'), false);
});

test('the page of a tab that could not be opened is left', async () => {
  const { capture, devices } = staged();
  devices.refuse.tab = new CodedError('tab-forbidden');
  await capture.look(TAB);
  await settle();
  assert.deepEqual(devices.requests.filter(({ type }) => type === 'leave-page').map(({ data }) => data), [{ tabId: 7 }]);
});

test('nor does one that was overtaken and then refused stay covered', async () => {
  const { capture, devices } = staged();
  devices.refuse.tab = new CodedError('tab-forbidden');
  await Promise.all([capture.look(TAB), capture.look(VOICE)]);
  await settle();
  assert.deepEqual(devices.requests.filter(({ type }) => type === 'leave-page').map(({ data }) => data), [{ tabId: 7 }]);
});

test('an opening that was overtaken is waited for, whatever was seen of that tab in between', async () => {
  const opening = /** @type {(() => void)[]} */ ([]);
  const { capture, devices } = staged(({ doors }) => ({
    async openTab(/** @type {Parameters<typeof doors.openTab>} */ ...given) {
      await new Promise((resolve) => opening.push(() => resolve(undefined)));
      return doors.openTab(...given);
    },
  }));
  const given = capture.look({ ...TAB, tabId: 9 });
  await settle();
  opening[0]();
  await given;
  await capture.follow(7);
  capture.look(TAB);
  await settle();
  capture.look({ ...TAB, tabId: 8 });
  await settle();
  capture.follow(7);
  await settle();
  capture.look(TAB);
  await settle();
  assert.equal(opening.length, 3, 'of 9, of 7 and of 8');
  opening[1]();
  await settle();
  assert.equal(opening.length, 4, 'of 7 once more');
  for (const open of opening) open();
  await settle();
  assert.equal(capture.tabId, 7);
  assert.equal(devices.frames.filter(({ open }) => open).length, 1);
});

test('back to the tab that is seen while another opens: it stays, and the other is closed', async () => {
  const { capture, devices } = staged();
  await capture.look(TAB);
  capture.look({ ...TAB, tabId: 8 });
  await capture.look(TAB);
  await settle();
  assert.equal(capture.tabId, 7);
  assert.deepEqual(devices.frames.map(({ open }) => open), [true, false]);
});

test('a tab that could not be opened can be tried again', async () => {
  const { capture, devices } = staged();
  devices.refuse.tab = new CodedError('tab-forbidden');
  await capture.look(TAB);
  delete devices.refuse.tab;
  await capture.look(TAB);
  assert.equal(capture.tabId, 7);
});

test('F28 a source that cannot be opened leaves the one there is', async () => {
  const { capture, devices, told } = staged();
  await capture.look(TAB);
  devices.refuse['grant-tab'] = new CodedError('tab-forbidden');
  await capture.look({ ...TAB, tabId: 8 });
  assert.equal(told.at(-1), 'tab-forbidden');
  assert.deepEqual([capture.tabId, devices.eyes.open], [7, true]);
});

test('with nothing looked at before, it goes on by voice', async () => {
  const { capture, devices, told } = staged();
  devices.refuse.screen = new CodedError('screen-denied');
  await capture.look(SCREEN);
  assert.deepEqual(told, ['look voice', 'screen-denied']);
});

test('an essential source that cannot be opened says so', async () => {
  const { capture, devices, told } = staged();
  devices.refuse.tab = new CodedError('tab-forbidden');
  await capture.look(TAB, { essential: true });
  assert.equal(told.at(-1), 'tab-forbidden essential');
});

test('F27 a source that ends is told once, and only while it is the one', async () => {
  const { capture, devices, told } = staged();
  await capture.look(TAB);
  const [old] = devices.frames;
  await capture.look(SCREEN);
  old.end();
  assert.equal(told.includes('ended tab'), false);
  devices.eyes.end();
  devices.eyes.end();
  assert.deepEqual(told.filter((word) => word.startsWith('ended')), ['ended screen']);
  assert.equal(capture.source.kind, 'voice');
});

test('T25 once stopped nothing is open, not even what opens afterwards', async () => {
  const { capture, devices } = staged();
  await Promise.all([capture.listen(), capture.look(TAB)]);
  capture.listen();
  capture.look(SCREEN);
  capture.stop();
  await settle();
  assert.equal(devices.microphones.length, 2);
  assert.ok([...devices.microphones, ...devices.frames].every(({ open }) => !open));
});

test('once stopped the page is left, so that its veil is taken away', async () => {
  const { capture, devices } = staged();
  await capture.look(TAB);
  capture.stop();
  assert.deepEqual(devices.requests.filter(({ type }) => type === 'leave-page').map(({ data }) => data.tabId), [7]);
});

test('after a stop it looks again where it looked before', async () => {
  const { capture, devices } = staged();
  await capture.look(TAB);
  capture.stop();
  assert.equal(capture.tabId, null);
  await capture.lookAgain();
  assert.equal(capture.tabId, 7);
  assert.equal(devices.eyes.open, true);
});

test('a microphone opened while muted is muted', async () => {
  const { capture, devices } = staged();
  capture.mute(true);
  await capture.listen();
  assert.equal(devices.microphone.muted, true);
  capture.mute(false);
  assert.equal(devices.microphone.muted, false);
});

const HEADSET = { id: 'headset', label: 'Headset' };
const PHONE = { id: 'phone', label: 'Phone' };

test('another microphone is heard as soon as it gives sound, and the one before until then', async () => {
  const { capture, devices, told } = staged();
  await capture.listen();
  devices.slow = true;
  assert.equal(capture.choose(HEADSET), true);
  assert.equal(capture.choose(HEADSET), false);
  await capture.listen();
  const [one, other] = devices.microphones;
  one.hear(1);
  other.hear(2);
  other.begin();
  one.hear(3);
  other.hear(4);
  assert.deepEqual([one.open, other.open], [false, true]);
  assert.deepEqual(told, ['hearing', 'chunk 1', 'hearing', 'chunk 4']);
});

test('chosen twice before it gave sound, only the last is heard and nothing else stays open', async () => {
  const { capture, devices } = staged();
  capture.mute(true);
  await capture.listen();
  devices.slow = true;
  for (const device of [HEADSET, PHONE]) {
    capture.choose(device);
    await capture.listen();
  }
  devices.microphone.begin();
  assert.deepEqual(devices.microphones.map(({ open }) => open), [false, false, true]);
  assert.equal(devices.microphone.muted, true);
  capture.choose(HEADSET);
  await capture.listen();
  capture.stop();
  assert.ok(devices.microphones.every(({ open }) => !open));
});

test('where the chosen microphone is not there another listens and is told once, and so is its return', async () => {
  const { capture, devices, told } = staged();
  capture.choose(PHONE);
  await capture.listen();
  await capture.reconsider();
  devices.plugged.push('phone');
  await capture.reconsider();
  await capture.reconsider();
  assert.deepEqual(told.filter((word) => word !== 'hearing'), ['away', 'back']);
  assert.deepEqual(devices.microphones.map(({ open }) => open), [false, false, true]);
});

test('T25 what is stopped does not listen again because a device came', async () => {
  const { capture, devices } = staged();
  capture.choose(PHONE);
  await capture.listen();
  capture.stop();
  await capture.reconsider();
  assert.equal(devices.microphones.length, 1);
});

test('F27 the chosen microphone goes: the default listens at once; the default goes: another', async () => {
  for (const [device, words] of /** @type {const} */ ([[HEADSET, 'away'], [{ id: '', label: '' }, 'other']])) {
    const { capture, devices, told } = staged();
    capture.choose(device);
    await capture.listen();
    devices.plugged = [];
    devices.microphone.lose();
    await settle();
    devices.microphone.hear(1);
    assert.deepEqual(told, ['hearing', 'hearing', words, 'chunk 1']);
    assert.deepEqual(devices.microphones.map(({ open }) => open), [false, true]);
  }
});

test('F27 one that goes as soon as it came is told, and not replaced for ever', async () => {
  const { capture, devices, told } = staged();
  await capture.listen();
  devices.microphone.lose();
  await settle();
  devices.microphone.lose();
  await settle();
  assert.equal(devices.microphones.length, 2);
  assert.equal(told.at(-1), 'microphone-lost');
});

test('a new microphone that cannot be opened leaves the one that works', async () => {
  const { capture, devices, told } = staged();
  await capture.listen();
  devices.refuse.microphone = new CodedError('microphone-missing');
  capture.choose(HEADSET);
  await capture.listen();
  devices.microphone.hear(1);
  assert.deepEqual(told, ['hearing', 'chunk 1']);
});

test('F27 a microphone that goes without another is told, and can be opened again', async () => {
  const { capture, devices, told } = staged();
  await capture.listen();
  devices.refuse.microphone = new CodedError('microphone-missing');
  devices.microphone.lose();
  await settle();
  delete devices.refuse.microphone;
  assert.equal(capture.isDeaf, true);
  await capture.listen();
  assert.equal(capture.isDeaf, false);
  assert.deepEqual(devices.microphones.map(({ open }) => open), [false, true]);
  assert.deepEqual(told, ['hearing', 'microphone-lost', 'hearing']);
});

test('F27 one that went goes on as silence until another gives sound: a sentence ends only in a stream that goes on', async () => {
  const { capture, devices, told } = staged();
  await capture.listen();
  devices.refuse.microphone = new CodedError('microphone-missing');
  devices.microphone.lose();
  await settle();
  devices.microphones[0].hear(0);
  delete devices.refuse.microphone;
  await capture.listen();
  devices.microphones[0].hear(1);
  devices.microphone.hear(2);
  assert.deepEqual(told, ['hearing', 'microphone-lost', 'chunk 0', 'hearing', 'chunk 2']);
});

test('F27 a device that comes while there is no microphone is tried, and told only where it is one', async () => {
  const { capture, devices, told } = staged();
  await capture.reconsider();
  assert.equal(devices.microphones.length, 0, 'what never listened does not begin to');
  await capture.listen();
  devices.refuse.microphone = new CodedError('microphone-missing');
  devices.microphone.lose();
  await settle();
  await capture.reconsider();
  delete devices.refuse.microphone;
  await capture.reconsider();
  await capture.reconsider();
  assert.deepEqual(told, ['hearing', 'microphone-lost', 'hearing', 'found']);
  assert.deepEqual(devices.microphones.map(({ open }) => open), [false, true]);
});

test('F27 what stood in for the chosen one goes as well, and the next one is the chosen one', async () => {
  const { capture, devices, told } = staged();
  capture.choose(PHONE);
  await capture.listen();
  devices.plugged.push('phone');
  devices.microphone.lose();
  await settle();
  assert.deepEqual(told.filter((word) => word !== 'hearing'), ['away', 'back']);
});

test('the capture follows the page and the size of its tab', async () => {
  const { capture, devices, told } = staged();
  await capture.look(TAB);
  await capture.refit();
  assert.equal(told.filter((word) => word.startsWith('look')).length, 1);
  devices.view = { title: 'Ferry', site: 'ferry.example', width: 892, height: 610, ratio: 1 };
  await capture.refit({ moved: true });
  assert.deepEqual(capture.source, { kind: 'tab', title: 'Ferry', site: 'ferry.example', width: 892, height: 610 });
  assert.deepEqual(devices.requests.at(-1), { type: 'view-tab', data: { tabId: 7, ratio: 1, moved: true } });
});

test('two fittings at once: the later one, which has measured, holds', async () => {
  const { capture, devices } = staged();
  await capture.look(TAB);
  devices.view = { title: 'Ferry', site: 'ferry.example', width: 892, height: 610, ratio: 1 };
  const first = capture.refit();
  const second = capture.refit({ moved: true });
  await first;
  devices.view = { title: 'Ferry', site: 'ferry.example', width: 1784, height: 1220, ratio: 2 };
  await second;
  assert.equal(capture.source.width, 1784);
});

test('a tab that does not tell its size now may tell it later', async () => {
  const { capture, devices } = staged();
  await capture.look(TAB);
  devices.refuse['view-tab'] = new Error('no tab with this id');
  await assert.rejects(capture.refit());
  delete devices.refuse['view-tab'];
  devices.view = { title: 'Ferry', site: 'ferry.example', width: 892, height: 610, ratio: 1 };
  await capture.refit();
  assert.equal(capture.source.title, 'Ferry');
});

test('F27 a tab that has just been closed has no size, and that is no fault', async () => {
  const { capture, devices, told } = staged();
  await capture.look(TAB);
  devices.refuse['view-tab'] = new CodedError('tab-lost');
  await capture.refit();
  assert.deepEqual([capture.source.title, told], ['Terns', ['look tab Terns']]);
});

test('a screen has no tab to follow', async () => {
  const { capture, devices } = staged();
  await capture.look(SCREEN);
  await capture.refit({ moved: true });
  assert.equal(devices.requests.some(({ type }) => type === 'view-tab'), false);
});

const HARBOUR = 8;

test('followed, the eyes are on the tab in front, without a stream and without bringing it there', async () => {
  const { capture, devices, told } = staged();
  await capture.look(TAB);
  devices.view = { ...devices.view, title: 'Harbour' };
  await capture.follow(HARBOUR);
  assert.deepEqual([capture.tabId, capture.source.title], [HARBOUR, 'Harbour']);
  assert.deepEqual(devices.frames.map(({ open }) => open), [false, true]);
  assert.equal(devices.requests.filter(({ type }) => type === 'grant-tab').length, 1);
  assert.deepEqual(told, ['look tab Terns', 'look tab Harbour']);
});

test('pressed on while it is being followed, it is opened as what was pressed on', async () => {
  const { capture, devices } = staged();
  await capture.look(TAB);
  capture.follow(HARBOUR);
  await capture.look({ ...TAB, tabId: HARBOUR });
  await settle();
  assert.equal(devices.requests.filter(({ type, data }) => type === 'grant-tab' && data.tabId === HARBOUR).length, 1);
  await capture.unfollow();
  assert.equal(capture.tabId, HARBOUR);
});

test('followed no more, and stopped before it is back: it is remembered where it goes', async () => {
  const { capture } = staged();
  await capture.look(TAB);
  await capture.follow(HARBOUR);
  const back = capture.unfollow();
  capture.stop();
  await back;
  await capture.lookAgain();
  assert.equal(capture.tabId, 7);
});

test('followed no more, and pressed on another tab before it is back: that one is looked at', async () => {
  const { capture } = staged();
  await capture.look(TAB);
  await capture.follow(HARBOUR);
  const back = capture.unfollow();
  const looked = capture.look({ ...TAB, tabId: 9 });
  await Promise.all([back, looked]);
  assert.equal(capture.tabId, 9);
});

test('only from a tab: a screen and a voice are not left', async () => {
  for (const wanted of [SCREEN, VOICE]) {
    const { capture } = staged();
    await capture.look(TAB);
    await capture.look(wanted);
    await capture.follow(HARBOUR);
    assert.deepEqual([capture.source.kind, capture.tabId], [wanted.kind, null]);
  }
});

test('a picker that was left leaves the following as it is', async () => {
  const { capture, devices } = staged();
  await capture.look(TAB);
  devices.refuse.screen = new CodedError('screen-denied');
  await capture.look(SCREEN);
  await capture.follow(HARBOUR);
  assert.equal(capture.tabId, HARBOUR);
});

test('pressed on where it was followed to, the tab is seen by a stream', async () => {
  const { capture, devices } = staged();
  await capture.look(TAB);
  await capture.follow(HARBOUR);
  await capture.look({ ...TAB, tabId: HARBOUR });
  assert.deepEqual(devices.requests.filter(({ type }) => type === 'grant-tab').map(({ data }) => data.tabId), [7, HARBOUR]);
  assert.deepEqual(devices.frames.map(({ open }) => open), [false, false, true]);
  // The veil on it stays: it is looked at.
  assert.equal(devices.requests.some(({ type, data }) => type === 'leave-page' && data.tabId === HARBOUR), false);
});

test('T23 on a page that is blocked there are eyes, and no picture', async () => {
  const { capture, devices } = staged();
  await capture.look(TAB);
  devices.page = { ...devices.page, finding: 'blocked' };
  await capture.follow(HARBOUR);
  assert.deepEqual([capture.tabId, capture.finding, devices.frames[0].open], [HARBOUR, 'blocked', false]);
  assert.equal(await capture.frames?.take(), null);
  capture.stop();
});

test('paused, it goes on where the person is by then', async () => {
  const { capture, devices } = staged();
  await capture.look(TAB);
  capture.stop();
  await capture.follow(HARBOUR);
  await capture.follow(9);
  assert.equal(devices.frames.length, 1, 'nothing is opened');
  await capture.lookAgain();
  assert.equal(capture.tabId, 9);
  assert.equal(devices.requests.filter(({ type }) => type === 'grant-tab').length, 1);
});

test('when the tab is closed the eyes go along to the one that comes in front', async () => {
  const { capture, devices, told } = staged();
  await capture.look(TAB);
  devices.eyes.end();
  assert.equal(told.at(-1), 'ended tab');
  await capture.follow(HARBOUR);
  assert.equal(capture.tabId, HARBOUR);
});

test('followed no more, the eyes go back to the tab that they were given', async () => {
  const { capture, devices } = staged();
  await capture.look(TAB);
  await capture.follow(HARBOUR);
  await capture.unfollow();
  assert.equal(capture.tabId, 7);
  assert.equal(devices.requests.filter(({ type }) => type === 'grant-tab').length, 2);
});

test('where that cannot be, they close, and it is told', async () => {
  const { capture, devices, told } = staged();
  await capture.look(TAB);
  await capture.follow(HARBOUR);
  devices.refuse['grant-tab'] = new CodedError('tab-forbidden');
  await capture.unfollow();
  assert.deepEqual([capture.source.kind, capture.frames], ['voice', null]);
  assert.ok(told.includes('tab-forbidden'));
  assert.ok(devices.frames.every(({ open }) => !open));
});

test('on the tab that was pressed on they stay as they are', async () => {
  const { capture, devices } = staged();
  await capture.look(TAB);
  await capture.unfollow();
  await capture.follow(7);
  assert.deepEqual([capture.tabId, devices.frames.length], [7, 1]);
});

test('paused meanwhile, they go back once it goes on', async () => {
  const { capture } = staged();
  await capture.look(TAB);
  await capture.follow(HARBOUR);
  capture.stop();
  await capture.unfollow();
  await capture.lookAgain();
  assert.equal(capture.tabId, 7);
});

const HEARD = { heard: true, softened: false, kept: false };

test('a tab that nobody is to hear goes on sounding by itself', async () => {
  const { capture, devices } = staged();
  await capture.look(TAB);
  assert.deepEqual([capture.sound, capture.hearsTab, devices.tabSounds], [null, false, []]);
});

test('its sound comes with it where it is wanted, and of a clear page only', async () => {
  const { capture, devices, told } = staged();
  await capture.listen();
  await capture.wishSound(HEARD);
  await capture.look(TAB);
  assert.equal(capture.hearsTab, true);
  const [tab] = devices.tabSounds;
  const now = Date.now();
  for (let time = 0; time <= 400; time += 20) tab.sound(5, now + time);
  await settle();
  assert.equal(told.filter((each) => each === 'sound 5').length, 21);
  devices.page = { ...devices.page, finding: 'blocked' };
  for (let time = 420; time <= 900; time += 20) tab.sound(6, now + time);
  await settle();
  assert.deepEqual([told.includes('sound 6'), capture.hearsTab], [false, false]);
  capture.stop();
});

test('softened and not heard, nothing of it is handed on', async () => {
  const { capture, devices, told } = staged();
  await capture.listen();
  await capture.wishSound({ heard: false, softened: true, kept: false });
  await capture.look(TAB);
  const now = Date.now();
  for (let time = 0; time <= 400; time += 20) devices.tabSounds[0].sound(5, now + time);
  await settle();
  assert.deepEqual([capture.sound !== null, capture.hearsTab, told.includes('sound 5')], [true, false, false]);
  capture.stop();
});

test('wanted later, the tab is closed before it is opened again with its sound: the browser would refuse a second', async () => {
  const { capture, devices } = staged();
  await capture.listen();
  await capture.look(TAB);
  const [first] = devices.frames;
  const wished = capture.wishSound(HEARD);
  await settle();
  assert.equal(first.open, false);
  await wished;
  assert.deepEqual([devices.frames.length, devices.eyes.open, capture.tabId, capture.hearsTab], [2, true, 7, true]);
  await capture.wishSound({ ...HEARD, softened: true, kept: false });
  assert.equal(devices.frames.length, 2, 'what sounds already is not opened again');
  capture.stop();
});

test('not wanted any more, the tab sounds by itself again, and goes on being seen', async () => {
  const { capture, devices } = staged();
  await capture.wishSound(HEARD);
  await capture.look(TAB);
  await capture.wishSound({ heard: false, softened: false, kept: false });
  assert.deepEqual([devices.tabSounds[0].open, devices.eyes.open, devices.frames.length, capture.sound], [false, true, 1, null]);
  capture.stop();
});

test('wanted while the tab is being opened, and not any more: the last word holds', async () => {
  const { capture, devices } = staged();
  await capture.listen();
  const looking = capture.look(TAB);
  await Promise.all([capture.wishSound(HEARD), looking]);
  assert.equal(capture.hearsTab, true);
  const again = capture.look({ ...TAB, tabId: 8 });
  await Promise.all([capture.wishSound({ heard: false, softened: false, kept: false }), again]);
  assert.deepEqual([capture.sound, devices.tabSounds.map(({ open }) => open)], [null, devices.tabSounds.map(() => false)]);
  capture.stop();
});

test('its sound ends with the look, a pause and a tab that goes', async () => {
  const { capture, devices } = staged();
  await capture.wishSound(HEARD);
  await capture.look(TAB);
  await capture.look(VOICE);
  await capture.look(TAB);
  capture.stop();
  await capture.lookAgain();
  devices.eyes.end();
  assert.deepEqual(devices.tabSounds.map(({ open }) => open), [false, false, false]);
});

test('without a microphone there is nothing that the tab could lie under', async () => {
  const { capture, devices } = staged();
  devices.refuse.microphone = new CodedError('microphone-missing');
  await capture.listen();
  await capture.wishSound(HEARD);
  await capture.look(TAB);
  assert.deepEqual([capture.sound !== null, capture.hearsTab], [true, false]);
  capture.stop();
});

test('another tab that is chosen in the same moment is the one that is seen and heard', async () => {
  const { capture, devices } = staged();
  await capture.listen();
  await capture.look(TAB);
  const wished = capture.wishSound(HEARD);
  await Promise.all([wished, capture.look({ ...TAB, tabId: 8 })]);
  await settle();
  assert.deepEqual([capture.tabId, capture.hearsTab, devices.frames.filter(({ open }) => open).length], [8, true, 1]);
  capture.stop();
});
