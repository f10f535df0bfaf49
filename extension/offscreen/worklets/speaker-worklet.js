/**
 * Plays what it is given, in order. Takes `{type: 'play', samples: Int16Array, turn}`, `{type: 'soften', manner}` and `{type: 'clear'}`;
 * reports `{playing, turn, heard, queued, dropped, level}` about 20 times a second while it plays, when another answer begins, and
 * when it falls silent.
 */

import { SPEAKER_HZ, meter } from '../../lib/pcm.js';
import { Player } from './player.js';

const REPORT_SAMPLES = SPEAKER_HZ / 20;

class SpeakerWorklet extends AudioWorkletProcessor {
  #player = new Player();
  #playing = false;
  #turn = -1;
  #sinceReport = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }) => {
      if (data.type === 'play') this.#player.add(data.samples, data.turn);
      else if (data.type === 'soften') this.#player.soften(data.manner);
      else this.#player.cut();
    };
  }

  /** @param {Float32Array[][]} _inputs @param {Float32Array[][]} outputs */
  process(_inputs, [[output]]) {
    const playing = this.#player.read(output) > 0;
    const { turn } = this.#player;
    this.#sinceReport += output.length;
    if (playing !== this.#playing || turn !== this.#turn || (playing && this.#sinceReport >= REPORT_SAMPLES)) {
      this.#playing = playing;
      this.#turn = turn;
      this.#sinceReport = 0;
      this.#report(output);
    }
    return true;
  }

  /** @param {Float32Array} output */
  #report(output) {
    const { turn, heard, queued, dropped } = this.#player;
    const level = meter(Int16Array.from(output, (sample) => sample * 32768));
    this.port.postMessage({ playing: this.#playing, turn, heard, queued, dropped, level });
  }
}

registerProcessor('speaker', SpeakerWorklet);
