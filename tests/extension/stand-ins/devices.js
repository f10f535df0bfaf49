/**
 * What a conversation hears, sees, speaks and connects with, in memory. Each behaves as the real one does towards the
 * conversation, and is steered and watched by the test.
 */

import { CodedError } from '../../../extension/lib/messages.js';
import { MEDIA } from '../../../extension/lib/protocol.js';
import { echoIn } from '../../../extension/offscreen/workers/likeness.js';
import { until } from './chrome.js';

/** @typedef {import('../../../extension/lib/settings.js').Device} Device */

export class Microphone {
  open = true;
  muted = false;
  isLost = false;
  isOpen = false;
  level = 0.5;

  /**
   * @param {import('../../../extension/offscreen/microphone.js').MicrophoneHandlers} handlers
   * @param {boolean} isChosen
   * @param {boolean} slow gives sound only when it is told to
   */
  constructor(handlers, isChosen, slow) {
    this.handlers = handlers;
    this.isChosen = isChosen;
    if (!slow) queueMicrotask(() => this.begin());
  }

  /** It gives sound. */
  begin() {
    this.isOpen = true;
    this.handlers.onOpen();
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.muted = muted;
  }

  /** One chunk, all of this value. @param {number} value */
  hear(value) {
    if (this.open) this.handlers.onChunk({ samples: new Int16Array(320).fill(value), time: value });
  }

  lose() {
    this.isLost = true;
    this.handlers.onLost();
  }

  async close() {
    this.open = false;
  }
}

export class Frames {
  open = true;
  size = { width: 640, height: 480 };
  /** That of the tab's sound. @type {any} */
  sound = null;

  /** @param {() => void} onEnded */
  constructor(onEnded) {
    this.end = onEnded;
  }

  async whenFresh(/** @type {AbortSignal} */ signal) {
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve);
    });
  }

  look() {
    return { grade: /** @type {const} */ ('none'), movedAt: 0 };
  }

  renew() {}

  async take() {
    return { bytes: Uint8Array.of(1, 2, 3), width: 640, height: 480, time: Date.now() };
  }

  async takePart() {
    return this.take();
  }

  close() {
    this.open = false;
  }
}

export class TabSound {
  open = true;
  soft = false;

  /** @param {(chunk: import('../../../extension/offscreen/tab-sound.js').SoundChunk) => void} onChunk */
  constructor(onChunk) {
    this.onChunk = onChunk;
  }

  /** One chunk, all of this value, captured now. @param {number} value @param {number} [time] */
  sound(value, time = Date.now()) {
    if (this.open) this.onChunk({ samples: new Int16Array(320).fill(value), time });
  }

  /** @param {boolean} soft */
  soften(soft) {
    this.soft = soft;
  }

  close() {
    this.open = false;
  }
}

export class Speaker {
  open = true;
  playback = { playing: false, turn: -1, heard: 0, queued: 0, dropped: 0, level: 0 };
  /** First samples of what waits to be heard. @type {number[]} */
  queue = [];
  clears = 0;
  softened = 0;
  /** Samples of the answer that came last. */
  #given = { turn: -1, samples: 0 };

  /** @param {() => void} onPlayback */
  constructor(onPlayback) {
    this.onPlayback = onPlayback;
  }

  /** @param {Int16Array} samples @param {number} turn */
  play(samples, turn) {
    this.queue.push(samples[0]);
    this.#given = { turn, samples: samples.length + (turn === this.#given.turn ? this.#given.samples : 0) };
    this.#turn({ playing: true });
  }

  soften() {
    this.softened += 1;
  }

  clear() {
    this.clears += 1;
    this.queue = [];
    this.#turn({ playing: false });
  }

  /** So much of an answer was heard. @param {number} turn @param {number} heard samples */
  reach(turn, heard) {
    this.#turn({ playing: true, turn, heard });
  }

  /** All was heard. */
  drain() {
    this.queue = [];
    this.#turn({ playing: false, turn: this.#given.turn, heard: this.#given.samples });
  }

