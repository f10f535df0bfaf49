/**
 * What an organisation decided about the settings, by the browser's policies: it goes before what the person chose.
 * `managed-schema.json` says which settings, and the browser checks them by it.
 */

/** Settings about Gemini, which the host holds. */
export const HOST_SETTINGS = Object.freeze(['model', 'voice', 'language', 'instructions', 'speed', 'patience', 'detail', 'park_minutes']);

/** @returns {Promise<{[name: string]: unknown}>} by the setting's name; empty where nobody decided anything */
export function readManaged() {
  return chrome.storage.managed.get();
}

/** @returns {Promise<{[name: string]: unknown}>} those that the host has to be told */
export async function readManagedHost() {
  return Object.fromEntries(Object.entries(await readManaged()).filter(([name]) => HOST_SETTINGS.includes(name)));
}
