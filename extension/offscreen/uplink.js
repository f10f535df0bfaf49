/**
 * What goes up to the host, in its order: the newest picture, the sound, typed questions each with its picture. While
 * nobody listens there, sound and questions are kept and pictures stay here.
 */

import { MEDIA } from '../lib/protocol.js';
import { SpeechOnset } from '../lib/speech-detector.js';
import { Album } from './album.js';
import { AudioFlow } from './audio-flow.js';
import { FrameFlow } from './frame-flow.js';
import { Mixer, mix } from './mixer.js';
import { PushToTalk } from './push-to-talk.js';

/**
 * @typedef {import('../lib/status.js').Picture} Picture
 * @typedef {import('../lib/kept-audio.js').Chunk} Chunk
 * @typedef {import('./frames.js').Jpeg} Jpeg
 * @typedef {import('../lib/box.js').Box} Box
 * @typedef {import('../lib/status.js').Talk} Talk
 * @typedef {{id: number, text: string, sound: Uint8Array|null}} Question id: of its entry in the transcript; sound: of the tab, that it is about
 *
 * @typedef {object} UplinkHandlers
 * @property {(picture: Picture) => void} onPicture it was sent
 * @property {() => void} onSpeech the person began to speak while it was parked
 */

/** How long what was said before somebody listened waits for the picture that belongs to it. */
const PICTURE_PATIENCE_MS = 1000;
/** And what is typed: for the picture before it to be a second ago, and for this one. Speech waits for none. */
const FRESH_PATIENCE_MS = 1500;
/** How long a part that was pointed at waits for the time between two pictures, and for the host's acknowledgement. */
const PART_PATIENCE_MS = 5000;

export class Uplink {
  #host;
  #capture;
  #handlers;
  #audio;
  /** With push-to-talk, what is heard; without, all is. @type {PushToTalk|null} */
  #presses;
  #mixer = new Mixer();
  #pictures = new FrameFlow((picture) => this.#sendPicture(picture));
  #album = new Album();
  /** What the person does now must not be in a picture. */
  #shy = false;
  /** Pointed at and not sent yet. @type {{picture: Jpeg, box: Box}|null} */
  #part = null;
  #onset = new SpeechOnset();
  /** The person began to speak while nobody listened. */
  #hasSpoken = false;
  /** Typed and not sent yet, and when: ms since the Unix epoch. @type {(Question & {time: number})[]} */
  #questions = [];
  #asking = Promise.resolve();
  /** The person wants to be listened to again. */
  #woken = false;
  /** Who listens; null while nobody does. @type {object|null} */
  #listener = null;

  /**
   * @param {Pick<import('./host-connection.js').HostConnection, 'send'|'sendMedia'>} host
   * @param {Pick<import('./capture.js').Capture, 'frames'|'looked'|'source'|'finding'|'sound'>} capture
   * @param {Talk} talk
   * @param {UplinkHandlers} handlers
   */
  constructor(host, capture, talk, handlers) {
    this.#host = host;
    this.#capture = capture;
    this.#handlers = handlers;
    this.#audio = new AudioFlow({ send: (chunk) => this.#sendAudio(chunk), onSpeech: handlers.onSpeech });
    this.#presses = talk === 'push-to-talk' ? new PushToTalk((chunk) => this.#audio.add(chunk)) : null;
  }

  /** @returns {Talk} */
  get talk() {
    return this.#presses ? 'push-to-talk' : 'hands-free';
  }

  /** With push-to-talk, the person presses. */
  get isHeld() {
    return this.#presses?.isHeld ?? false;
  }

  get isParked() {
    return this.#audio.isParked;
  }

  /** Whole seconds of what the person said that wait for somebody to listen. */
  get keptSeconds() {
    return this.#audio.keptSeconds;
  }