  async close() {
    this.open = false;
  }

  /** @param {Partial<import('../../../extension/offscreen/speaker.js').Playback>} change */
  #turn(change) {
    this.playback = { ...this.playback, ...change };
    this.onPlayback();
  }
}

export class Link {
  open = true;
  /** What was sent, in order: a type for a control message, `audio 5` for a chunk of fives, `video` for a picture, `sound` for what a question is about. @type {string[]} */
  sent = [];
  /** @type {{type: string, data: any}[]} */
  messages = [];
  /** What questions were about. @type {Uint8Array[]} */
  sounds = [];
  /** Numbers of the chunks of sound. @type {number[]} */
  numbers = [];
  /** And the press of each, with `over` where it ends. @type {(number|string)[]} */
  presses = [];

  /**
   * @param {import('../../../extension/offscreen/link.js').LinkHandlers} handlers
   * @param {{kept: boolean, received: number}} attached what the host answers to `start-session`
   */
  constructor(handlers, attached) {
    this.handlers = handlers;
    this.attached = attached;
  }

  /** @param {string} type @param {any} [data] */
  send(type, data = {}) {
    if (!this.open) return;
    this.sent.push(type);
    this.messages.push({ type, data });
    if (type === 'start-session') queueMicrotask(() => this.say('attached', this.attached));
  }

  /** @param {number} kind @param {{turn: number, sequence: number}} header @param {Uint8Array} payload */
  sendMedia(kind, { turn, sequence }, payload) {
    if (!this.open) return false;
    this.sent.push(kind === MEDIA.AUDIO_UP ? `audio ${new Int16Array(payload.buffer)[0] ?? 'over'}` : kind === MEDIA.VIDEO_UP ? 'video' : 'sound');
    if (kind === MEDIA.SOUND_UP) this.sounds.push(payload);
    if (kind === MEDIA.AUDIO_UP) {
      this.numbers.push(sequence);
      this.presses.push(payload.length > 0 ? turn : `${turn} over`);
    }
    return true;
  }

  close() {
    this.open = false;
  }

  /** The host says. @param {string} type @param {any} data */
  say(type, data) {
    if (this.open) this.handlers.onMessage({ type, data });
  }

  /** @param {string} state @param {string} [reason] */
  state(state, reason) {
    this.say('session-state', { state, reason, practice: true, model: 'm' });
  }

  /** @param {number} turn @param {number} value */
  speak(turn, value) {
    if (this.open) this.handlers.onAudio(turn, new Int16Array(4).fill(value));
  }

  /** The connection breaks. */
  lose() {
    this.open = false;
    this.handlers.onLost(new CodedError('link-lost', 'gone'));
  }
}

/** The browser's word for the network. */
export class Network {
  online = true;
  events = new EventTarget();
  isOnline = () => this.online;

  /** @param {boolean} online */
  turn(online) {
    this.online = online;
    this.events.dispatchEvent(new Event(online ? 'online' : 'offline'));
  }
}

/** Where it plays; which of its speakers is there, the test says. */
export class Output {
  /** Ids of the speakers beside the default. */
  plugged = ['headset'];
  chosen = '';
  /** @type {'away'|'back'|null} */
  #told = null;

  async choose(/** @type {Device} */ { id }) {
    this.chosen = id;
    this.#told = null;
    return this.reconsider();
  }

