/**
 * What is said, both ways: the words in the transcript, the answers in the speaker, and how far each is heard. The speaker may
 * be missing; the answers can still be read.
 */

import { Transcript } from '../lib/transcript.js';
import { GivingWay } from './giving-way.js';
import { Hearing } from './hearing.js';
import { SelfTalk } from './self-talk.js';
import { Turns } from './turns.js';

/**
 * @typedef {import('../lib/status.js').Activity} Activity
 * @typedef {import('../lib/status.js').Entry} Entry
 * @typedef {import('../lib/transcript.js').Piece} Piece
 * @typedef {import('./speaker.js').Speaker} Speaker
 *
 * @typedef {object} DialogueHandlers
 * @property {() => void} onChange the activity may be another one
 * @property {(entries: Entry[]) => void} onEntries these were added or changed
 * @property {() => void} onSelfTalk Gemini hears itself, and interrupts itself
 *
 * @typedef {object} DialogueDevices
 * @property {typeof import('./speaker.js').Speaker.open} openSpeaker
 * @property {typeof import('./echo.js').findEcho} findEcho
 */

export class Dialogue {
  #openSpeaker;
  #handlers;
  #transcript = new Transcript();
  #turns = new Turns();
  #hearing = new Hearing();
  #givingWay = new GivingWay();
  #selfTalk;
  /** @type {Speaker|null} */
  #speaker = null;
  /** The speaker was sounding when it told last. */
  #wasPlaying = false;

  /** @param {DialogueDevices} devices @param {DialogueHandlers} handlers */
  constructor({ openSpeaker, findEcho }, handlers) {
    this.#openSpeaker = openSpeaker;
    this.#selfTalk = new SelfTalk(findEcho);
    this.#handlers = handlers;
  }

  /** @returns {Entry[]} */
  get entries() {
    return this.#transcript.entries;
  }

  /** @returns {Activity} */
  get activity() {
    if (this.#speaker?.playback.playing) return 'speaking';
    return this.#turns.awaited ? 'thinking' : 'listening';
  }

  /** Loudness of the answer now, 0..1. */
  get level() {
    return this.#speaker?.playback.level ?? 0;
  }

  /** @param {AbortSignal} signal aborted when no speaker is wanted any more @returns {Promise<void>} never rejects */
  async open(signal) {
    try {
      const speaker = await this.#openSpeaker(() => this.#onPlayback());
      if (signal.aborted) speaker.close();
      else this.#speaker = speaker;
    } catch (error) {
      console.error('no speaker:', error);
    }
  }

  /** Silent from here on; the words stay. */
  close() {
    this.hush();
    this.#speaker?.close();
    this.#speaker = null;
    this.renumber();
  }

  /** A typed question. @param {string} text @returns {number} the id of its entry */
  ask(text) {
    const entries = this.#transcript.ask(text);
    this.#tell(entries);
    this.await();
    return entries[0].id;
  }

  /** An answer is still wanted. */
  await() {
    this.#turns.ask();
    this.#handlers.onChange();
  }

  /** To what was asked no answer will come. */
  giveUp() {
    this.#turns.giveUp();
    this.#handlers.onChange();
  }

  /** @param {string} key of `_locales` @param {number} [amount] */
  note(key, amount) {
    this.#tell(this.#transcript.note(key, amount));
  }

  /** @param {ReadonlySet<number>} without ids of entries @returns {{role: string, text: string}[]} what was said last, oldest first */
  history(without) {
    return this.#transcript.history(without);
  }

  /** @param {Piece} piece */
  read(piece) {
    if (piece.role === 'model') this.#turns.read(piece.turn);
    else if (piece.finished) this.#turns.hear(piece.turn);
    this.#tell(this.#transcript.add(piece));
    this.#follow();
    this.#handlers.onChange();
  }

  /** @param {number} turn @param {Int16Array} samples @param {boolean} aloud */
  listen(turn, samples, aloud) {
    if (!this.#turns.listen(turn)) return;
    if (aloud && this.#speaker) {
      this.#hearing.give(turn, samples.length);
      this.#selfTalk.give(turn, samples);
      this.#speaker.play(samples, turn);
      this.#follow();
    }
    this.#handlers.onChange();
  }

  /** An answer gives way to a voice. @param {import('../lib/kept-audio.js').Chunk} chunk of the microphone */
  hear(chunk) {
    this.#selfTalk.hear(chunk);
    const manner = this.#givingWay.hear(chunk, this.#speaker?.playback.playing ?? false);
    if (manner) this.#speaker?.soften(manner);
  }

  /** @param {number} turn */
  interrupt(turn) {
    this.#turns.interrupt(turn);
    this.#tell(this.#transcript.cut(turn));
    // Their words may have come to an end before their sound.
    for (const { turn: given, share } of this.#hearing.shares) if (share < 1) this.#tell(this.#transcript.cut(given));
    const playback = this.#speaker?.playback;
    this.#hearing.forget();
    this.#speaker?.clear();
    if (playback) void this.#askWho(playback);
    this.#handlers.onChange();
  }

  /** The person takes the word: what is being answered or heard is cut off here, before Gemini says so. */
  breakIn() {
    if (this.#turns.answering || this.#speaker?.playback.playing) this.interrupt(this.#turns.answered);
  }

  /** @param {number} turn */
  complete(turn) {
    this.#turns.complete();
    this.#tell(this.#transcript.complete(turn));
    this.#handlers.onChange();
  }

  /** What waits to be heard is read instead. */
  hush() {
    for (const { turn } of this.#hearing.shares) this.#tell(this.#transcript.follow(turn, 1));
    this.#stop();
  }

  /** Gemini was lost. An answer that broke off is not played to its broken end; a whole one is. */
  breakOff() {
    if (this.#turns.answering) this.hush();
    this.#turns.complete();
  }

  /** The host says again what it is not sure that it said. */
  repeat() {
    this.#transcript.repeat();
  }

  /** Another session, whose turns begin anew. @param {{retold?: boolean}} [how] retold: the question under way is told again */
  renew({ retold = false } = {}) {
    this.#turns = new Turns();
    this.hush();
    this.renumber();
    if (retold) this.#transcript.retell();
  }

  renumber() {
    this.#turns.complete();
    this.#tell(this.#transcript.renumber());
  }

  /** Nothing is played any more; how far it was heard stays as it is. */
  #stop() {
    this.#hearing.forget();
    this.#selfTalk.forget();
    this.#speaker?.clear();
  }

  /** Who interrupted, the person or Gemini itself. @param {import('./speaker.js').Playback} playback just before */
  async #askWho(playback) {
    if (await this.#selfTalk.interrupt(playback, Date.now())) this.#handlers.onSelfTalk();
  }

  #onPlayback() {
    const playing = this.#speaker?.playback.playing ?? false;
    this.#follow();
    if (playing !== this.#wasPlaying) this.#handlers.onChange();
    this.#wasPlaying = playing;
  }

  /** The transcript follows what is heard. */
  #follow() {
    if (!this.#speaker) return;
    this.#hearing.hear(this.#speaker.playback);
    this.#selfTalk.follow(this.#speaker.playback);
    for (const { turn, share } of this.#hearing.shares) this.#tell(this.#transcript.follow(turn, share));
  }

  /** @param {Entry[]} entries */
  #tell(entries) {
    if (entries.length > 0) this.#handlers.onEntries(entries);
  }
}
