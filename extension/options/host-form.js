/**
 * The settings that the host keeps, as fields of a form: pure.
 *
 * @typedef {{model: string, voice: string, instructions: string}} HostSettings
 * @typedef {{model: string|null, voice: string, instructions: string}} HostChange null gives the default back
 */
import { VOICES } from './voices.js';

/**
 * @param {unknown} settings what the host said
 * @returns {HostSettings}
 */
export function toFields(settings) {
  const { model, voice, instructions } = /** @type {any} */ (settings ?? {});
  return { model: words(model), voice: words(voice), instructions: words(instructions) };
}

/**
 * @param {HostSettings} fields
 * @returns {HostChange}
 */
export function toChange({ model, voice, instructions }) {
  return { model: model.trim() || null, voice, instructions: instructions.trim() };
}

/**
 * @param {string} current a voice that was set by hand may be one that we do not know
 * @returns {string[]} voices to offer, without the default
 */
export function voicesWith(current) {
  return current && !VOICES.includes(current) ? [current, ...VOICES] : [...VOICES];
}

/** @param {unknown} value */
const words = (value) => (typeof value === 'string' ? value : '');