  async reconsider() {
    const away = this.chosen !== '' && !this.plugged.includes(this.chosen);
    if (away === (this.#told === 'away')) return null;
    this.#told = away ? 'away' : 'back';
    return this.#told;
  }
}

/** Devices that open, unless an error stands in `refuse` under their name. */
export class Devices {
  /** @type {{[name: string]: Error|undefined}} */
  refuse = {};
  /** @type {Microphone[]} */
  microphones = [];
  /** Ids of the microphones beside the default. */
  plugged = ['headset'];
  /** A microphone is opened long before it gives sound. */
  slow = false;
  /** @type {Frames[]} */
  frames = [];
  /** @type {TabSound[]} */
  tabSounds = [];
  /** @type {Speaker[]} */
  speakers = [];
  /** @type {Link[]} */
  links = [];
  /** @type {{type: string, data: any}[]} */
  requests = [];
  /** What a host says to a session that it is told of. */
  attached = { kept: false, received: -1 };
  /** Where the host listens. */
  port = 1;
  network = new Network();
  output = new Output();
  view = { title: 'Terns', site: 'terns.example', width: 1272, height: 810, ratio: 1 };
  /** What is found of the page in the tab. */
  page = { finding: 'clear', page: 'one', past: 'nothing', blockedAt: 0, covered: true };

  /** As the constructors of `Conversation` and `Capture` take it. @returns {any} */
  get doors() {
    return {
      request: (/** @type {string} */ _target, /** @type {string} */ type, /** @type {any} */ data) => {
        this.requests.push({ type, data });
        return this.#open(type, () => this.#answer(type, data));
      },
      openMicrophone: (/** @type {any} */ handlers, /** @type {Device} */ { id }) =>
        this.#open('microphone', () => keep(this.microphones, new Microphone(handlers, id === '' || this.plugged.includes(id), this.slow))),
      openTab: (/** @type {any} */ _grant, /** @type {any} */ onEnded, /** @type {{sound: boolean}} */ { sound }) =>
        this.#open('tab', () => keep(this.frames, Object.assign(new Frames(onEnded), { sound: sound ? {} : null }))),
      openTabSound: (/** @type {any} */ _track, /** @type {any} */ onChunk) => keep(this.tabSounds, new TabSound(onChunk)),
      openScreen: (/** @type {any} */ onEnded) => this.#open('screen', () => keep(this.frames, new Frames(onEnded))),
      openStills: (/** @type {any} */ take, /** @type {any} */ onRefused) => keep(this.frames, Object.assign(new Frames(() => {}), { take, onRefused })),
      openSpeaker: (/** @type {any} */ onChange) => this.#open('speaker', () => keep(this.speakers, new Speaker(onChange))),
      output: this.output,
      findEcho: async (/** @type {Int16Array} */ heard, /** @type {Int16Array} */ played) => echoIn(heard, played),
      openLink: (/** @type {any} */ _ticket, /** @type {any} */ handlers) => this.#open('link', () => keep(this.links, new Link(handlers, this.attached))),
      network: this.network,
    };
  }

  get microphone() {
    return /** @type {Microphone} */ (this.microphones.at(-1));
  }

  get eyes() {
    return /** @type {Frames} */ (this.frames.at(-1));
  }

  get speaker() {
    return /** @type {Speaker} */ (this.speakers.at(-1));
  }

  get link() {
    return /** @type {Link} */ (this.links.at(-1));
  }

  /** The host ends; the next one listens elsewhere. */
  kill() {
    this.port += 1;
    this.link.lose();
  }

  /** @param {string} type @param {any} data */
  #answer(type, data) {
    const verdict = { ...this.page, title: this.view.title, host: this.view.site };
    if (type === 'connect-host') return { port: this.port, token: 't', server_token: 's' };
    return type === 'judge-page' ? verdict : { ...this.view, ...data, verdict };
  }

  /** @template T @param {string} name @param {() => T} make @returns {Promise<T>} */
  async #open(name, make) {
    await new Promise(setImmediate);
    const error = this.refuse[name];
    if (error) throw error;
    return make();
  }
}

/** @template T @param {T[]} all @param {T} one */
function keep(all, one) {
  all.push(one);
  return one;
}

/** @type {Set<{end: () => void}>} */
const conversations = new Set();

/** What `endAll` will end: a conversation that looks at something would never let the tests end. @template {{end: () => void}} T @param {T} conversation */
export function ending(conversation) {
  conversations.add(conversation);
  return conversation;
}

export function endAll() {
  for (const conversation of conversations) conversation.end();
  conversations.clear();
}

/** Lets everything under way come to rest. */
export async function settle() {
  for (let count = 0; count < 30; count += 1) await new Promise(setImmediate);
}

export { until };
