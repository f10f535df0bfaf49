/**
 * Plays what it is given, in order. Takes `{type: 'play', samples: Int16Array}` and `{type: 'clear'}`; reports
 * `{playing, played, queued, dropped, level}` about 20 times a second while it plays and once when it falls silent.
 */

import { SPEAKER_HZ, meter } from '../../lib/pcm.js';
import { PlaybackQueue } from './playback-queue.js';

const REPORT_SAMPLES = SPEAKER_HZ / 20;

class SpeakerWorklet extends AudioWorkletProcessor {
  #queue = new PlaybackQueue();
  #playing = false;
  #sinceReport = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }) => {
      if (data.type === 'play') this.#queue.add(data.samples);
      else this.#queue.clear();
    };
  }

  /** @param {Float32Array[][]} _inputs @param {Float32Array[][]} outputs */
  process(_inputs, [[output]]) {
    const speech = this.#queue.read(output);
    const playing = speech > 0;
    this.#sinceReport += output.length;
    if (playing !== this.#playing || (playing && this.#sinceReport >= REPORT_SAMPLES)) {
      this.#playing = playing;
      this.#sinceReport = 0;
      this.#report(output);
    }
    return true;
  }

  /** @param {Float32Array} output */
  #report(output) {
    const { played, length, dropped } = this.#queue;
    const level = meter(Int16Array.from(output, (sample) => sample * 32768));
    this.port.postMessage({ playing: this.#playing, played, queued: length, dropped, level });
  }
}

registerProcessor('speaker', SpeakerWorklet);
