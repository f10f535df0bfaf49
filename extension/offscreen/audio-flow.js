/**
 * Where the sound of the microphone goes. It flows to the host; or, while nobody listens there, it is kept; or the
 * conversation is parked, and it goes nowhere: it is only listened to here, for the first word.
 */

import { KEPT_MS, KeptAudio } from '../lib/kept-audio.js';
import { isAudible } from '../lib/pcm.js';
import { SpeechDetector } from '../lib/speech-detector.js';

/**
 * @typedef {import('../lib/kept-audio.js').Chunk} Chunk
 * @typedef {object} AudioHandlers
 * @property {(chunk: Chunk) => number} send returns the sequence number, -1 when it was not sent
 * @property {() => void} onSpeech the person began to speak while it was parked
 */

/** The beginning of the word that wakes, and what led to it. */
export const PREROLL_MS = 2_000;
/** A link may be dead for five seconds before it is noticed, and all that was kept may just have gone into it. */
const SENT_MS = KEPT_MS + 6_000;
/** 0.3 s, as in the host's outbox: a word may begin so softly that only what comes after it counts as sound. */
const LEAD_IN_CHUNKS = 15;

export class AudioFlow {
  #handlers;
  /** @type {'keeping'|'flowing'|'parked'} */
  #mode = 'keeping';
  #kept = new KeptAudio();
  #sent = new KeptAudio(SENT_MS);
  #detector = new SpeechDetector();
  /** The sequence number that was sent last, and the last that no session has to be told again. */
  #last = -1;
  #known = -1;

  /** @param {AudioHandlers} handlers */
  constructor(handlers) {
    this.#handlers = handlers;
  }

  get isFlowing() {
    return this.#mode === 'flowing';
  }

  get isParked() {
    return this.#mode === 'parked';
  }

  /** Whole seconds that can be heard of what is kept for the host. */
  get keptSeconds() {
    return this.isParked ? 0 : Math.floor(this.#kept.audibleMs / 1000);
  }

  /** @param {Chunk} chunk */
  add(chunk) {
    if (this.isFlowing) {
      this.#send(chunk);
      return;
    }
    this.#kept.add(chunk);
    if (this.isParked && this.#detector.hear(chunk.samples)) this.#handlers.onSpeech();
  }

  /** Somebody listens: first what was kept, then what comes. */
  flow() {
    this.#mode = 'flowing';
    for (const chunk of this.#kept.take()) this.#send(chunk);
  }

  /** Nobody listens for now. */
  keep() {
    if (this.isParked) this.#kept.takeLostMs(); // What nobody was to hear is no loss.
    this.#mode = 'keeping';
    this.#kept.limitTo(KEPT_MS, { thins: true });
  }

  /** Nobody is to hear it until somebody speaks. @param {{wanted?: boolean}} [how] wanted: what is kept was said to be heard */
  park({ wanted = false } = {}) {
    this.#mode = 'parked';
    if (!wanted) this.#kept.limitTo(PREROLL_MS, { thins: false });
    this.#detector = new SpeechDetector();
  }

  /** What was sent after this sequence number did not arrive: it goes again, before what is kept. @param {number} received */
  sendAgain(received) {
    this.#kept.putBack(this.#sent.take().filter(({ sequence = 0 }) => sequence > received));
  }

  /** What was sent so far was answered, or can be resumed: no other session has to be told. */
  known() {
    this.#known = this.#last;
  }

  /** Another session has heard nothing: what the one before did not answer goes again, from just before its first sound. @returns {boolean} whether there is any */
  sendUnknown() {
    const unknown = this.#sent.take().filter(({ sequence = 0 }) => sequence > this.#known);
    const first = unknown.findIndex(({ samples }) => isAudible(samples));
    if (first >= 0) this.#kept.putBack(unknown.slice(Math.max(0, first - LEAD_IN_CHUNKS)));
    return first >= 0;
  }

  /** Nothing is kept any more. How much that could be heard was lost by that and before, in ms. */
  drop() {
    const lost = this.isParked ? 0 : this.#kept.audibleMs + this.#kept.takeLostMs();
    this.keep();
    this.#kept.take();
    this.#sent.take();
    return lost;
  }

  /** How much that could be heard was given up for want of room, in ms, since this was last asked. */
  takeLostMs() {
    return this.#kept.takeLostMs();
  }

  /** @param {Chunk} chunk */
  #send(chunk) {
    const sequence = this.#handlers.send(chunk);
    if (sequence < 0) this.#kept.add(chunk); // The link has just gone, and will be told of as lost.
    else this.#sent.add({ ...chunk, sequence });
    this.#last = Math.max(this.#last, sequence);
  }
}
