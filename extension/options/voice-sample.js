/**
 * A sample of the voice that is chosen, on press: Gemini is asked for one sentence in a session of its own, and the page plays it.
 * There is one at a time. A second press ends it, and so does a page that is left, or a conversation that begins.
 *
 * @typedef {import('../lib/status.js').Status} Status
 * @typedef {'off'|'asking'|'playing'} State
 */
import { INSTALL_COMMAND, explain } from '../lib/failures.js';
import { text } from '../lib/i18n.js';
import { CodedError, request } from '../lib/messages.js';
import { SPEAKER_HZ } from '../lib/pcm.js';
import { isRunning } from '../lib/state.js';
import { output } from '../offscreen/sound-output.js';

const LONGEST_SAMPLES = 5 * SPEAKER_HZ;
/** A sentence that is cut off does not click. */
const FADE_S = 0.03;

export class VoiceSample {
  element = document.createElement('div');
  #chosen;
  /** @type {State} */
  #state = 'off';
  /** Of the latest press. */
  #turn = 0;
  /** @type {AudioContext|null} */
  #player = null;
  #button = document.createElement('button');
  #told = document.createElement('p');

  /** @param {() => {voice: string, language: string}} chosen what is to be heard */
  constructor(chosen) {
    this.#chosen = chosen;
    this.element.className = 'sample';
    this.element.hidden = true;
    this.#button.type = 'button';
    this.#button.className = 'small';
    this.#button.addEventListener('click', () => (this.#state === 'off' ? void this.#begin() : this.end()));
    const cost = document.createElement('span');
    cost.id = 'sample-cost';
    cost.className = 'quiet';
    cost.textContent = text('options_sample_cost');
    this.#button.setAttribute('aria-describedby', cost.id);
    this.#told.setAttribute('role', 'status');
    this.element.append(this.#button, cost, this.#told);
    this.#become('off');
    // Every page of the extension hears what a conversation tells the service worker.
    chrome.runtime.onMessage.addListener((message) => {
      if (message?.type === 'status-changed' && isRunning(message.data?.state)) this.end('options_sample_talking');
    });
  }

  /** @param {boolean} able there is a host that knows of samples */
  offer(able) {
    this.element.hidden = !able;
    if (!able) this.end();
  }

  /** Ends what is asked for or played. @param {string} [why] key of `_locales` */
  end(why) {
    if (this.#state === 'off') return;
    if (this.#state === 'asking') request('background', 'hush').catch(() => {});
    this.#close(why && text(why));
  }

  async #begin() {
    const turn = ++this.#turn;
    this.#become('asking');
    try {
      // Its microphone would hear the sample, and Gemini would answer it.
      const busy = isRunning(await request('background', 'conversation-state'));
      if (turn !== this.#turn) return;
      if (busy) {
        this.#close(text('options_sample_talking'));
        return;
      }
      const { sound } = await request('background', 'hear-voice', this.#chosen());
      if (turn === this.#turn) await this.#play(samplesOf(sound));
    } catch (error) {
      if (turn === this.#turn) this.#close(wordsOf(error));
    }
  }

  /** @param {Float32Array<ArrayBuffer>} samples */
  async #play(samples) {
    const turn = this.#turn;
    if (samples.length === 0) {
      this.#close(text('options_sample_silent'));
      return;
    }
    const player = await output.open();
    if (turn !== this.#turn) {
      void player.close();
      return;
    }
    const buffer = player.createBuffer(1, samples.length, SPEAKER_HZ);
    buffer.copyToChannel(samples, 0);
    const [source, gain] = [new AudioBufferSourceNode(player, { buffer }), new GainNode(player)];
    const over = player.currentTime + buffer.duration;
    gain.gain.setValueAtTime(1, over - FADE_S);
    gain.gain.linearRampToValueAtTime(0, over);
    source.connect(gain).connect(player.destination);
    source.onended = () => player === this.#player && this.#close(text('options_sample_played'));
    this.#player = player;
    this.#become('playing');
    source.start();
  }

  /** @param {string} [words] */
  #close(words) {
    this.#turn += 1;
    void this.#player?.close();
    this.#player = null;
    this.#become('off', words);
  }

  /** @param {State} state @param {string} [words] instead of its own */
  #become(state, words = '') {
    this.#state = this.element.dataset.state = state;
    this.#button.textContent = text(state === 'off' ? 'options_sample_begin' : 'options_sample_end');
    // Nothing while it plays: a screen reader would talk into it.
    this.#told.textContent = words || (state === 'asking' ? text('options_sample_asking') : '');
  }
}

/** @param {unknown} sound s16le mono in base64 */
function samplesOf(sound) {
  const bytes = Uint8Array.from(atob(String(sound)), (letter) => letter.charCodeAt(0));
  const samples = new Int16Array(bytes.buffer, 0, Math.min(bytes.length >> 1, LONGEST_SAMPLES));
  return Float32Array.from(samples, (each) => each / 32768);
}

/** What went wrong, and what to do, in one line. @param {unknown} error */
function wordsOf(error) {
  const { what, next } = explain(error instanceof CodedError ? error.code : 'internal');
  return text('options_sample_failed', text(what), text(next, INSTALL_COMMAND));
}
