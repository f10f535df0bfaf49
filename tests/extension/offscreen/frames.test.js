import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

import { Frames } from '../../../extension/offscreen/frames.js';
import { settle } from '../stand-ins/devices.js';

/** The frame worker in memory: what it is told stays in `told`, what it tells is put in with `tell`. */
class FrameWorker {
  /** @type {FrameWorker} */
  static newest;
  /** @type {string[]} */
  told = [];
  terminated = false;
  /** @type {((event: {data: any}) => void)|null} */
  onmessage = null;

  constructor() {
    FrameWorker.newest = this;
  }

  /** @param {{type: string}} message */
  postMessage({ type }) {
    this.told.push(type);
  }

  terminate() {
    this.terminated = true;
  }

  /** @param {object} data */
  tell(data) {
    this.onmessage?.({ data });
  }

  /** @param {number} value of its one byte; 0 for no picture */
  picture(value) {
    this.tell({ type: 'picture', bytes: value ? Uint8Array.of(value).buffer : null, width: 2, height: 2, time: 5 });
  }
}

class Processor {
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
  const frames = new Frames(/** @type {any} */ ({ getVideoTracks: () => [track] }), () => {});
  return { frames, track, worker: FrameWorker.newest };
}

test('a new frame is encoded once; until there is another the last picture stands', async () => {
  const { frames, worker } = opened();
  assert.equal(await frames.take(), null);
  worker.tell({ type: 'frame' });
  const [one, other] = [frames.take(), frames.take()];
  worker.picture(7);
  assert.deepEqual([(await one)?.bytes[0], (await other)?.bytes[0], (await frames.take())?.bytes[0]], [7, 7, 7]);
  assert.deepEqual(worker.told, ['open', 'encode']);
});

test('the first picture is ready before anyone asks, unless a newer frame has come since', async () => {
  const { frames, worker } = opened();
  worker.tell({ type: 'frame' });
  assert.deepEqual(worker.told, ['open', 'encode']);
  worker.picture(7);
  assert.equal((await frames.take())?.bytes[0], 7);

  const changing = opened();
  changing.worker.tell({ type: 'frame' });
  changing.worker.picture(7);
  changing.worker.tell({ type: 'frame' });
  const taking = changing.frames.take();
  assert.deepEqual(changing.worker.told, ['open', 'encode', 'encode']);
  changing.worker.picture(8);
  assert.equal((await taking)?.bytes[0], 8);
});

test('a picture made ahead is new to whoever waits for one', async () => {
  const { frames, worker } = opened();
  worker.tell({ type: 'frame' });
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
    worker.tell({ type: 'frame' });
    const taking = frames.take();
    worker.picture(value);
    assert.equal((await taking)?.bytes[0], 7);
  }
});

test('T25 once closed nothing is open, and there is no picture, not even the last', async () => {
  const { frames, track, worker } = opened();
  worker.tell({ type: 'frame' });
  const first = frames.take();
  worker.picture(7);
  await first;
  worker.tell({ type: 'frame' });
  const underWay = frames.take();
  worker.tell({ type: 'frame' });
  frames.close();
  assert.equal(await underWay, null);
  assert.deepEqual([worker.terminated, track.stop.mock.callCount()], [true, 1]);
  /** @type {unknown} */
  let taken = 'nothing yet';
  frames.take().then((picture) => {
    taken = picture;
  });
  await settle();
  assert.equal(taken, null);
});
