/**
 * The microphone's samples, cut into chunks and handed over without a copy: `{samples: Int16Array, time}`, time in ms
 * since the Unix epoch of the first sample. A microphone that is muted or gone yields silence: Gemini hears the end of a
 * sentence only in a stream that goes on.
 */

import { CHUNK_MS, CHUNK_SAMPLES } from '../../lib/pcm.js';
import { Chunker } from './chunker.js';

const QUANTUM_SAMPLES = 128;
const SILENCE = new Float32Array(QUANTUM_SAMPLES);

class MicrophoneWorklet extends AudioWorkletProcessor {
  #chunker = new Chunker(CHUNK_SAMPLES);
  #closed = false;

  constructor() {
    super();
    this.port.onmessage = () => {
      this.#closed = true;
    };
  }

  /** @param {Float32Array[][]} inputs */
  process([[samples = SILENCE]]) {
    for (const chunk of this.#chunker.add(samples)) {
      this.port.postMessage({ samples: chunk, time: Date.now() - CHUNK_MS }, [chunk.buffer]);
    }
    return !this.#closed;
  }
}

registerProcessor('microphone', MicrophoneWorklet);
