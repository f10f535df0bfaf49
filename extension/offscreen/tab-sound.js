/**
 * The sound of a tab. The browser takes it from the person as soon as it is captured, so it is played to them from here, and
 * gives way to a voice; and it is handed over, before that, as 20 ms chunks of 16 kHz mono.
 *
 * @typedef {{samples: Int16Array, time: number}} SoundChunk of the tab: 320 samples, and when the first was captured in ms since the Unix epoch
 */

import { output } from './sound-output.js';

/** 14 dB less: it can still be followed, and a voice beside it is understood. */
const SOFT_GAIN = 0.2;
/** Time constants in s: three of them are all but the whole way, 30 ms down and 300 ms up. */
const FALL_S = 0.01;
const RISE_S = 0.1;

export class TabSound {
  #track;
  #worker = new Worker(new URL('workers/tab-sound-worker.js', import.meta.url), { type: 'module' });
  #context = new AudioContext();
  #gain = new GainNode(this.#context);
  #soft = false;

  /** @param {MediaStreamTrack} track its own from here on @param {(chunk: SoundChunk) => void} onChunk */
  static open(track, onChunk) {
    return new TabSound(track, onChunk);
  }

  /** @param {MediaStreamTrack} track @param {(chunk: SoundChunk) => void} onChunk */
  constructor(track, onChunk) {
    this.#track = track;
    void output.add(this.#context);
    const source = new MediaStreamAudioSourceNode(this.#context, { mediaStream: new MediaStream([track]) });
    source.connect(this.#gain).connect(this.#context.destination);
    const { readable } = new MediaStreamTrackProcessor({ track });
    this.#worker.onmessage = ({ data }) => onChunk(data);
    this.#worker.postMessage({ readable }, [readable]);
  }

  /** While somebody speaks it is softer for the person. @param {boolean} soft */
  soften(soft) {
    if (soft === this.#soft) return;
    this.#soft = soft;
    this.#gain.gain.setTargetAtTime(soft ? SOFT_GAIN : 1, this.#context.currentTime, soft ? FALL_S : RISE_S);
  }

  /** The tab sounds by itself again. */
  close() {
    this.#worker.onmessage = null;
    this.#worker.terminate();
    this.#track.stop();
    void this.#context.close();
  }
}
