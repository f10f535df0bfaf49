import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

import { Frames } from '../../../extension/offscreen/frames.js';
import { Track } from '../../../extension/offscreen/track.js';
import { settle } from '../stand-ins/devices.js';

/** The frame worker in memory: what it is told stays in `told`, what it tells is put in with `tell`. */
class FrameWorker {
  /** @type {FrameWorker} */
  static newest;
  /** @type {string[]} */
  told = [];
  /** Numbers of what it was asked for and has not answered. @type {number[]} */
  asked = [];
  /** @type {any[]} */
  boxes = [];
  /** @type {((event: {data: any}) => void)|null} */
  onmessage = null;

  constructor() {
    FrameWorker.newest = this;
  }

  /** @param {{type: string, id: number, box: any}} message */
  postMessage({ type, id, box }) {
    this.told.push(type);
    if (type === 'encode') this.asked.push(id);
    if (box) this.boxes.push(box);
  }

  /** @param {object} data */
  tell(data) {
    this.onmessage?.({ data });
  }

  frame(grade = 'large', moving = true) {
    this.tell({ type: 'frame', change: { grade, moving } });
  }

  /** @param {number} value of its one byte; 0 for no picture */
  picture(value, grade = 'none') {
    const id = this.asked.shift();
    const change = { grade, moving: false };
    this.tell({ type: 'picture', id, bytes: value ? Uint8Array.of(value).buffer : null, width: 2, height: 2, time: 5, change });
  }
}

class Processor {
  static count = 0;

  constructor() {
    Processor.count += 1;
  }

  readable = { cancel: async () => {} };
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setInterval'] });
  Object.assign(globalThis, { Worker: FrameWorker, MediaStreamTrackProcessor: Processor });
  // The browser has it; Node has it from 22 on.
  /** @type {any} */ (Promise).withResolvers ??= () => {
    /** @type {any} */
    const settled = {};
    settled.promise = new Promise((resolve, reject) => Object.assign(settled, { resolve, reject }));
    return settled;
  };
});

function opened() {
  const track = { stop: mock.fn(), addEventListener() {}, getSettings: () => ({}) };
  const frames = new Frames(new Track(/** @type {any} */ ({ getVideoTracks: () => [track], getAudioTracks: () => [] }), () => {}));
  return { frames, track, worker: FrameWorker.newest };
}

test('a new frame is encoded once; until there is another the last picture stands', async () => {
  const { frames, worker } = opened();
  assert.equal(await frames.take(), null);
  worker.frame();
  const [one, other] = [frames.take(), frames.take()];
  worker.picture(7);
  assert.deepEqual([(await one)?.bytes[0], (await other)?.bytes[0], (await frames.take())?.bytes[0]], [7, 7, 7]);
  assert.deepEqual(worker.told, ['open', 'encode']);
});

test('the first picture is ready before anyone asks, unless a newer frame has come since', async () => {
  const { frames, worker } = opened();
  worker.frame();
  assert.deepEqual(worker.told, ['open', 'encode']);
  worker.picture(7);
  assert.equal((await frames.take())?.bytes[0], 7);

  const changing = opened();
  changing.worker.frame();
  changing.worker.picture(7);
  changing.worker.frame();
  const taking = changing.frames.take();
  assert.deepEqual(changing.worker.told, ['open', 'encode', 'encode']);
  changing.worker.picture(8);
  assert.equal((await taking)?.bytes[0], 8);
});

test('a picture made ahead is new to whoever waits for one', async () => {
  const { frames, worker } = opened();
  worker.frame();
  worker.picture(7);
  await frames.whenFresh(new AbortController().signal);
  await frames.take();
  let waits = true;
  frames.whenFresh(new AbortController().signal).then(() => {
    waits = false;
  });
  await settle();
  assert.ok(waits);
});

test('a frame that cannot be encoded leaves the picture before it', async () => {
  const { frames, worker } = opened();
  for (const value of [7, 0]) {
    worker.frame();
    const taking = frames.take();
    worker.picture(value);
    assert.equal((await taking)?.bytes[0], 7);
  }
});

