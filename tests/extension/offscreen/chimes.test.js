import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';

import { Chimes, UNNOTICED_MS, playChime } from '../../../extension/offscreen/chimes.js';

/** @typedef {import('../../../extension/lib/status.js').Status} Status */

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
afterEach(() => mock.timers.reset());

function staged(enabled = true) {
  /** @type {string[]} */
  const played = [];
  const chimes = new Chimes((chime) => played.push(chime));
  chimes.enabled = enabled;
  const follow = (/** @type {Status['state']} */ state, /** @type {Status['activity']} */ activity = 'listening') =>
    chimes.follow({ state, activity });
  return { played, follow };
}

test('one sound on loss, one on return', () => {
  const { played, follow } = staged();
  follow('live');
  follow('reconnecting');
  follow('reconnecting');
  mock.timers.tick(UNNOTICED_MS);
  assert.deepEqual(played, ['loss']);
  follow('reconnecting');
  mock.timers.tick(UNNOTICED_MS);
  follow('live');
  follow('live');
  assert.deepEqual(played, ['loss', 'return']);
});

test('F24 a gap that nobody noticed makes no sound', () => {
  const { played, follow } = staged();
  follow('reconnecting');
  mock.timers.tick(UNNOTICED_MS - 1);
  follow('live');
  mock.timers.tick(UNNOTICED_MS);
  assert.deepEqual(played, []);
});

test('unless they are wanted there are none', () => {
  const { played, follow } = staged(false);
  follow('reconnecting');
  mock.timers.tick(UNNOTICED_MS);
  follow('live');
  assert.deepEqual(played, []);
});

test('an answer that sounds is not spoken into', () => {
  const { played, follow } = staged();
  follow('reconnecting', 'speaking');
  mock.timers.tick(UNNOTICED_MS);
  follow('live', 'speaking');
  assert.deepEqual(played, []);
});

test('what fails or is ended does not return', () => {
  const { played, follow } = staged();
  for (const state of /** @type {const} */ (['failed', 'ended'])) {
    follow('reconnecting');
    mock.timers.tick(UNNOTICED_MS);
    follow(state);
    follow('starting');
    follow('live');
  }
  assert.deepEqual(played, ['loss', 'loss']);
});

test('the two sounds are soft, short, faded, and the other way round', async () => {
  /** A context that writes down what it is asked for. */
  class Context extends EventTarget {
    static made = /** @type {Context[]} */ ([]);
    currentTime = 0;
    destination = {};
    state = 'running';
    sinkId = '';
    closed = false;
    constructor() {
      super();
      Context.made.push(this);
    }
    async close() {
      this.closed = true;
    }
  }
  class Node {
    static made = /** @type {any[]} */ ([]);
    /** @type {[number, number][]} */
    values = [];
    constructor() {
      Node.made.push(this);
    }
    connect(/** @type {any} */ other) {
      return other;
    }
    #parameter = {
      setValueAtTime: (/** @type {number} */ value, /** @type {number} */ time) => this.values.push([value, time]),
      linearRampToValueAtTime: (/** @type {number} */ value, /** @type {number} */ time) => this.values.push([value, time]),
    };
    frequency = this.#parameter;
    gain = this.#parameter;
    onended = () => {};
    start() {}
    stop(/** @type {number} */ time) {
      this.stopped = time;
    }
  }
  Object.assign(globalThis, { AudioContext: Context, OscillatorNode: Node, GainNode: Node });
  for (const [chime, pitches] of /** @type {const} */ ([['loss', [660, 440]], ['return', [440, 660]]])) {
    await playChime(chime);
    const [oscillator, gain] = Node.made.splice(0);
    assert.deepEqual(oscillator.values.map((/** @type {[number, number]} */ [hz]) => hz), pitches);
    assert.ok(oscillator.stopped < 0.5);
    const loudness = gain.values.map((/** @type {[number, number]} */ [value]) => value);
    assert.ok(Math.max(...loudness) <= 0.1);
    assert.deepEqual([loudness[0], loudness.at(-1)], [0, 0]);
    oscillator.onended();
    assert.equal(Context.made.at(-1)?.closed, true);
  }
});
