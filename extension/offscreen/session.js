/**
 * The session with the host: one over its links, over hosts that were lost and over what Gemini itself lost. It introduces
 * itself on every link, and knows what the host's messages mean for what goes up, for what is said, and for the state.
 */

import { CodedError } from '../lib/messages.js';
import { allows } from '../lib/state.js';
import { Dialogue } from './dialogue.js';
import { HostConnection } from './host-connection.js';
import { Precedence } from './precedence.js';
import { failureOf } from './snapshot.js';
import { Uplink } from './uplink.js';

/**
 * @typedef {import('../lib/status.js').Entry} Entry
 * @typedef {import('../lib/protocol.js').Message} Message
 * @typedef {import('./host-connection.js').HostDevices} HostDevices
 * @typedef {import('./dialogue.js').DialogueDevices} DialogueDevices
 *
 * @typedef {object} Surroundings
 * @property {import('./capture.js').Capture} capture
 * @property {import('./snapshot.js').Snapshot} snapshot
 * @property {import('../lib/status.js').Talk} talk
 * @property {(entries: Entry[]) => void} onEntries these were added or changed
 * @property {(error: CodedError|null) => void} onOver it failed, or the host ended it
 */

export class Session {
  #capture;
  #snapshot;
  #onOver;
  #host;
  #uplink;
  #dialogue;
  #precedence = new Precedence();
  /** Aborted when it is closed: what is still opening then is closed as soon as it is open. */
  #life = new AbortController();
  /** By which a host knows that it is the same one. */
  #name = crypto.randomUUID();
  /** With which Gemini goes on, the last that the host told; empty when there is none. */
  #handle = '';
  /** The turn of the last answer that began. */
  #answered = -1;
  /** It was live, so that there is something to go on with. */
  isKnown = false;
  /** The host ended in the middle of it. */
  #restarted = false;
  /** The link was lost, and what is behind it goes on as if nothing had been. */
  #kept = false;
  /** The person was told that Gemini hears itself. */
  #heardItself = false;

