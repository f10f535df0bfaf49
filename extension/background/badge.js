/**
 * The toolbar icon and its title, from a conversation's state: the person must see at a glance whether Tabtalk listens.
 *
 * @typedef {import('../lib/status.js').Status} Status
 * @typedef {Pick<Status, 'state'|'activity'|'muted'|'paused'|'talk'|'held'>} Look
 */

import { loadTexts, text } from '../lib/i18n.js';

/** @type {Record<Status['state'], string>} */
const ICONS = {
  idle: 'idle',
  starting: 'starting',
  live: 'live',
  reconnecting: 'reconnecting',
  parked: 'muted',
  ended: 'idle',
  failed: 'failed',
};

/** @param {Look} look @returns {{icon: string, title: string}} the name of the icon, the message key of the title */
export function badgeOf({ state, activity, muted, paused, talk, held }) {
  if (state !== 'live') return { icon: ICONS[state], title: `state_${state}` };
  if (paused) return { icon: 'muted', title: 'state_paused' };
  if (muted) return { icon: 'muted', title: 'state_muted' };
  if (held) return { icon: 'live', title: 'state_hearing' };
  if (talk === 'push-to-talk' && activity === 'listening') return { icon: 'muted', title: 'state_waiting' };
  return { icon: 'live', title: `state_${activity}` };
}

/** One after the other: the icon that is loaded last must be that of the last look. */
let shown = Promise.resolve();

/** @param {Look} look */
export function showBadge(look) {
  shown = shown.catch(() => {}).then(() => show(badgeOf(look)));
  return shown;
}

/** @param {{icon: string, title: string}} badge */
async function show({ icon, title }) {
  await loadTexts();
  await Promise.all([
    chrome.action.setIcon({ path: { 16: `/icons/${icon}-16.png`, 32: `/icons/${icon}-32.png` } }),
    chrome.action.setTitle({ title: `Tabtalk - ${text(title)}` }),
  ]);
}
