/**
 * The microphone, tried out: a level that moves, and three seconds that are recorded and played. It is opened as a conversation
 * opens it, and what it gives is what Gemini would hear. Nothing of it is kept or sent, and the microphone is let go when the
 * test ends, the page is hidden, or a minute has passed.
 *
 * @typedef {import('../lib/settings.js').Device} Device
 * @typedef {'off'|'opening'|'hearing'|'recording'|'playing'} State
 */
import { microphoneCheck } from '../lib/checks.js';
import { text } from '../lib/i18n.js';
import { CodedError } from '../lib/messages.js';
import { CHUNK_MS, CHUNK_SAMPLES, isAudible, MICROPHONE_HZ } from '../lib/pcm.js';
import { DEFAULTS } from '../lib/settings.js';
import { Microphone } from '../offscreen/microphone.js';
import { output } from '../offscreen/sound-output.js';

const RECORDED_CHUNKS = 3000 / CHUNK_MS;
const LONGEST_MS = 60_000;
/** What is said in each state, where nothing else has to be; keys of `_locales`. @type {{[state in State]: string}} */
const WORDS = {
  off: '',
  opening: 'options_trial_opening',
  hearing: 'options_trial_hearing',
  recording: 'options_trial_recording',
  playing: 'options_trial_playing',
};

export class MicrophoneTest {
  element = document.createElement('div');
  /** @type {Device} */
  #chosen = DEFAULTS.microphone;
  /** @type {State} */
  #state = 'off';
  /** Of the latest opening. */
  #turn = 0;
  /** @type {Microphone|null} */
  #microphone = null;
  /** What was recorded so far, and is played. @type {Int16Array[]} */
  #recorded = [];
  /** @type {AudioContext|null} */
  #player = null;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #limit;
  #toggle = button(() => (this.#state === 'off' ? void this.#begin() : this.end()));
  #record = button(() => this.#state === 'hearing' && this.#beginRecording());
  #level = document.createElement('meter');
  #told = document.createElement('p');

  constructor() {
    this.element.className = 'trial';
    this.element.setAttribute('role', 'group');
    this.element.ariaLabel = text('options_trial');
    this.#level.ariaLabel = text('options_trial_level');
    this.#record.textContent = text('options_trial_record');
    this.#told.setAttribute('role', 'status');
    this.element.append(this.#toggle, this.#record, this.#level, this.#told);
    this.#become('off');
  }

  /** The microphone to test; a test that runs goes on with it. @param {Device} chosen */
  use(chosen) {
    if (chosen.id === this.#chosen.id) return;
    this.#chosen = chosen;
    if (this.#state !== 'off') void this.#begin();
  }

  /** Lets go of everything. @param {string} [why] key of `_locales` */
  end(why) {
    this.#turn += 1;
    clearTimeout(this.#limit);
    this.#close();
    this.#become('off', why);
  }

  async #begin() {
    const turn = ++this.#turn;
    this.#close();
    this.#become('opening');
    this.#limitTime();
    try {
      const microphone = await Microphone.open(
        {
          onOpen: () => turn === this.#turn && this.#become('hearing', microphone.isChosen ? '' : 'options_trial_default'),
          onChunk: ({ samples }) => this.#hear(samples),
          onLost: () => turn === this.#turn && this.end('options_trial_lost'),
        },
        this.#chosen,
      );
      if (turn !== this.#turn) {
        microphone.close();
        return;
      }
      this.#microphone = microphone;
      this.#showLevel();
    } catch (error) {
      const denied = error instanceof CodedError && error.code === 'microphone-denied';
      if (turn === this.#turn) this.end(microphoneCheck(denied ? 'denied' : 'missing').key);
    }
  }

  #beginRecording() {
    this.#limitTime();
    this.#recorded = [];
    this.#become('recording');
  }

  /** @param {Int16Array} samples */
  #hear(samples) {
    if (this.#state !== 'recording') return;
    this.#recorded.push(samples);
    if (this.#recorded.length === RECORDED_CHUNKS) void this.#play();
  }

  async #play() {
    const turn = this.#turn;
    this.#become('playing');
    const audible = this.#recorded.some(isAudible);
    const player = await output.open();
    if (turn !== this.#turn) {
      void player.close();
      return;
    }
    const buffer = player.createBuffer(1, RECORDED_CHUNKS * CHUNK_SAMPLES, MICROPHONE_HZ);
    this.#recorded.forEach((samples, at) => buffer.copyToChannel(Float32Array.from(samples, (each) => each / 32768), 0, at * CHUNK_SAMPLES));
    const source = new AudioBufferSourceNode(player, { buffer });
    source.connect(player.destination);
    source.onended = () => {
      if (player !== this.#player) return;
      this.#forget();
      this.#become('hearing', audible ? 'options_trial_played' : 'options_trial_silent');
    };
    this.#player = player;
    source.start();
  }

  #close() {
    this.#microphone?.close();
    this.#microphone = null;
    this.#forget();
  }

  /** What was recorded is gone. */
  #forget() {
    this.#recorded = [];
    void this.#player?.close();
    this.#player = null;
  }

  #limitTime() {
    clearTimeout(this.#limit);
    this.#limit = setTimeout(() => this.end('options_trial_over'), LONGEST_MS);
  }

  #showLevel() {
    if (!this.#microphone) return;
    this.#level.value = this.#microphone.level;
    requestAnimationFrame(() => this.#showLevel());
  }

  /** @param {State} state @param {string} [words] instead of its own */
  #become(state, words = '') {
    this.#state = state;
    const off = state === 'off';
    this.#toggle.textContent = text(off ? 'options_trial_begin' : 'options_trial_end');
    this.#record.hidden = this.#level.hidden = off;
    // One that is disabled would lose the focus.
    this.#record.ariaDisabled = String(state !== 'hearing');
    const key = words || WORDS[state];
    this.#told.textContent = key && text(key);
  }
}

/** @param {() => void} press */
function button(press) {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = 'small';
  made.addEventListener('click', press);
  return made;
}