  /** @param {HostDevices & DialogueDevices} devices @param {Surroundings} surroundings */
  constructor(devices, { capture, snapshot, talk, onEntries, onOver }) {
    this.#capture = capture;
    this.#snapshot = snapshot;
    this.#onOver = onOver;
    this.#dialogue = new Dialogue(devices, { onChange: () => this.#onDialogue(), onEntries, onSelfTalk: () => this.#onSelfTalk() });
    this.#host = new HostConnection(devices, {
      onOpen: () => this.#onOpen(),
      onMessage: (message) => this.#onMessage(message),
      onAudio: (turn, samples) => this.#onAudio(turn, samples),
      onNewHost: () => this.#onNewHost(),
      onLost: (error) => this.#onLost(error),
      onGivenUp: (error) => onOver(error),
    });
    this.#uplink = new Uplink(this.#host, capture, talk, {
      onPicture: (picture) => this.#onPicture(picture),
      onSpeech: () => this.wake(),
    });
  }

  get entries() {
    return this.#dialogue.entries;
  }

  get activity() {
    return this.#dialogue.activity;
  }

  /** Loudness of the answer now, 0..1. */
  get level() {
    return this.#dialogue.level;
  }

  get pictures() {
    return this.#uplink.pictures;
  }

  get keptSeconds() {
    return this.#uplink.keptSeconds;
  }

  get talk() {
    return this.#uplink.talk;
  }

  /** With push-to-talk, the person presses. */
  get isHeld() {
    return this.#uplink.isHeld;
  }

  /** Begins, or goes on after it was closed. */
  open() {
    this.#life = new AbortController();
    this.#host.open(this.#dialogue.open(this.#life.signal));
  }

  /** The words stay. */
  close() {
    this.#life.abort();
    this.#host.send('end-session');
    this.#host.close();
    const lost = this.#uplink.close();
    if (this.isKnown) this.#noteLost(lost);
    this.#dialogue.close();
  }

  /** @param {import('../lib/kept-audio.js').Chunk} chunk of the microphone */
  hear(chunk) {
    if (this.#capture.sound) this.#precedence.hear(chunk);
    this.#uplink.hear(chunk, this.#word);
    this.#softenTab();
    // Where the person has to press, a press is what an answer gives way to.
    if (this.talk === 'hands-free') this.#dialogue.hear(chunk);
    if (this.keptSeconds !== this.#snapshot.status.kept) this.#snapshot.change();
  }

  /** @param {import('./tab-sound.js').SoundChunk} chunk of the tab */
  hearTab(chunk) {
    this.#uplink.hearTab(chunk);
  }

  /** With push-to-talk: the person is heard from here on, and what is being answered is not. @param {number} moment ms since the Unix epoch */
  press(moment) {
    if (this.talk === 'hands-free') return;
    this.wake();
    if (!this.#uplink.press(moment)) return;
    this.#dialogue.breakIn();
    this.#snapshot.change();
  }

  /** @param {number} moment ms since the Unix epoch */
  release(moment) {
    this.#uplink.release(moment);
    this.#snapshot.change();
  }

  /** The microphone is taken away: a press is over. */
  cut() {
    this.#uplink.cut();
  }

  /** The eyes look elsewhere, or nowhere. */
  look() {
    this.#uplink.look();
  }

  /** No picture goes out for a while, or they go on. @param {boolean} away */
  lookAway(away) {
    this.#uplink.lookAway(away);
  }

  /** What the person pointed at. @param {import('./frames.js').Jpeg} picture @param {import('../lib/box.js').Box} box of the whole */
  point(picture, box) {
    const sent = this.#uplink.point(picture, box);
    this.wake();
    return sent;
  }

  /** @param {string} question @param {Uint8Array|null} [sound] what it is about, s16le mono 16 kHz. One waits at a time */
  ask(question, sound = null) {
    if (sound && this.#uplink.hasSound) return;
    this.#uplink.ask({ id: this.#dialogue.ask(question), text: question, sound });
    this.wake();
  }

  /** Parked, it goes on; otherwise it is awake. */
  wake() {
    if (!this.#uplink.isParked) return;
    this.#uplink.wake();
    this.#host.send('wake');
  }

  /** What waits to be heard is not played. */
  hush() {
    this.#dialogue.hush();
  }

  /** @param {string} key of `_locales` */
  note(key) {
    this.#dialogue.note(key);
  }

  /** What is captured from now on. */
  tellCapture() {
    const { source, muted, paused } = this.#snapshot.status;
    this.#host.send('capture-changed', { source: source.kind, title: source.title, site: source.site, muted, paused });
  }

  get #word() {
    return this.#precedence.word({ sounds: this.activity === 'speaking', held: this.isHeld });
  }

  #onDialogue() {
    this.#softenTab();
    this.#snapshot.change();
  }

  #softenTab() {
    this.#capture.sound?.soften(this.#word !== 'nobody');
  }

  #onOpen() {
    const { kind, title, site } = this.#snapshot.status.source;
    const turns = this.#dialogue.history(this.#uplink.unasked);
    this.#host.send('start-session', {
      source: kind,
      title,
      site,
      ...(this.talk === 'hands-free' ? {} : { talk: this.talk }),
      conversation: this.#name,
      ...(this.#handle ? { handle: this.#handle } : {}),
      ...(turns.length > 0 ? { history: { turns } } : {}),
    });
    if (this.#snapshot.status.muted || this.#snapshot.status.paused) this.tellCapture();
  }

  #onNewHost() {
    this.#restarted = this.isKnown;
    this.#dialogue.renew();
  }

  /** @param {CodedError} error */
  #onLost(error) {
    this.#uplink.hold();
    this.#snapshot.move('drop', { failure: failureOf(error) });
  }

  /** @param {Message} message */
  #onMessage({ type, data }) {
    switch (type) {
      case 'attached':
        this.#onAttached(data.kept, data.received);
        break;
      case 'resumption':
        this.#handle = data.handle;
        if (data.handle) this.#uplink.known();
        break;
      case 'session-state':
        this.#onSessionState(data);
        break;
      case 'transcript':
        this.#onWords(/** @type {import('../lib/transcript.js').Piece} */ (data));
        break;
      case 'interrupted':
        this.#dialogue.interrupt(data.turn);
        break;
      case 'turn-complete':
        this.#dialogue.complete(data.turn);
        break;
      case 'speech':
        this.#uplink.spoken(data.time);
        break;
      case 'frame-ack':
        this.#uplink.acknowledge(data.sequence);
        break;
      case 'dropped':
        this.#noteLost(data.seconds * 1000);
        break;
      case 'error':
        if (data.fatal) this.#onOver(new CodedError(data.code, data.text));
        else this.#onRefused(data.code, data.text);
        break;
      default: // `welcome` and `pong` are the link's.
    }
  }

  /** @param {string} code @param {string} detail */
  #onRefused(code, detail) {
    if (code === 'sound-refused') this.#dialogue.giveUp();
    this.#snapshot.change({ failure: { code, detail } });
  }

  /** @param {import('../lib/transcript.js').Piece} piece */
  #onWords(piece) {
    this.#dialogue.read(piece);
    if (piece.role === 'model') this.#onAnswer(piece.turn);
  }

  /** @param {number} turn @param {Int16Array} samples */
  #onAudio(turn, samples) {
    // Whoever presses speaks into it, whether or not Gemini knows that yet.
    if (this.isHeld) this.#dialogue.interrupt(turn);
    this.#dialogue.listen(turn, samples, this.#snapshot.status.reply === 'voice');
    this.#onAnswer(turn);
  }

  /** An answer begins: asked again after this, it would be answered twice. @param {number} turn */
  #onAnswer(turn) {
    if (turn <= this.#answered) return;
    this.#answered = turn;
    this.#uplink.known();
  }

  /** @param {boolean} kept @param {number} received */
  #onAttached(kept, received) {
    this.#kept = kept;
    if (kept) {
      this.#uplink.sendAgain(received);
      this.#dialogue.repeat();
    } else {
      this.#answered = -1;
      this.#dialogue.renew({ retold: this.#uplink.sendUnknown() });
      this.#await();
    }
  }

  /** @param {{[field: string]: any}} data of `session-state` */
  #onSessionState({ state, reason, practice, model }) {
    if (state === 'live' && allows(this.#snapshot.status.state, 'ready')) {
      this.#onReady(practice, model);
    } else if (state === 'parked') {
      this.#onParked(practice, model);
    } else if (state === 'starting' && this.#snapshot.status.state === 'parked') {
      this.#snapshot.move('start', {});
    } else if (state === 'reconnecting' && allows(this.#snapshot.status.state, 'drop')) {
      this.#kept = false;
      this.#dialogue.breakOff();
      this.#await();
      this.#uplink.hold();
      this.#snapshot.move('drop', { failure: { code: reason ?? 'service-unavailable', detail: '' } });
    } else if (state === 'failed') {
      this.#onOver(new CodedError(reason ?? 'internal'));
    } else if (state === 'ended') {
      this.#onOver(null);
    }
  }

  /** First the newest picture, then what was said since the click, then live. @param {boolean} practice @param {string} model */
  async #onReady(practice, model) {
    this.#arrive(practice, model);
    this.#noteLost(this.#uplink.takeLostMs());
    if (await this.#uplink.flow({ seen: this.#kept })) this.#snapshot.change();
  }

  /** After a long quiet time nothing goes up until somebody speaks. @param {boolean} practice @param {string} model */
  #onParked(practice, model) {
    if (allows(this.#snapshot.status.state, 'ready')) this.#arrive(practice, model);
    if (!allows(this.#snapshot.status.state, 'park')) return;
    this.#kept = false;
    if (!this.#uplink.isParked) this.#noteLost(this.#uplink.takeLostMs());
    const wanted = this.#uplink.park();
    this.#snapshot.move('park', { failure: null });
    if (wanted) this.wake();
  }

  /** There is a session. @param {boolean} practice @param {string} model */
  #arrive(practice, model) {
    const failure = this.#snapshot.status.state === 'reconnecting' ? null : this.#snapshot.status.failure;
    this.#host.succeeded();
    this.#snapshot.move('ready', { practice, model, failure });
    if (this.#restarted) this.#dialogue.note('note_host_restarted');
    this.#restarted = false;
    this.isKnown = true;
  }

  /** @param {import('../lib/status.js').Picture} picture */
  #onPicture(picture) {
    this.#snapshot.change({ picture });
    // A new picture may be of another page or size. A tab that has just gone is told of otherwise.
    this.#capture.refit().catch(() => {});
  }

  /** Said once: who goes on without headphones wants to. */
  #onSelfTalk() {
    if (this.#heardItself || this.#life.signal.aborted) return;
    this.#heardItself = true;
    this.#snapshot.change({ failure: failureOf(new CodedError('echo-heard')) });
  }

  /** What was typed and not sent yet still wants an answer. */
  #await() {
    if (this.#uplink.unasked.size > 0) this.#dialogue.await();
  }

  /** @param {number} ms of what the person said */
  #noteLost(ms) {
    const seconds = Math.round(ms / 1000);
    if (seconds > 0) this.#dialogue.note('note_lost', seconds);
  }
}
