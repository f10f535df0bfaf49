/** Entry of the settings page: a field for each row of the table, and what is not a setting around them. */
import { renderFailure } from '../lib/failure-card.js';
import { explain } from '../lib/failures.js';
import { language, loadTexts, localize, text } from '../lib/i18n.js';
import { CodedError, request } from '../lib/messages.js';
import { onMicrophonePermission } from '../lib/microphone-permission.js';
import { listen } from '../lib/page-actions.js';
import { listMicrophones } from '../offscreen/sound-input.js';
import { listSpeakers, output } from '../offscreen/sound-output.js';
import { ownSites, showHost, showMicrophone, showOwnVersion, showShortcuts } from './about.js';
import { Field } from './field.js';
import { FollowChoice } from './follow-choice.js';
import { deleteLog, showKept } from './kept.js';
import { KeyForm } from './key-form.js';
import { MicrophoneTest } from './microphone-test.js';
import { ModelOffer } from './model-offer.js';
import { readyTexts } from './ready-texts.js';
import { ROWS } from './settings-table.js';
import { readBrowser, readHost, write } from './store.js';
import { Transfer } from './transfer.js';
import { VoiceSample } from './voice-sample.js';

/** @typedef {import('./settings-table.js').Row} Row */
/** @typedef {import('./settings-table.js').Values} Values */

await loadTexts();
localize(document);

/** What the owners hold, as far as they could be asked. @type {Values} */
let values = {};
/** @type {readonly string[]} */
let managed = [];
let hostAway = true;
let defaultModel = '';
/** How many times what the page shows is being read: one may begin before another ends. */
let readings = 0;
const main = /** @type {HTMLElement} */ (document.querySelector('main'));

const fields = new Map(ROWS.map((row) => [row.name, new Field(row, (value) => keep(row, value))]));
for (const { row, element } of fields.values()) at(row.section).querySelector('.fields')?.append(element);
field('instructions').element.querySelector('.side')?.append(readyTexts(field('instructions')));
field('allowed').element.querySelector('.side')?.append(ownSites());
const offer = new ModelOffer(field('model'));
field('model').element.querySelector('.side')?.append(offer.element);
const sample = new VoiceSample(() => ({ voice: field('voice').value, language: field('language').value || language().split('-')[0] }));
field('voice').element.querySelector('.side')?.append(sample.element);
const trial = new MicrophoneTest();
field('microphone').element.querySelector('.side')?.append(trial.element);
const follow = new FollowChoice(/** @type {HTMLInputElement} */ (at('follow')), at('follow-told'));
const keyForm = new KeyForm();
const transfer = new Transfer(/** @type {HTMLDialogElement} */ (at('ask')), at('transfer-told'), /** @type {HTMLInputElement} */ (at('import')), {
  values: () => values,
  standards: () => ({ ...Object.fromEntries(ROWS.map(({ name, standard }) => [name, standard])), model: defaultModel }),
  managed: () => managed,
  async apply(change) {
    for (const [name, value] of Object.entries(await tried(write(change)))) took(name, value);
  },
});

listen(document, (action) => {
  if (action === 'start') void load();
  else if (action === 'export') transfer.exportAll();
  else if (action === 'import') at('import').click();
  else if (action === 'reset') transfer.askReset();
  else if (action === 'delete-log') void deleteLog(at('kept-where'), at('transfer-told'));
});
// What was missing is mended elsewhere, and the same settings may be open twice.
window.addEventListener('focus', () => {
  void load();
  if (keyForm.missing) void reading(keyForm.load());
});
chrome.storage.managed.onChanged.addListener(() => void load());
document.addEventListener('visibilitychange', () => {
  if (document.hidden) {
    trial.end();
    sample.end();
  }
  void saveAll();
});
window.addEventListener('beforeunload', (event) => {
  if ([...fields.values()].some(({ open }) => open)) event.preventDefault();
});
void onMicrophonePermission(() => void showDevices());
navigator.mediaDevices.addEventListener('devicechange', () => void showDevices());
showOwnVersion(at('about-extension'));
void reading(keyForm.load());
await load();

/** The page is busy until what it shows has been read. */
function load() {
  return reading(read());
}

/** @param {Promise<void>} done */
async function reading(done) {
  readings += 1;
  main.ariaBusy = 'true';
  await done.finally(() => {
    readings -= 1;
    main.ariaBusy = String(readings > 0);
  });
}

async function read() {
  const own = await readBrowser();
  managed = own.managed;
  for (const [name, value] of Object.entries(own.values)) took(name, value);
  lock();
  void follow.show();
  const beside = Promise.all([showDevices(), showShortcuts(at('shortcuts'))]);
  try {
    const { values: held, offers } = await readHost();
    hostAway = false;
    for (const { row } of fields.values()) if (row.offered) field(row.name).offer(offers[row.offered]);
    // The host names its default first.
    defaultModel = offers.models[0] ?? '';
    field('model').suggest(defaultModel);
    for (const [name, value] of Object.entries(held)) took(name, value);
    renderFailure(at('failure'), null);
    const report = await request('background', 'check-host');
    showHost(at('about-host'), at('about-mend'), report);
    // Another version may not know the question, and not to be answered ends a host.
    if (report.version === chrome.runtime.getManifest().version) {
      void offer.show();
      sample.offer(true);
      await showKept(at('kept-where'), at('delete-log'));
    }
  } catch (error) {
    hostAway = true;
    sample.offer(false);
    fail(error);
  }
  lock();
  void saveAll();
  await beside;
}

/** @param {Row} row @param {unknown} value @returns {Promise<unknown>} what holds then */
async function keep({ name }, value) {
  const held = await tried(write({ [name]: value }));
  values = { ...values, ...held };
  use(values);
  return held[name] ?? value;
}

/**
 * @template T
 * @param {Promise<T>} attempt
 * @returns {Promise<T>}
 * @throws {Error} with a text for the person
 */
async function tried(attempt) {
  try {
    const done = await attempt;
    renderFailure(at('failure'), null);
    return done;
  } catch (error) {
    throw new Error(text('options_not_saved', text(fail(error))), { cause: error });
  }
}

/** @param {string} name @param {unknown} value what its owner holds */
function took(name, value) {
  values = { ...values, [name]: value };
  fields.get(name)?.show(value);
  if (name === 'microphone' || name === 'speaker') use(values);
}

/** What is tried out here is heard and plays as a conversation would. @param {Values} held */
function use({ microphone, speaker }) {
  if (microphone) trial.use(microphone);
  if (speaker) output.choose(speaker).catch(console.error);
}

async function showDevices() {
  void showMicrophone(at('microphone-check'));
  const [microphones, speakers] = await Promise.all([listMicrophones(), listSpeakers(), output.reconsider()]);
  field('microphone').offer(microphones);
  field('speaker').offer(speakers);
}

async function saveAll() {
  for (const each of fields.values()) await each.save();
}

function lock() {
  for (const each of fields.values()) {
    const { name, home } = each.row;
    const away = home === 'host' && hostAway;
    each.lock(managed.includes(name) ? text('options_managed') : away ? '' : null);
  }
}

/** @param {unknown} error @returns {string} the key of what happened */
function fail(error) {
  const { message } = /** @type {Error} */ (error);
  const words = explain(error instanceof CodedError ? error.code : 'internal');
  // The way to the settings leads here.
  if (words.action?.id === 'open-settings') words.action = null;
  renderFailure(at('failure'), { ...words, detail: message });
  return words.what;
}

/** @param {string} name */
function field(name) {
  return /** @type {Field} */ (fields.get(name));
}

/** @param {string} id */
function at(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}
