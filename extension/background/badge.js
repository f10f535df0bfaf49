/**
 * The toolbar icon and its title, from a conversation's state: the person must see at a glance whether Tabtalk listens.
 *
 * @typedef {import('../lib/status.js').Status} Status
 * @typedef {Pick<Status, 'state'|'activity'|'muted'|'paused'>} Look
 */

import { loadTexts, text } from '../lib/i18n.js';

/** @type {Record<Status['state'], string>} */
const ICONS = {
  idle: 'idle',
  starting: 'starting',
  live: 'live',
  reconnecting: 'reconnecting',
  ended: 'idle',
  failed: 'failed',
};

/** @param {Look} look @returns {{icon: string, title: string}} the name of the icon, the message key of the title */
export function badgeOf({ state, activity, muted, paused }) {
  if (state !== 'live') return { icon: ICONS[state], title: `state_${state}` };
  if (paused) return { icon: 'muted', title: 'state_paused' };
  if (muted) return { icon: 'muted', title: 'state_muted' };
  return { icon: 'live', title: `state_${activity}` };
}

/** @param {Look} look */
export async function showBadge(look) {
  const { icon, title } = badgeOf(look);
  await loadTexts();
  await Promise.all([
    chrome.action.setIcon({ path: { 16: `/icons/${icon}-16.png`, 32: `/icons/${icon}-32.png` } }),
    chrome.action.setTitle({ title: `Tabtalk - ${text(title)}` }),
  ]);
}
