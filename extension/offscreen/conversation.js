/**
 * The one owner of a conversation: its state, what is captured, what was said. Capture, link and speaker know nothing of
 * each other; they meet here.
 *
 * Events: `status` (the snapshot changed), `transcript` (detail `{reset, entries}`).
 */

import { KeptAudio } from '../lib/kept-audio.js';
import { CodedError, request } from '../lib/messages.js';
import { MEDIA } from '../lib/protocol.js';
import { allows, isRunning, next } from '../lib/state.js';
import { idleStatus } from '../lib/status.js';
import { Transcript } from '../lib/transcript.js';
import { Album } from './album.js';
import { Capture, codedOf } from './capture.js';
import { FrameFlow } from './frame-flow.js';
import { Frames } from './frames.js';
import { Link } from './link.js';
import { Microphone } from './microphone.js';
import { Retries } from './retries.js';
import { Speaker } from './speaker.js';
import { Turns } from './turns.js';

/**
 * @typedef {import('../lib/status.js').Status} Status
 * @typedef {import('../lib/status.js').Entry} Entry
 * @typedef {import('../lib/status.js').Reply} Reply
 * @typedef {import('../lib/kept-audio.js').Chunk} Chunk
 * @typedef {import('../lib/protocol.js').Message} Message
 * @typedef {import('./frames.js').Jpeg} Jpeg
 * @typedef {import('./capture.js').Wanted} Wanted
 */

/** Longest typed question in characters; the host takes no longer one. */
const MAX_QUESTION = 8000;
/** How long what was said or typed waits for the picture that belongs to it. */
const PICTURE_PATIENCE_MS = 1000;
/** What a source that opens puts right. */
const SOURCE_FAILURES = ['tab-lost', 'tab-forbidden', 'screen-denied'];
/** Trying again would give the same. */
const FINAL = ['host-missing', 'host-forbidden', 'version-mismatch'];

/** What a conversation hears, sees, speaks and connects with. */
const DEVICES = {
  request,
  openMicrophone: Microphone.open,
  openSpeaker: Speaker.open,
  openTab: Frames.openTab,
  openScreen: Frames.openScreen,
  openLink: Link.open,
};

export class Conversation extends EventTarget {
  /** Replaced as a whole on every change. @type {Status} */
  status = idleStatus();

  #devices;
  #transcript = new Transcript();
  #kept = new KeptAudio();
  #retries = new Retries();
  #flow = new FrameFlow((picture) => this.#sendPicture(picture));
  /** Aborted when the conversation is over: what is still opening then is closed as soon as it is open. */
  #life = new AbortController();
  #capture;
  /** @type {Speaker|null} */
  #speaker = null;
  /** @type {Link|null} */
  #link = null;
  /** Settles when the speaker is open, or cannot be. */
  #voiced = Promise.resolve();
  /** Audio goes to the host as it comes; until then it is kept. */
  #flowing = false;
  /** What was typed and not sent yet. @type {string[]} */
  #questions = [];
  #asking = Promise.resolve();
  #turns = new Turns();
  /** The host was lost in the middle of a conversation. */
  #restarted = false;
  #album = new Album();
  #changed = false;