test('T25 once closed nothing is open, and there is no picture, not even the last', async () => {
  const { frames, track, worker } = opened();
  worker.frame();
  const first = frames.take();
  worker.picture(7);
  await first;
  worker.frame();
  const underWay = frames.take();
  worker.frame();
  frames.close();
  assert.equal(await underWay, null);
  assert.deepEqual([worker.told.at(-1), track.stop.mock.callCount()], ['close', 1]);
  /** @type {unknown} */
  let taken = 'nothing yet';
  frames.take().then((picture) => {
    taken = picture;
  });
  await settle();
  assert.equal(taken, null);
});

test('a look tells of the newest frame against the picture that was taken last', async () => {
  const { frames, worker } = opened();
  assert.equal(frames.look().grade, 'none');
  worker.frame();
  assert.equal(frames.look().grade, 'large');
  worker.picture(7);
  assert.equal(frames.look().grade, 'large', 'it was made ahead, and nobody took it');
  await frames.take();
  assert.equal(frames.look().grade, 'none');
  const { movedAt } = frames.look();
  worker.frame('faint', false);
  assert.deepEqual(frames.look(), { grade: 'faint', movedAt });
  worker.frame('large', true);
  assert.ok(frames.look().movedAt > movedAt);
  const taking = frames.take();
  worker.frame('large', true);
  worker.picture(8, 'small');
  await taking;
  assert.equal(frames.look().grade, 'small', 'as it is after that');
});

test('looked at, a frame is not fresh any more, and can be taken all the same', async () => {
  const { frames, worker } = opened();
  worker.frame();
  worker.picture(7);
  worker.frame();
  frames.look();
  let fresh = false;
  frames.whenFresh(new AbortController().signal).then(() => {
    fresh = true;
  });
  await settle();
  assert.equal(fresh, false);
  const taking = frames.take();
  worker.picture(8);
  assert.equal((await taking)?.bytes[0], 8);
  worker.frame('none', false);
  await settle();
  assert.ok(fresh);
});

test('renewed, the source is read anew, and what was there before is not fresh', async () => {
  const { frames, worker } = opened();
  worker.frame();
  worker.picture(7);
  const before = Processor.count;
  frames.renew();
  assert.equal(Processor.count, before + 1);
  let fresh = false;
  frames.whenFresh(new AbortController().signal).then(() => {
    fresh = true;
  });
  await settle();
  assert.equal(fresh, false);
  worker.frame('none', false);
  await settle();
  assert.ok(fresh);
  frames.close();
  frames.renew();
  assert.equal(Processor.count, before + 1);
});

test('what was renewed is asked for until a frame has come, and not without end', () => {
  const { frames, worker } = opened();
  worker.frame();
  const asked = () => Processor.count - before;
  let before = Processor.count;
  frames.renew();
  mock.timers.tick(150);
  assert.equal(asked(), 4, 'the browser lost the ones before');
  worker.frame('none', false);
  mock.timers.tick(1000);
  assert.equal(asked(), 4);

  before = Processor.count;
  frames.renew();
  frames.renew();
  mock.timers.tick(60_000);
  assert.ok(asked() > 20 && asked() < 100, `${asked()}`);

  frames.renew();
  frames.close();
  before = Processor.count;
  mock.timers.tick(1000);
  assert.equal(asked(), 0);
});

test('a part is what lies within the frame, and is not the picture that was taken', async () => {
  const { frames, worker } = opened();
  worker.frame();
  worker.picture(7);
  await frames.take();
  const part = frames.takePart({ x: 0.5, y: -0.5, width: 1, height: 1 });
  worker.picture(9);
  assert.equal((await part)?.bytes[0], 9);
  assert.deepEqual(worker.boxes, [{ x: 0.5, y: 0, width: 0.5, height: 0.5 }]);
  assert.equal((await frames.take())?.bytes[0], 7);
  for (const box of [{ x: 2, y: 0, width: 1, height: 1 }, { x: 0, y: 0, width: 0, height: 1 }, { x: NaN, y: 0, width: 1, height: 1 }]) {
    assert.equal(await frames.takePart(box), null);
  }
  const underWay = frames.takePart({ x: 0, y: 0, width: 1, height: 1 });
  frames.close();
  assert.equal(await underWay, null);
  assert.equal(await frames.takePart({ x: 0, y: 0, width: 1, height: 1 }), null);
});
