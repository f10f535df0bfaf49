/**
 * The one owner of a conversation as the person sees it: its state, what is captured, what they press and type. What is
 * said with the host is the session's.
 *
 * Events: `status` (the snapshot changed), `transcript` (detail `{reset, entries}`).
 */

import { CodedError, request } from '../lib/messages.js';
import { DEFAULT_DEVICE } from '../lib/settings.js';
import { allows, isRunning } from '../lib/state.js';
import { idleStatus } from '../lib/status.js';
import { Capture } from './capture.js';
import { early } from './early-microphone.js';
import { findEcho } from './echo.js';
import { Frames } from './frames.js';
import { Leveller } from './leveller.js';
import { Link } from './link.js';
import { Microphone } from './microphone.js';
import { askInWindow } from './point-window.js';
import { Pointing } from './pointing.js';
import { LATEST_MS } from './push-to-talk.js';
import { Session } from './session.js';
import { Snapshot, failureOf } from './snapshot.js';
import { output } from './sound-output.js';
import { Speaker } from './speaker.js';
import { TabSound } from './tab-sound.js';

/**
 * @typedef {import('../lib/status.js').Entry} Entry
 * @typedef {import('../lib/status.js').Reply} Reply
 * @typedef {import('../lib/status.js').Talk} Talk
 * @typedef {import('./eyes.js').Wanted} Wanted
 * @typedef {import('./microphone.js').Device} Device
 */

/** Longest typed question in characters; the host takes no longer one. */
const MAX_QUESTION = 8000;
/** What a source that opens puts right. */
const SOURCE_FAILURES = ['tab-lost', 'tab-forbidden', 'screen-denied', 'nothing-shared', 'page-blocked'];

/** A tab whose sound stays with it. */
const UNHEARD = { heard: false, softened: false, kept: false };

/** Asked about a tab that said nothing, or of which nothing was kept. */
const NOTHING_HEARD = new CodedError('nothing-heard');

/** What is said of a microphone that listens in place of another. */
const REPLACED = {
  away: 'note_microphone_away',
  back: 'note_microphone_back',
  other: 'note_microphone_other',
  found: 'note_microphone_found',
};

/** And of a speaker. */
const SPEAKER_REPLACED = { away: 'note_speaker_away', back: 'note_speaker_back' };

/** What a conversation hears, sees, speaks and connects with. */
const DEVICES = {
  request,
  /** @type {typeof Microphone.open} */
  openMicrophone: (handlers, chosen) => Microphone.open(handlers, chosen, (wanted) => early.take(wanted)),
  openSpeaker: Speaker.open,
  output,
  findEcho,
  openTab: Frames.openTab,
  openScreen: Frames.openScreen,
  openStills: Frames.openStills,
  openTabSound: TabSound.open,
  openLink: Link.open,
  askInWindow,
  network: { isOnline: () => navigator.onLine, events: globalThis },
};

export class Conversation extends EventTarget {
  #devices;
  #snapshot;
  #capture;
  #session;
  #pointing;
  #leveller = new Leveller();
  /** Muted for want of a microphone, and not by the person. */
  #mutedByLoss = false;
  /** As it was told last: what is secret in the page is blacked out. */
  #covered = true;

