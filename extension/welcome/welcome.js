/** Entry of the welcome page: checks what a conversation needs, and asks for what is missing. */
import { renderCheck } from '../lib/check-row.js';
import { commandRow, renderFailure } from '../lib/failure-card.js';
import { explain } from '../lib/failures.js';
import { fill, loadTexts, localize } from '../lib/i18n.js';
import { CodedError, request } from '../lib/messages.js';
import { askForMicrophone, microphonePermission, onMicrophonePermission } from '../lib/microphone-permission.js';
import { listen } from '../lib/page-actions.js';
import { askShortcut, hostCheck, keyCaps, microphoneCheck, shortcutCheck } from '../lib/checks.js';

await loadTexts();
localize(document);
listen(document, (action) => {
  if (action === 'ask-microphone') void askForMicrophone().then(showMicrophone);
  else if (action === 'check-host' || action === 'start') void checkHost();
});
// What was missing is mended elsewhere: in a terminal, in the browser's own pages.
window.addEventListener('focus', checkAll);
void onMicrophonePermission(() => void microphonePermission().then(showMicrophone));
checkAll();

function checkAll() {
  void microphonePermission().then(showMicrophone);
  void checkShortcut();
  if (at('host').dataset.mood !== 'good') void checkHost();
}

/** @param {import('../lib/microphone-permission.js').Permission} permission */
function showMicrophone(permission) {
  if (permission === 'granted') request('background', 'open-document').catch(console.error);
  renderCheck(at('microphone'), microphoneCheck(permission));
}

async function checkHost() {
  const place = /** @type {HTMLElement} */ (at('host').querySelector('.command-place'));
  try {
    const check = hostCheck(await request('background', 'check-host'));
    renderCheck(at('host'), check);
    renderFailure(at('host-failure'), null);
    place.hidden = check.mood === 'good';
    if (!place.hidden && !place.childElementCount) place.append(commandRow());
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    renderCheck(at('host'), { mood: 'bad', key: 'check_host_bad', parts: [], asks: true });
    renderFailure(at('host-failure'), {
      ...explain(error instanceof CodedError ? error.code : 'internal'),
      detail: message,
    });
    place.hidden = true;
  }
}

async function checkShortcut() {
  const shortcut = askShortcut(await request('background', 'shortcuts'));
  renderCheck(at('shortcut'), shortcutCheck(shortcut));
  const caps = keyCaps(shortcut).map(keyCap);
  at('keys').hidden = !shortcut;
  at('keys').replaceChildren(...caps.flatMap((cap, index) => (index ? [' + ', cap] : [cap])));
  if (shortcut) fill(at('press-step'), 'press_step_2', keyCap(shortcut));
  else fill(at('press-step'), 'press_step_2_no_shortcut');
}

/** @param {string} words */
function keyCap(words) {
  const cap = document.createElement('kbd');
  cap.textContent = words;
  return cap;
}

/** @param {string} id */
function at(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}