  /** @returns {ReadonlySet<number>} ids of the questions that were not sent yet */
  get unasked() {
    return new Set(this.#questions.map(({ id }) => id));
  }

  /** A question about a sound was not sent yet. */
  get hasSound() {
    return this.#questions.some(({ sound }) => sound !== null);
  }

  /** The last that were sent, oldest first. */
  get pictures() {
    return this.#album.pictures;
  }

  /** @param {Chunk} chunk of the microphone @param {import('./precedence.js').Word} word whose it is */
  hear(chunk, word) {
    const under = this.#mixer.next(word);
    // What nobody listens to is kept of the person, and not of the tab.
    const heard = under && this.#audio.isFlowing ? { ...chunk, under } : chunk;
    if (this.#presses) {
      this.#presses.hear(heard);
      return;
    }
    this.#audio.add(heard);
    const moment = this.#onset.hear(chunk);
    if (moment !== null) this.spoken(moment);
  }

  /** What the tab sounds like goes under the voice of the person. @param {import('./tab-sound.js').SoundChunk} chunk */
  hearTab({ samples }) {
    this.#mixer.add(samples);
  }

  /** What the person says is heard from here on. @param {number} moment when, in ms since the Unix epoch @returns {boolean} whether that is news */
  press(moment) {
    if (!this.#presses?.press(moment)) return false;
    this.spoken(moment);
    this.look();
    return true;
  }

  /** And no more from here on. @param {number} moment */
  release(moment) {
    this.#presses?.release(moment);
    this.look();
  }

  /** The microphone is taken away: a press is over. */
  cut() {
    this.#presses?.cut();
    this.look();
  }

  /**
   * The person began to speak, into an answer maybe. What they see goes with it, and no sound waits for that; a picture from
   * before is no part of what is said (docs/adr/0014). The host hears it too, and better; whoever hears it first is right.
   * @param {number} moment ms since the Unix epoch
   */
  spoken(moment) {
    if (!this.#audio.isFlowing) this.#hasSpoken = true;
    else if (this.#seen) this.#pictures.sendSince(this.#seen, moment, AbortSignal.timeout(FRESH_PATIENCE_MS)).catch(console.error);
  }

  /** The eyes look elsewhere, or nowhere. With push-to-talk nothing goes up while nobody presses, but with what is typed. */
  look() {
    if (!this.#capture.sound) this.#mixer.clear();
    const wanted = this.#audio.isFlowing && !this.#shy && (!this.#presses || this.isHeld);
    if (this.#capture.frames && wanted) this.#pictures.run(this.#capture.frames);
    else this.#pictures.stop();
  }

  /** No picture goes out for a while, or they go on. @param {boolean} away */
  lookAway(away) {
    this.#shy = away;
    this.look();
  }

  /**
   * What the person pointed at.
   * @param {Jpeg} picture
   * @param {Box} box where on the whole it is
   * @returns {Promise<void>} settles when it was sent, or waits for somebody to listen
   */
  async point(picture, box) {
    this.#part = { picture: { ...picture, pointed: true }, box };
    if (this.#audio.isFlowing) await this.#sendPart();
  }

  /** @param {Question} question */
  ask(question) {
    this.#questions.push({ ...question, time: Date.now() });
    if (this.#audio.isFlowing) this.#sendQuestions();
  }

  /**
   * Somebody listens.
   * @param {{seen: boolean}} how seen: it goes on where it was, so the words need not wait for a picture
   * @returns {Promise<boolean>} whether all goes up now; not, when nobody listened any more before that
   */
  async flow({ seen }) {
    const listener = (this.#listener = {});
    if (!seen) await this.#showPicture();
    if (listener !== this.#listener) return false;
    // What was typed before is asked about that picture, as what was said before is.
    if (!seen) for (const question of this.#questions) question.time = -Infinity;
    this.#woken = false;
    this.#audio.flow();
    this.look();
    this.#sendPart();
    // The picture that went ahead came before all sound; another, taken after this moment, comes within it.
    if (this.#hasSpoken) this.spoken(Date.now() + 1);
    this.#hasSpoken = false;
    this.#sendQuestions();
    return true;
  }

  /** Nobody listens for now. A parked conversation goes on waiting for a word. */
  hold() {
    this.#listener = null;
    this.#pictures.stop();
    this.#pictures.reset();
    if (!this.isParked) this.#audio.keep();
  }

  /** Nothing goes up until the person speaks, types or presses. @returns {boolean} whether that has happened already */
  park() {
    const wanted = this.#woken || this.isHeld || this.keptSeconds > 0 || this.#questions.length > 0;
    this.hold();
    this.#audio.park({ wanted });
    return wanted;
  }

  /** What is said from here on, and just before, is kept for whoever will listen. */
  wake() {
    this.#woken = true;
    this.#audio.keep();
  }

  /** The host is done with this picture and those before it. @param {number} sequence */
  acknowledge(sequence) {
    this.#pictures.acknowledge(sequence);
  }

  /** Sound that was sent after this sequence number did not arrive. @param {number} received */
  sendAgain(received) {
    this.#audio.sendAgain(received);
  }

  /** What was said so far was answered, or can be resumed. */
  known() {
    this.#audio.known();
  }

  /** Another session has heard nothing of what is not known. @returns {boolean} whether there is any */
  sendUnknown() {
    return this.#audio.sendUnknown();
  }

  /** How much of what the person said was given up, in ms, since this was last asked. */
  takeLostMs() {
    return this.#audio.takeLostMs();
  }

  /** Forgets pictures and sound. Questions are asked when it goes on. @returns {number} ms of what the person said that is lost by it */
  close() {
    this.#hasSpoken = false;
    this.#presses?.cut();
    this.hold();
    this.#part = null;
    this.#album.clear();
    return this.#audio.drop();
  }

  async #showPicture() {
    if (this.#capture.source.kind === 'voice' || this.#shy || this.#capture.finding !== 'clear') return;
    const patience = AbortSignal.timeout(PICTURE_PATIENCE_MS);
    await Promise.race([this.#capture.looked, aborted(patience)]);
    if (this.#capture.frames) await this.#pictures.sendCurrent(this.#capture.frames, patience);
  }

  /** What may be shown with a question; null for nothing. */
  get #seen() {
    const { frames, finding } = this.#capture;
    return this.#audio.isFlowing && !this.#shy && finding === 'clear' ? frames : null;
  }

  /** Before the questions that come after it. */
  #sendPart() {
    this.#asking = this.#asking.then(async () => {
      const part = this.#part;
      if (!part || !this.#audio.isFlowing) return;
      this.#part = null;
      const { x, y, width, height } = part.box;
      const sent = await this.#pictures.sendPart(part.picture, AbortSignal.timeout(PART_PATIENCE_MS));
      if (sent) this.#host.send('pointed', { x, y, width, height });
    }).catch(console.error);
    return this.#asking;
  }

  /** One after the other, each with its picture. */
  #sendQuestions() {
    this.#asking = this.#asking.then(async () => {
      while (this.#audio.isFlowing && this.#questions.length > 0) {
        const { time } = this.#questions[0];
        if (this.#seen) await this.#pictures.sendFresh(this.#seen, time, AbortSignal.timeout(FRESH_PATIENCE_MS));
        if (!this.#audio.isFlowing) return;
        const [{ text, sound }] = this.#questions;
        // The link may have just gone: then it waits for another.
        if (sound && this.#host.sendMedia(MEDIA.SOUND_UP, sound, { time: Date.now() }) < 0) return;
        this.#questions.shift();
        this.#host.send('ask', { text });
      }
    }).catch(console.error);
  }

  /** @param {Chunk} chunk */
  #sendAudio({ samples, under, time, sequence, press }) {
    const both = mix(samples, under);
    const bytes = new Uint8Array(both.buffer, both.byteOffset, both.byteLength);
    return this.#host.sendMedia(MEDIA.AUDIO_UP, bytes, { time, turn: press, sequence });
  }

  /** @param {Jpeg} picture @returns {number} */
  #sendPicture({ bytes, width, height, time, pointed = false }) {
    // While it was made into a JPEG, the person may have paused or chosen to go on by voice, or the host may have been lost.
    if (!this.#capture.frames || !this.#listener || (this.#shy && !pointed)) return -1;
    const sequence = this.#host.sendMedia(MEDIA.VIDEO_UP, bytes, { time });
    if (sequence < 0) return -1;
    this.#handlers.onPicture(this.#album.add(bytes, { width, height, time, pointed }));
    return sequence;
  }
}

/** @param {AbortSignal} signal */
function aborted(signal) {
  return new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
  });
}