  /** @param {typeof DEVICES} [devices] */
  constructor(devices = DEVICES) {
    super();
    this.#devices = devices;
    this.#capture = new Capture(devices, {
      onChunk: (chunk) => this.#session.hear(this.#leveller.hear(chunk, this.#session.activity === 'speaking')),
      onHearing: () => this.#onHearing(),
      onReplaced: (what) => this.#onReplaced(what),
      onDeaf: (error, essential) => this.#onDeaf(error, essential),
      onLook: () => this.#onLook(),
      onBlind: (error, essential) => (essential ? this.#fail(error) : this.#snapshot.change({ failure: failureOf(error) })),
      onSound: (chunk) => this.#session.hearTab(chunk),
      onFinding: () => this.#onFinding(),
      onEnded: (kind) => this.#onSourceEnded(kind),
    });
    this.#snapshot = new Snapshot(
      () => ({
        activity: this.#session.activity,
        hearing: this.#capture.isHearing,
        hearsTab: this.#capture.hearsTab,
        keepsTab: this.#capture.keepsTab,
        kept: this.#session.keptSeconds,
        pictures: this.#session.pictures,
        pointing: this.#pointing.isUnderWay,
        talk: this.#session.talk,
        held: this.#session.isHeld,
      }),
      () => this.dispatchEvent(new Event('status')),
    );
    this.#session = this.#newSession('hands-free');
    this.#pointing = new Pointing(devices, this.#capture, {
      onChange: () => this.#onPointing(),
      onPointed: (picture, box) => this.#session.point(picture, box),
      onFailed: (error) => this.#snapshot.change({ failure: failureOf(error) }),
    });
  }

  /** Replaced as a whole on every change. */
  get status() {
    return this.#snapshot.status;
  }

  /** @returns {Entry[]} */
  get entries() {
    return this.#session.entries;
  }

  /** Loudness now, each 0..1. */
  get level() {
    return { microphone: this.#capture.level, speaker: this.#session.level };
  }

  /**
   * Begins a conversation, or goes on with one that a failure stopped; in a running one, looks at something else.
   * @param {Wanted & {reply: Reply, talk?: Talk, microphone: Device, speaker?: Device, sound?: import('./capture.js').SoundWish}} wanted
   * @returns {Promise<void>} settles when it looks there, or cannot; never rejects
   */
  start({ reply, talk = 'hands-free', microphone, speaker = DEFAULT_DEVICE, sound = UNHEARD, ...wanted }) {
    this.listenTo(microphone);
    void this.wishSound(sound);
    if (isRunning(this.status.state)) {
      this.#lookElsewhere(wanted);
      this.wake();
    } else {
      this.speakFrom(speaker);
      this.#begin(wanted, reply, talk);
    }
    return this.#capture.looked;
  }

  end() {
    if (!allows(this.status.state, 'end')) return;
    this.#close();
    this.#snapshot.move('end', { failure: null });
  }

  /** A parked conversation goes on; another is not parked. */
  wake() {
    this.#session.wake();
  }

  /** Muted, Gemini hears silence. @param {boolean} muted */
  mute(muted) {
    if (!isRunning(this.status.state)) return;
    if (muted) this.#session.cut();
    this.#mutedByLoss = false;
    this.#snapshot.change({ muted });
    this.#capture.mute(muted);
    if (!muted && !this.status.paused && this.#capture.isDeaf) this.#capture.listen();
    this.#session.tellCapture();
  }

  /** With push-to-talk, the person presses to be heard. @param {number} moment when, in ms since the Unix epoch */
  press(moment) {
    const { state, muted, paused } = this.status;
    if (isRunning(state) && !muted && !paused) this.#session.press(credible(moment));
  }

  /** And lets go. @param {number} moment */
  release(moment) {
    this.#session.release(credible(moment));
  }

  /** Presses, or lets go: keys for the whole browser do not say when they are let go. */
  togglePress() {
    if (this.status.held) this.release(Date.now());
    else this.press(Date.now());
  }

  /** The person chose another microphone. @param {Device} microphone */
  listenTo(microphone) {
    const changed = this.#capture.choose(microphone);
    if (changed && isRunning(this.status.state) && !this.status.paused) this.#capture.listen();
  }

  /** What is to become of the tab's sound. @param {import('./capture.js').SoundWish} wish */
  async wishSound(wish) {
    await this.#capture.wishSound(wish);
    this.#session.look();
    this.#snapshot.change();
  }

  /** The person chose another speaker. @param {Device} speaker */
  speakFrom(speaker) {
    return this.#tellSpeaker(this.#devices.output.choose(speaker));
  }

  /** The devices of the computer are others than before. */
  async reconsider() {
    await Promise.all([this.#capture.reconsider(), this.#tellSpeaker(this.#devices.output.reconsider())]);
  }

  /** Paused, nothing is captured at all. @param {boolean} paused */
  pause(paused) {
    if (!isRunning(this.status.state) || paused === this.status.paused) return;
    if (paused) this.#session.cut();
    this.#mutedByLoss = false; // What listens after a pause is as the panel says.
    this.#snapshot.change({ paused });
    if (paused) {
      this.#pointing.leave();
      this.#capture.stop();
      this.#session.look();
      this.#snapshot.change();
    } else {
      this.#capture.listen();
      this.#capture.lookAgain();
    }
    this.#session.tellCapture();
  }

  /** The screen was locked: nothing is captured until the person resumes. */
  lock() {
    if (!isRunning(this.status.state) || this.status.paused) return;
    this.pause(true);
    this.#session.note('note_locked');
  }

  /** A typed question; what is looked at now goes with it. @param {string} text */
  ask(text) {
    const question = text.trim().slice(0, MAX_QUESTION);
    if (question === '' || !isRunning(this.status.state)) return;
    this.#session.ask(question);
  }

  /** A question about what the tab sounded like last, which goes with it. @param {string} text */
  async askJustSaid(text) {
    const sound = await this.#capture.justSaid();
    const question = text.trim().slice(0, MAX_QUESTION);
    if (question === '' || !isRunning(this.status.state)) return;
    if (sound) this.#session.ask(question, sound);
    const before = this.status.failure?.code === NOTHING_HEARD.code ? null : this.status.failure;
    this.#snapshot.change({ failure: sound ? before : failureOf(NOTHING_HEARD) });
  }

  /**
   * The person wants to point at a part of what is looked at, or, while they point, to leave that.
   * @returns {boolean} whether there is anything to point at
   */
  point() {
    if (this.#pointing.isUnderWay) {
      this.#pointing.leave();
    } else if (this.#capture.frames && this.#capture.finding === 'clear') {
      if (this.status.failure?.code === 'picture-missing') this.#snapshot.change({ failure: null });
      this.#pointing.begin();
    } else {
      this.#snapshot.change({ failure: failureOf(new CodedError('nothing-shared')) });
      return false;
    }
    return true;
  }

  /** @param {Reply} reply */
  reply(reply) {
    this.#snapshot.change({ reply });
    if (reply === 'text') this.#session.hush();
  }

  /** The window has moved or has another size. */
  refit() {
    return this.#capture.refit({ moved: true });
  }

  /** The page of a tab may be another one. @param {number} tabId */
  recheck(tabId) {
    return this.#capture.recheck(tabId);
  }

  /** The person went to another tab, and wants to be followed. Elsewhere than on a tab there is nothing to follow with. @param {number} tabId */
  follow(tabId) {
    if (isRunning(this.status.state)) this.#capture.follow(tabId);
  }

  /** They are followed no more. */
  unfollow() {
    if (isRunning(this.status.state)) this.#capture.unfollow();
  }

  /** @param {Talk} talk */
  #newSession(talk) {
    return new Session(this.#devices, {
      talk,
      capture: this.#capture,
      snapshot: this.#snapshot,
      onEntries: (entries) => this.#tell({ reset: false, entries }),
      onOver: (error) => (error ? this.#fail(error) : this.end()),
    });
  }

  /** @param {Wanted} wanted @param {Reply} reply @param {Talk} talk */
  #begin(wanted, reply, talk) {
    // What failed goes on where it was, with the same words.
    if (this.status.state !== 'failed' || !this.#session.isKnown) {
      this.#session = this.#newSession(talk);
      this.#tell({ reset: true, entries: [] });
    }
    this.#capture.mute(false);
    this.#capture.listen({ essential: true });
    this.#capture.look(wanted, { essential: true });
    this.#snapshot.move('start', { ...idleStatus(), source: this.#capture.source, reply });
    this.#session.open();
  }

  /** @param {Wanted} wanted */
  #lookElsewhere(wanted) {
    if (this.status.paused) {
      this.#snapshot.change({ paused: false });
      this.#capture.listen();
    }
    this.#capture.look(wanted);
  }

  #onHearing() {
    const mended = this.status.failure?.code.startsWith('microphone-');
    this.#snapshot.change(mended ? { failure: null } : {});
    if (this.#mutedByLoss) this.mute(false);
  }

  /** @param {keyof typeof REPLACED} what */
  #onReplaced(what) {
    this.#session.note(REPLACED[what]);
  }

  /** @param {Promise<import('./sound-output.js').Replaced|null>} moving */
  async #tellSpeaker(moving) {
    const what = await moving.catch(console.error);
    if (what && isRunning(this.status.state)) this.#session.note(SPEAKER_REPLACED[what]);
  }

  /** Without a microphone one can still type. Unmuting tries again, and so does a device that comes. @param {CodedError} error @param {boolean} essential */
  #onDeaf(error, essential) {
    if (essential && error.code !== 'microphone-missing') {
      this.#fail(error);
      return;
    }
    this.#session.cut();
    this.#mutedByLoss ||= !this.status.muted;
    this.#snapshot.change({ muted: true, failure: failureOf(error) });
    this.#capture.mute(true);
    this.#session.tellCapture();
  }

  #onPointing() {
    this.#session.lookAway(this.#pointing.isUnderWay);
    this.#snapshot.change();
  }

  #onLook() {
    const { source, frames } = this.#capture;
    const mended = frames && SOURCE_FAILURES.includes(this.status.failure?.code ?? '');
    const { finding } = this.#capture;
    this.#covered = this.#capture.covered;
    this.#snapshot.change({ source, finding, ...(frames && finding === 'clear' ? {} : { picture: null }), ...(mended ? { failure: null } : {}) });
    this.#session.tellCapture();
    this.#session.look();
    this.#pointing.follow();
  }

  #onFinding() {
    const { finding, covered } = this.#capture;
    this.#snapshot.change({ finding, ...(finding === 'clear' ? {} : { picture: null }) });
    if (!covered && this.#covered) this.#session.note('note_uncovered');
    this.#covered = covered;
  }

  /** @param {import('../lib/status.js').SourceKind} kind */
  #onSourceEnded(kind) {
    const tab = kind === 'tab';
    if (tab) this.#snapshot.change({ failure: failureOf(new CodedError('tab-lost')) });
    this.#session.note(tab ? 'note_tab_lost' : 'note_screen_stopped');
  }

  /** @param {CodedError} error */
  #fail(error) {
    if (!allows(this.status.state, 'fail')) return;
    this.#close();
    this.#snapshot.move('fail', { failure: failureOf(error) });
  }

  /** Everything captured stops, everything open closes; the transcript stays. */
  #close() {
    this.#pointing.leave();
    this.#capture.stop();
    this.#session.close();
    this.#mutedByLoss = false;
    this.#snapshot.change({ picture: null, finding: 'clear', muted: false, paused: false });
  }

  /** @param {{reset: boolean, entries: Entry[]}} detail */
  #tell(detail) {
    if (detail.reset || detail.entries.length > 0) this.dispatchEvent(new CustomEvent('transcript', { detail }));
  }
}

/** A press is told of by another page, a little later than it was. @param {number} moment ms since the Unix epoch */
function credible(moment) {
  const now = Date.now();
  return Math.min(now, Math.max(now - LATEST_MS, moment));
}
