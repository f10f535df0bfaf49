/**
 * "Follow me from tab to tab": a setting and a right of the browser's, and it holds only with both. The right is asked for
 * when the setting is turned on, and given back when it is turned off.
 */

import { changeSettings, readSettings } from './settings.js';

/** @type {chrome.permissions.Permissions} */
const ANY_TAB = { origins: ['<all_urls>'] };

/** @returns {Promise<boolean>} whether it holds now */
export async function follows() {
  const [{ follow }, allowed] = await Promise.all([readSettings(), chrome.permissions.contains(ANY_TAB)]);
  return follow && allowed;
}

/** To be called while a press is being answered: the browser asks the person. @returns {Promise<boolean>} whether it holds now */
export async function wantFollowing() {
  // A company's policy refuses with an error.
  const allowed = await chrome.permissions.request(ANY_TAB).catch(() => false);
  await changeSettings({ follow: allowed });
  return allowed;
}

/** @returns {Promise<boolean>} whether it holds now */
export async function stopFollowing() {
  await changeSettings({ follow: false });
  await chrome.permissions.remove(ANY_TAB);
  return false;
}

/** The right may be gone without the setting's being turned off. */
export async function giveUpUnlessAllowed() {
  const [{ follow }, allowed] = await Promise.all([readSettings(), chrome.permissions.contains(ANY_TAB)]);
  if (follow && !allowed) await changeSettings({ follow: false });
}
