/** Entry of the options page: two owners behind one form, the host (voice, model, instructions) and this browser (reply). */
import { renderCheck } from '../lib/check-row.js';
import { commandRow, renderFailure } from '../lib/failure-card.js';
import { explain } from '../lib/failures.js';
import { loadTexts, localize, text } from '../lib/i18n.js';
import { CodedError, request } from '../lib/messages.js';
import { microphonePermission, onMicrophonePermission } from '../lib/microphone-permission.js';
import { listen } from '../lib/page-actions.js';
import { SENSITIVE_SITES } from '../lib/sensitive-sites.js';
import { changeSettings, readSettings } from '../lib/settings.js';
import { hostCheck, microphoneCheck } from '../lib/checks.js';
import { FollowChoice } from './follow-choice.js';
import { toChange, toFields, voicesWith } from './host-form.js';
import { KeyForm } from './key-form.js';
import { SiteList } from './site-list.js';
import { MODELS } from './voices.js';

/** @type {{[category: string]: string}} */
const CATEGORIES = {
  banks: 'options_own_banks',
  passwords: 'options_own_passwords',
  health: 'options_own_health',
  payment: 'options_own_payment',
};

const form = /** @type {HTMLFormElement} */ (at('form'));
const hostFields = /** @type {HTMLFieldSetElement} */ (at('host-fields'));
const model = /** @type {HTMLInputElement} */ (at('model'));
const voice = /** @type {HTMLSelectElement} */ (at('voice'));
const sounds = /** @type {HTMLInputElement} */ (at('sounds'));
const blocked = new SiteList(/** @type {HTMLTextAreaElement} */ (at('blocked')));
const allowed = new SiteList(/** @type {HTMLTextAreaElement} */ (at('allowed')));
const follow = new FollowChoice(/** @type {HTMLInputElement} */ (at('follow')), at('follow-told'));
const instructions = /** @type {HTMLTextAreaElement} */ (at('instructions'));

await loadTexts();
localize(document);
at('about-extension').textContent = text('options_version', chrome.runtime.getManifest().version);
at('models').append(...MODELS.map((name) => new Option(name, name)));
model.placeholder = MODELS[0];
at('own-list').append(...Object.entries(SENSITIVE_SITES).flatMap(ownSites));
const keyForm = new KeyForm();
listen(document, (action) => {
  if (action === 'start') void load();
});
form.addEventListener('input', () => tell('open', 'options_unsaved'));
form.addEventListener('submit', (event) => {
  event.preventDefault();
  void save();
});
// What was missing is mended elsewhere: in a terminal, in the browser's own pages.
window.addEventListener('focus', () => {
  void showBrowser();
  if (hostFields.disabled) void load();
  if (keyForm.missing) void keyForm.load();
});
void onMicrophonePermission(() => void showBrowser());
void showBrowser();
// Once: what is being typed is not taken away when the page gets the focus back.
showSites(await readSettings());
void load();
void keyForm.load();

async function load() {
  const { reply, sounds: wanted } = await readSettings();
  sounds.checked = wanted;
  for (const radio of form.querySelectorAll('input[name=reply]')) {
    const input = /** @type {HTMLInputElement} */ (radio);
    input.checked = input.value === reply;
  }
  try {
    show(await request('background', 'get-settings'));
    hostFields.disabled = false;
    renderFailure(at('failure'), null);
    showHost(await request('background', 'check-host'));
  } catch (error) {
    fail(error);
  }
}

async function save() {
  const reply = /** @type {any} */ (new FormData(form).get('reply'));
  if (!blocked.check() || !allowed.check()) {
    tell('open', 'options_unsaved');
    return;
  }
  const kept = await changeSettings({ reply, sounds: sounds.checked, blocked: blocked.sites, allowed: allowed.sites });
  showSites(kept);
  try {
    if (!hostFields.disabled) {
      const settings = toChange({ model: model.value, voice: voice.value, instructions: instructions.value });
      show(await request('background', 'change-settings', { settings }));
    }
    renderFailure(at('failure'), null);
    tell('good', 'options_saved');
  } catch (error) {
    fail(error);
    tell('open', 'options_unsaved');
  }
}

/** @param {unknown} settings of the host */
function show(settings) {
  const fields = toFields(settings);
  const standard = voice.options[0];
  voice.replaceChildren(standard, ...voicesWith(fields.voice).map((name) => new Option(name, name)));
  model.value = fields.model;
  voice.value = fields.voice;
  instructions.value = fields.instructions;
}

/** @param {unknown} error */
function fail(error) {
  const { message } = /** @type {Error} */ (error);
  const words = explain(error instanceof CodedError ? error.code : 'internal');
  // The way to the settings leads here.
  if (words.action?.id === 'open-settings') words.action = null;
  renderFailure(at('failure'), { ...words, detail: message });
}

/** @param {import('../lib/checks.js').HostReport} report */
function showHost(report) {
  const { mood, key, parts } = hostCheck(report);
  at('about-host').textContent = text('options_host', text(key, ...parts));
  at('about-key').replaceChildren(...(mood === 'good' ? [] : [commandRow()]));
}

async function showBrowser() {
  await follow.show();
  renderCheck(at('microphone'), microphoneCheck(await microphonePermission()));
  /** @type {chrome.commands.Command[]} */
  const shortcuts = await request('background', 'shortcuts');
  const rows = shortcuts.filter(({ description }) => description).map(({ description, shortcut }) => {
    const row = document.createElement('div');
    const [what, key] = [document.createElement('dt'), document.createElement('dd')];
    what.textContent = description ?? '';
    const cap = document.createElement(shortcut ? 'kbd' : 'span');
    cap.textContent = shortcut || text('options_no_shortcut');
    key.append(cap);
    row.append(what, key);
    return row;
  });
  at('shortcuts').replaceChildren(...rows);
}

/** @param {import('../lib/settings.js').Settings} settings */
function showSites(settings) {
  blocked.show(settings.blocked);
  allowed.show(settings.allowed);
}

/** @param {[string, readonly string[]]} part of Tabtalk's own list */
function ownSites([category, sites]) {
  const [name, all] = [document.createElement('dt'), document.createElement('dd')];
  name.textContent = text(CATEGORIES[category]);
  all.textContent = sites.join(', ');
  return [name, all];
}

/** @param {'good'|'open'} mood @param {string} key */
function tell(mood, key) {
  at('saved').dataset.mood = mood;
  at('saved').textContent = text(key);
}

/** @param {string} id */
function at(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}
