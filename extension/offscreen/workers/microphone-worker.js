/**
 * The microphone's samples, brought to 16 kHz, cut into chunks and handed over without a copy:
 * `{samples: Int16Array, time}`, time in ms since the Unix epoch of the first sample, also of what comes late; before what the device gave first
 * `{open: true}`. Takes `{readable}` (a stream of AudioData, transferred) once.
 *
 * A worker and not an audio worklet: a worklet has to be on time, and on a busy machine what it misses is gone. Here what
 * comes late only comes late (docs/adr/0008).
 */

import { CHUNK_MS, CHUNK_SAMPLES, MICROPHONE_HZ } from '../../lib/pcm.js';
import { Chunker } from './chunker.js';
import { Continuity } from './continuity.js';
import { Lateness } from './lateness.js';
import { Resampler } from './resampler.js';

const chunker = new Chunker(CHUNK_SAMPLES);
const lateness = new Lateness();
const continuity = new Continuity(performance.now(), CHUNK_MS);
/** @type {Resampler|null} */
let resampler = null;
let rate = 0;

addEventListener('message', ({ data }) => read(data.readable), { once: true });
setInterval(() => {
  for (let due = continuity.due(performance.now()); due > 0; due -= 1) tell(new Int16Array(CHUNK_SAMPLES));
}, CHUNK_MS);

/** @param {ReadableStream<AudioData>} readable */
async function read(readable) {
  const reader = readable.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const heard = new Float32Array(value.numberOfFrames);
    value.copyTo(heard, { planeIndex: 0, format: 'f32-planar' });
    if (rate === 0) postMessage({ open: true });
    if (value.sampleRate !== rate) {
      rate = value.sampleRate;
      resampler = new Resampler(rate, MICROPHONE_HZ);
    }
    const { delayMs } = /** @type {Resampler} */ (resampler);
    const late = lateness.of(value.timestamp / 1000, performance.now()) + delayMs;
    value.close();
    continuity.heard(performance.now());
    for (const chunk of chunker.add(/** @type {Resampler} */ (resampler).add(heard))) tell(chunk, late);
  }
}

/** @param {Int16Array} samples @param {number} [late] ms */
function tell(samples, late = 0) {
  postMessage({ samples, time: Date.now() - late - CHUNK_MS }, { transfer: [samples.buffer] });
}
