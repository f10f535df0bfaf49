/**
 * The samples of a tab's sound, all its channels as one, brought to 16 kHz, cut into chunks and handed over without a copy:
 * `{samples: Int16Array, time}`, time in ms since the Unix epoch of the first sample. Takes `{readable}` (a stream of AudioData,
 * transferred) once. Where a tab gives nothing, nothing comes.
 */

import { CHUNK_MS, CHUNK_SAMPLES, MICROPHONE_HZ } from '../../lib/pcm.js';
import { Chunker } from './chunker.js';
import { Lateness } from './lateness.js';
import { Resampler } from './resampler.js';

const chunker = new Chunker(CHUNK_SAMPLES);
const lateness = new Lateness();
/** @type {Resampler|null} */
let resampler = null;
let rate = 0;

addEventListener('message', ({ data }) => read(data.readable), { once: true });

/** @param {ReadableStream<AudioData>} readable */
async function read(readable) {
  const reader = readable.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const heard = toMono(value);
    if (!resampler || value.sampleRate !== rate) {
      rate = value.sampleRate;
      resampler = new Resampler(rate, MICROPHONE_HZ);
    }
    const late = lateness.of(value.timestamp / 1000, performance.now()) + resampler.delayMs;
    value.close();
    for (const samples of chunker.add(resampler.add(heard))) {
      postMessage({ samples, time: Date.now() - late - CHUNK_MS }, { transfer: [samples.buffer] });
    }
  }
}

/** @param {AudioData} data @returns {Float32Array} the mean of its channels */
function toMono(data) {
  const mean = new Float32Array(data.numberOfFrames);
  const plane = new Float32Array(data.numberOfFrames);
  for (let planeIndex = 0; planeIndex < data.numberOfChannels; planeIndex += 1) {
    data.copyTo(plane, { planeIndex, format: 'f32-planar' });
    for (let index = 0; index < mean.length; index += 1) mean[index] += plane[index] / data.numberOfChannels;
  }
  return mean;
}
