/** Entry of the live path. Wires; `conversation.js` owns what happens. */

import { request, serve } from '../lib/messages.js';
import { isRunning } from '../lib/state.js';
import { Chimes, playChime } from './chimes.js';
import { Conversation } from './conversation.js';
import { PanelPort } from './panel-port.js';
import { listMicrophones } from './sound-input.js';

/** How long an ended conversation can still be read; then another document, which knows nothing of it, takes this one's place. */
const KEPT_MS = 5 * 60_000;
const LOOK_MS = 15_000;
const DEVICES_MS = 3_000;

const conversation = new Conversation();
const chimes = new Chimes(playChime);
const panels = new PanelPort(conversation);

serve('offscreen', {
  'start': ({ sounds, ...wanted }) => {
    chimes.enabled = sounds === true;
    return conversation.start(wanted);
  },
  'state': () => conversation.status.state,
  'end': () => conversation.end(),
  'listen-to': ({ microphone }) => conversation.listenTo(microphone),
  'wish-sound': (wish) => conversation.wishSound(wish),
  'speak-from': ({ speaker }) => conversation.speakFrom(speaker),
  'toggle-microphone': () => conversation.mute(!conversation.status.muted),
  'toggle-press': () => conversation.togglePress(),
  'point': () => conversation.point(),
  'refit': () => conversation.refit(),
  'screen-locked': () => conversation.lock(),
  'follow': ({ tabId }) => conversation.follow(tabId),
  'unfollow': () => conversation.unfollow(),
  'page-changed': ({ tabId }) => conversation.recheck(tabId),
});

navigator.mediaDevices.addEventListener('devicechange', () => void conversation.reconsider());

let shown = '';
function showLook() {
  const { state, activity, muted, paused, talk, held } = conversation.status;
  const look = JSON.stringify([state, activity, muted, paused, talk, held]);
  if (look === shown) return;
  shown = look;
  request('background', 'status-changed', { state, activity, muted, paused, talk, held }).catch(console.error);
}
conversation.addEventListener('status', showLook);
conversation.addEventListener('status', () => chimes.follow(conversation.status));
showLook(); // The toolbar may still show what went on in a document that crashed.

/** When the conversation was last needed; 0 before there is one. Until then nothing is to be looked after, and no timer runs. */
let neededAt = 0;
function lookAfter() {
  if (neededAt || conversation.status.state === 'idle') return;
  neededAt = Date.now();
  // On Linux the browser hears of sound cards that come and go, of a headset by Bluetooth only where it is asked; then it tells.
  setInterval(() => {
    if (isRunning(conversation.status.state)) listMicrophones().catch(console.error);
  }, DEVICES_MS);
  setInterval(() => {
    if (panels.isOpen || isRunning(conversation.status.state)) neededAt = Date.now();
    if (Date.now() - neededAt > KEPT_MS) request('background', 'renew-document').catch(console.error);
  }, LOOK_MS);
}
conversation.addEventListener('status', lookAfter);