  /** @param {typeof DEVICES} [devices] */
  constructor(devices = DEVICES) {
    super();
    this.#devices = devices;
    this.#capture = new Capture(devices, {
      onChunk: (chunk) => this.#onChunk(chunk),
      onHearing: () => this.#onHearing(),
      onDeaf: (error, essential) => this.#onDeaf(error, essential),
      onLook: () => this.#onLook(),
      onBlind: (error, essential) => (essential ? this.#fail(error) : this.#change({ failure: failureOf(error) })),
      onEnded: (kind) => this.#onSourceEnded(kind),
    });
  }

  /** @returns {Entry[]} */
  get entries() {
    return this.#transcript.entries;
  }

  /** Loudness now, each 0..1. */
  get level() {
    return { microphone: this.#capture.level, speaker: this.#speaker?.playback.level ?? 0 };
  }

  /**
   * Begins a conversation; in a running one, looks at something else.
   * @param {Wanted & {reply: Reply}} wanted
   * @returns {Promise<void>} settles when it looks there, or cannot; never rejects
   */
  start({ reply, ...wanted }) {
    if (isRunning(this.status.state)) this.#lookElsewhere(wanted);
    else this.#begin(wanted, reply);
    return this.#capture.looked;
  }

  end() {
    if (!allows(this.status.state, 'end')) return;
    this.#close();
    this.#move('end', { failure: null });
  }

  /** Muted, Gemini hears silence. @param {boolean} muted */
  mute(muted) {
    if (!isRunning(this.status.state)) return;
    this.#change({ muted });
    this.#capture.mute(muted);
    if (!muted && !this.status.paused && this.#capture.isDeaf) this.#capture.listen();
    this.#tellCapture();
  }

  /** Paused, nothing is captured at all. @param {boolean} paused */
  pause(paused) {
    if (!isRunning(this.status.state) || paused === this.status.paused) return;
    this.#change({ paused });
    if (paused) {
      this.#stopCapture();
    } else {
      this.#capture.listen();
      this.#capture.lookAgain();
    }
    this.#tellCapture();
  }

  /** A typed question; what is looked at now goes with it. @param {string} text */
  ask(text) {
    const question = text.trim().slice(0, MAX_QUESTION);
    if (question === '' || !isRunning(this.status.state)) return;
    this.#tell({ reset: false, entries: this.#transcript.ask(question) });
    this.#questions.push(question);
    this.#turns.ask();
    this.#change({});
    if (this.#flowing) this.#sendQuestions();
  }

  /** @param {Reply} reply */
  reply(reply) {
    this.#change({ reply });
    if (reply === 'text') this.#speaker?.clear();
  }

  /** The window has moved or has another size. */
  refit() {
    return this.#capture.refit({ moved: true });
  }

  // Capture.

  /** @param {Wanted} wanted @param {Reply} reply */
  #begin(wanted, reply) {
    this.#life = new AbortController();
    this.#transcript = new Transcript();
    this.#kept = new KeptAudio();
    this.#retries = new Retries();
    this.#restarted = false;
    this.#tell({ reset: true, entries: [] });
    this.#capture.mute(false);
    this.#capture.listen({ essential: true });
    this.#capture.look(wanted, { essential: true });
    this.#move('start', { ...idleStatus(), source: this.#capture.source, reply });
    this.#voiced = this.#openSpeaker();
    this.#connect();
  }

  /** @param {Wanted} wanted */
  #lookElsewhere(wanted) {
    if (this.status.paused) {
      this.#change({ paused: false });
      this.#capture.listen();
    }
    this.#capture.look(wanted);
  }

  /** @param {Chunk} chunk */
  #onChunk(chunk) {
    if (this.#flowing) this.#sendAudio(chunk);
    else this.#kept.add(chunk);
  }

  #onHearing() {
    if (this.status.failure?.code.startsWith('microphone-')) this.#change({ failure: null });
  }

  /** Without a microphone one can still type. Unmuting tries again. @param {CodedError} error @param {boolean} essential */
  #onDeaf(error, essential) {
    if (essential && error.code !== 'microphone-missing') {
      this.#fail(error);
      return;
    }
    this.#change({ muted: true, failure: failureOf(error) });
    this.#capture.mute(true);
    this.#tellCapture();
  }

  #onLook() {
    const { source, frames } = this.#capture;
    const mended = frames && SOURCE_FAILURES.includes(this.status.failure?.code ?? '');
    this.#change({ source, ...(frames ? {} : { picture: null }), ...(mended ? { failure: null } : {}) });
    this.#tellCapture();
    if (frames && this.#flowing) this.#flow.run(frames);
    else this.#flow.stop();
  }

  /** @param {import('../lib/status.js').SourceKind} kind */
  #onSourceEnded(kind) {
    const tab = kind === 'tab';
    if (tab) this.#change({ failure: failureOf(new CodedError('tab-lost')) });
    this.#tell({ reset: false, entries: this.#transcript.note(tab ? 'note_tab_lost' : 'note_screen_stopped') });
  }

  #stopCapture() {
    this.#flow.stop();
    this.#capture.stop();
  }

  async #openSpeaker() {
    const { signal } = this.#life;
    try {
      const speaker = await this.#devices.openSpeaker(() => this.#change({}));
      if (signal.aborted) speaker.close();
      else this.#speaker = speaker;
    } catch (error) {
      console.error('no speaker:', error); // The answers can still be read.
    }
  }

  // The host.

  async #connect() {
    const { signal } = this.#life;
    try {
      const ticket = await this.#devices.request('background', 'connect-host');
      await this.#voiced;
      if (signal.aborted) return;
      const link = await this.#devices.openLink(ticket, {
        onMessage: (message) => this.#onMessage(message),
        onAudio: (turn, samples) => this.#onAudio(turn, samples),
        onLost: (error) => this.#onLinkLost(error),
      });
      if (signal.aborted) {
        link.close();
        return;
      }
      this.#link = link;
      this.#turns = new Turns();
      const { kind, title } = this.status.source;
      link.send('start-session', { source: kind, title });
      if (this.status.muted || this.status.paused) this.#tellCapture();
    } catch (error) {
      if (!signal.aborted) this.#onLinkLost(codedOf(error));
    }
  }

  /** @param {CodedError} error */
  #onLinkLost(error) {
    const begun = this.status.state !== 'starting';
    this.#link = null;
    this.#hold();
    this.#speaker?.clear();
    this.#restarted ||= this.status.model !== ''; // Known since it was live.
    this.#tell({ reset: false, entries: this.#transcript.renumber() });
    // A host that never spoke is not started again by itself.
    const delay = begun || error.code === 'link-lost' ? this.#retries.next(Date.now()) : null;
    if (FINAL.includes(error.code) || delay === null) {
      this.#fail(error.code === 'link-lost' ? new CodedError('host-exited', error.message) : error);
      return;
    }
    this.#move('drop', { failure: failureOf(error) });
    const { signal } = this.#life;
    setTimeout(() => signal.aborted || this.#connect(), delay);
  }

  /** @param {Message} message */
  #onMessage({ type, data }) {
    switch (type) {
      case 'session-state':
        this.#onSessionState(data);
        break;
      case 'transcript':
        this.#onTranscript(/** @type {import('../lib/transcript.js').Piece} */ (data));
        break;
      case 'interrupted':
        this.#onInterrupted(data.turn);
        break;
      case 'turn-complete':
        this.#turns.complete();
        this.#tell({ reset: false, entries: this.#transcript.complete(data.turn) });
        this.#change({});
        break;
      case 'frame-ack':
        this.#flow.acknowledge(data.sequence);
        break;
      case 'error':
        if (data.fatal) this.#fail(new CodedError(data.code, data.text));
        else this.#change({ failure: { code: data.code, detail: data.text } });
        break;
      default: // `welcome` and `pong` are the link's.
    }
  }

  /** @param {{[field: string]: any}} data of `session-state` */
  #onSessionState({ state, reason, practice, model }) {
    if (state === 'live' && allows(this.status.state, 'ready')) {
      this.#onReady(practice, model);
    } else if (state === 'reconnecting' && allows(this.status.state, 'drop')) {
      // An answer that broke off is not played to its broken end; a whole one is.
      if (this.#turns.answering) this.#speaker?.clear();
      this.#hold();
      this.#move('drop', { failure: { code: reason ?? 'service-unavailable', detail: '' } });
    } else if (state === 'failed') {
      this.#fail(new CodedError(reason ?? 'internal'));
    } else if (state === 'ended') {
      this.end();
    }
  }

  /** First the newest picture, then what was said since the click, then live. @param {boolean} practice @param {string} model */
  async #onReady(practice, model) {
    const link = this.#link;
    const failure = this.status.state === 'reconnecting' ? null : this.status.failure;
    this.#retries.succeeded();
    this.#move('ready', { practice, model, failure });
    if (this.#restarted) this.#tell({ reset: false, entries: this.#transcript.note('note_host_restarted') });
    this.#restarted = false;
    const patience = AbortSignal.timeout(PICTURE_PATIENCE_MS);
    await this.#showPicture(patience);
    if (link !== this.#link || this.status.state !== 'live') return;
    this.#flowing = true;
    for (const chunk of this.#kept.take()) this.#sendAudio(chunk);
    if (this.#capture.frames) this.#flow.run(this.#capture.frames);
    this.#sendQuestions();
  }

  /** @param {AbortSignal} patience */
  async #showPicture(patience) {
    if (this.status.source.kind === 'voice' || this.status.paused) return;
    await Promise.race([this.#capture.looked, aborted(patience)]);
    if (this.#capture.frames) await this.#flow.sendCurrent(this.#capture.frames, patience);
  }

  /** One after the other, each with its picture. */
  #sendQuestions() {
    this.#asking = this.#asking.then(async () => {
      while (this.#flowing && this.#questions.length > 0) {
        await this.#showPicture(AbortSignal.timeout(PICTURE_PATIENCE_MS));
        if (!this.#flowing || this.#questions.length === 0) return;
        this.#link?.send('ask', { text: this.#questions.shift() });
      }
    }).catch(console.error);
  }

  /** @param {import('../lib/transcript.js').Piece} piece */
  #onTranscript(piece) {
    if (piece.role === 'model') this.#turns.read(piece.turn);
    else if (piece.finished) this.#turns.hear(piece.turn);
    this.#tell({ reset: false, entries: this.#transcript.add(piece) });
    this.#change({});
  }

  /** @param {number} turn @param {Int16Array} samples */
  #onAudio(turn, samples) {
    if (!this.#turns.listen(turn)) return;
    if (this.status.reply === 'voice') this.#speaker?.play(samples);
    this.#change({});
  }

  /** @param {number} turn */
  #onInterrupted(turn) {
    this.#turns.interrupt(turn);
    this.#speaker?.clear();
    this.#tell({ reset: false, entries: this.#transcript.cut(turn) });
    this.#change({});
  }

  /** @param {Chunk} chunk */
  #sendAudio({ samples, time }) {
    this.#link?.sendMedia(MEDIA.AUDIO_UP, new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), time);
  }

  /** @param {Jpeg} picture @returns {number} */
  #sendPicture({ bytes, width, height, time }) {
    // While it was made into a JPEG, the person may have paused or chosen to go on by voice, or the host may have been lost.
    if (!this.#capture.frames || this.status.state !== 'live') return -1;
    const sequence = this.#link?.sendMedia(MEDIA.VIDEO_UP, bytes, time) ?? -1;
    if (sequence < 0) return -1;
    this.#change({ picture: { url: this.#album.add(bytes), width, height, bytes: bytes.byteLength, time } });
    // A new picture may be of another page or size. A tab that has just gone is told of otherwise.
    this.#capture.refit().catch(() => {});
    return sequence;
  }

  #tellCapture() {
    const { source, muted, paused } = this.status;
    this.#link?.send('capture-changed', { source: source.kind, title: source.title, muted, paused });
  }

  /** Nobody listens for now: what the microphone hears is kept, pictures stay here. */
  #hold() {
    this.#flowing = false;
    this.#flow.stop();
    this.#flow.reset();
    this.#turns.complete();
    if (this.#questions.length > 0) this.#turns.ask();
  }

  // The end, and what is told.

  /** @param {CodedError} error */
  #fail(error) {
    if (!allows(this.status.state, 'fail')) return;
    this.#close();
    this.#move('fail', { failure: failureOf(error) });
  }

  /** Everything captured stops, everything open closes; the transcript stays. */
  #close() {
    this.#life.abort();
    this.#link?.send('end-session');
    this.#link?.close();
    this.#link = null;
    this.#questions = [];
    this.#hold();
    this.#stopCapture();
    this.#speaker?.close();
    this.#speaker = null;
    this.#kept.take();
    this.#album.clear();
    this.#tell({ reset: false, entries: this.#transcript.renumber() });
    this.#change({ picture: null, muted: false, paused: false });
  }

  /** @param {import('../lib/state.js').Event} event @param {Partial<Status>} also */
  #move(event, also) {
    const state = next(this.status.state, event);
    const since = state === this.status.state ? this.status.since : Date.now();
    this.#change({ ...also, state, since });
  }

  /** Told once for all that changes together. @param {Partial<Status>} change */
  #change(change) {
    const activity = this.#speaker?.playback.playing ? 'speaking' : this.#turns.awaited ? 'thinking' : 'listening';
    this.status = { ...this.status, ...change, activity };
    if (this.#changed) return;
    this.#changed = true;
    queueMicrotask(() => {
      this.#changed = false;
      this.dispatchEvent(new Event('status'));
    });
  }

  /** @param {{reset: boolean, entries: Entry[]}} detail */
  #tell(detail) {
    if (detail.reset || detail.entries.length > 0) this.dispatchEvent(new CustomEvent('transcript', { detail }));
  }
}

/** @param {AbortSignal} signal */
function aborted(signal) {
  return new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
  });
}

/** @param {CodedError} error @returns {import('../lib/status.js').Failure} */
function failureOf({ code, message }) {
  return { code, detail: message === code ? '' : message };
}
