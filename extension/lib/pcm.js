/**
 * Samples as the wire has them: signed 16 bit, mono. A typed array has the machine's byte order, which is little-endian
 * wherever Chromium runs, so an Int16Array's bytes are s16le as they are.
 */

export const MICROPHONE_HZ = 16000;
export const SPEAKER_HZ = 24000;
/** One chunk of the microphone: the short end of what Gemini advises. */
export const CHUNK_MS = 20;
export const CHUNK_SAMPLES = (CHUNK_MS * MICROPHONE_HZ) / 1000;

/**
 * One sample; out of range is clamped, since a wrapped peak is a loud click.
 * @param {number} value -1..1, and NaN counts as silence
 */
export function floatToS16(value) {
  const scaled = Math.round(value * 32768);
  return scaled > 32767 ? 32767 : scaled < -32768 ? -32768 : scaled || 0;
}

/**
 * Loudness as a meter shows it: 0 at -60 dBFS and below, 1 at full scale.
 * @param {Int16Array} samples
 */
export function meter(samples) {
  const loudness = rms(samples);
  if (loudness === 0) return 0;
  return Math.min(1, Math.max(0, 1 + (20 * Math.log10(loudness)) / 60));
}

/** What a microphone gives in a quiet room is below this (-54 dBFS), what is said to it above. */
const AUDIBLE_RMS = 0.002;

/** Whether somebody would hear it. @param {Int16Array} samples */
export function isAudible(samples) {
  return rms(samples) > AUDIBLE_RMS;
}

/** Root mean square, 0..1. @param {Int16Array} samples */
export function rms(samples) {
  if (samples.length === 0) return 0;
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / samples.length) / 32768;
}
