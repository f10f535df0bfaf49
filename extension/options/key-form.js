/**
 * The key on the settings page: give, replace and remove it, for each of several profiles. What is typed leaves the page
 * once, for the host, and is nowhere in it afterwards.
 */
import { renderFailure } from '../lib/failure-card.js';
import { explain } from '../lib/failures.js';
import { text } from '../lib/i18n.js';
import { CodedError, request } from '../lib/messages.js';
import { cleanName, hasKey, hasWay, nameProblem, placeOf, toProfiles, verdictWords } from './key-words.js';

/** Where a person gets one. */
const KEY_PAGE = 'https://aistudio.google.com/apikey';
const LOGIN_COMMAND = 'gcloud auth application-default login';
/** Where Vertex AI had the Live API first. */
const LOCATION = 'us-central1';

/** @typedef {import('./key-words.js').Profiles} Profiles */

export class KeyForm {
  /** @type {Profiles} */
  #profiles = toProfiles(null);
  #busy = false;
  #fields = /** @type {HTMLFieldSetElement} */ (at('key-fields'));
  #entry = /** @type {HTMLInputElement} */ (at('key-text'));
  #choice = /** @type {HTMLSelectElement} */ (at('profile'));
  #dialog = /** @type {HTMLDialogElement} */ (at('key-dialog'));
  #name = /** @type {HTMLInputElement} */ (at('key-name'));

  constructor() {
    /** @type {HTMLAnchorElement} */ (at('key-page')).href = KEY_PAGE;
    at('key-form').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#give();
    });
    at('vertex-command').textContent = LOGIN_COMMAND;
    at('vertex-form').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#useVertex();
    });
    this.#choice.addEventListener('change', () => void this.#change('choose', this.#choice.value, 'key_profile_chosen'));
    at('key-remove').addEventListener('click', () => void this.#removeKey());
    at('profile-add').addEventListener('click', () => void this.#add());
    at('profile-rename').addEventListener('click', () => void this.#rename());
    at('profile-remove').addEventListener('click', () => void this.#removeProfile());
    at('key-cancel').addEventListener('click', () => this.#dialog.close(''));
    this.#name.addEventListener('input', () => this.#name.setCustomValidity(''));
  }

  /** Whether the host was not there when it was asked last. */
  get missing() {
    return this.#fields.disabled;
  }

  async load() {
    try {
      this.#show(toProfiles(await request('background', 'get-profiles')));
    } catch {
      // The page says above why the host is not there.
      this.#fields.disabled = true;
      at('key-where').textContent = text('key_no_host');
    }
  }

  async #give() {
    const key = this.#entry.value.trim();
    if (this.#busy || !key) return;
    this.#entry.value = '';
    await this.#try('give-key', { key });
  }

  async #useVertex() {
    const [project, location] = [input('vertex-project').value.trim(), input('vertex-location').value.trim()];
    if (!this.#busy) await this.#try('use-vertex', { project, location }, explain('login-needed'));
  }

  /** @param {string} type @param {object} given @param {import('../lib/failures.js').FailureWords} [refused] */
  async #try(type, given, refused) {
    await this.#ask('key_trying', async () => {
      const verdict = await request('background', type, { profile: this.#profiles.active.name, ...given });
      const { failure, said } = verdictWords(verdict, refused && { ...refused, action: null });
      renderFailure(at('key-failure'), failure && { ...failure, detail: verdict.text });
      this.#tell(said ?? '', verdict.verdict === 'accepted' ? 'good' : 'warn', [verdict.text, verdict.why]);
      this.#show(toProfiles(await request('background', 'get-profiles')));
    });
  }

  async #removeKey() {
    const profile = this.#profiles.active.name;
    const ours = hasKey(this.#profiles.active);
    if (await this.#confirm(text(ours ? 'key_remove_ask' : 'key_leave_ask'), ours ? 'key_remove' : 'key_leave')) {
      await this.#change('remove-key', profile, ours ? 'key_removed' : 'key_left');
      this.#entry.focus();
    }
  }

  async #removeProfile() {
    const profile = this.#profiles.active.name;
    if (await this.#confirm(text('key_profile_remove_ask', profile), 'key_profile_remove')) {
      await this.#change('remove', profile, 'key_profile_removed');
    }
  }

  async #add() {
    const name = await this.#askName('key_profile_add', '', this.#profiles.all);
    if (!name) return;
    if (await this.#change('add', name, 'key_profile_added')) await this.#change('choose', name, 'key_profile_added');
    this.#entry.focus();
  }

  async #rename() {
    const old = this.#profiles.active;
    const others = this.#profiles.all.filter((each) => each !== old);
    const name = await this.#askName('key_profile_rename', old.name, others);
    if (name && name !== old.name) await this.#change('rename', old.name, 'key_profile_renamed', name);
  }

  /** @param {string} change @param {string} profile @param {string} done @param {string} [name] */
  #change(change, profile, done, name) {
    return this.#ask('key_working', async () => {
      this.#show(toProfiles(await request('background', 'change-profile', { change, profile, name })));
      renderFailure(at('key-failure'), null);
      this.#tell(done, 'good');
    });
  }

  /** @param {string} waiting @param {() => Promise<void>} act @returns {Promise<boolean>} whether it went well */
  async #ask(waiting, act) {
    if (this.#busy) return false;
    this.#busy = true;
    this.#fields.ariaBusy = 'true';
    this.#tell(waiting, 'open');
    try {
      await act();
      return true;
    } catch (error) {
      const { message } = /** @type {Error} */ (error);
      renderFailure(at('key-failure'), { ...explain(error instanceof CodedError ? error.code : 'internal'), action: null, detail: message });
      this.#tell('', 'open');
      this.#show(this.#profiles);
      return false;
    } finally {
      this.#busy = false;
      this.#fields.ariaBusy = 'false';
    }
  }

  /** @param {Profiles} profiles */
  #show(profiles) {
    this.#profiles = profiles;
    const { active, all } = profiles;
    this.#fields.disabled = false;
    this.#choice.replaceChildren(...all.map(({ name }) => new Option(name, name, false, name === active.name)));
    at('key-where').textContent = text(placeOf(active), active.project, active.location);
    at('key-remove').hidden = !hasWay(active);
    at('key-remove').textContent = text(hasKey(active) ? 'key_remove' : 'key_leave');
    input('vertex-project').value = active.project;
    input('vertex-location').value = active.location || LOCATION;
    at('key-keep').textContent = text(hasKey(active) ? 'key_replace' : 'key_keep');
    /** @type {HTMLButtonElement} */ (at('profile-remove')).disabled = all.length < 2;
  }

  /** @param {string} key @param {'good'|'warn'|'open'} mood @param {string[]} [details] */
  #tell(key, mood, details = []) {
    at('key-result').dataset.mood = mood;
    at('key-result').textContent = key && text(key);
    at('key-detail').textContent = key ? details.filter(Boolean).join(' · ') : '';
  }

  /** @param {string} question @param {string} yes key of `_locales` @returns {Promise<boolean>} */
  async #confirm(question, yes) {
    this.#name.hidden = true;
    return (await this.#open(question, yes)) !== '';
  }

  /**
   * @param {string} title key of `_locales` @param {string} name @param {import('./key-words.js').Profile[]} others
   * @returns {Promise<string>} empty: nothing was chosen
   */
  async #askName(title, name, others) {
    this.#name.hidden = false;
    this.#name.value = name;
    const check = () => {
      const problem = nameProblem(this.#name.value, others);
      this.#name.setCustomValidity(problem && text(problem));
      return this.#name.reportValidity();
    };
    return (await this.#open(text('key_name'), title, check)) && cleanName(this.#name.value);
  }

  /** @param {string} question @param {string} yes @param {() => boolean} [check] @returns {Promise<string>} empty: left */
  #open(question, yes, check = () => true) {
    at('key-question').textContent = question;
    at('key-yes').textContent = text(yes);
    const form = /** @type {HTMLFormElement} */ (this.#dialog.querySelector('form'));
    form.onsubmit = (event) => {
      event.preventDefault();
      if (check()) this.#dialog.close('yes');
    };
    this.#dialog.returnValue = '';
    this.#dialog.showModal();
    return new Promise((resolve) => {
      this.#dialog.onclose = () => {
        // The event is a task of its own: that of the dialog before may come after this one was opened.
        if (!this.#dialog.open) resolve(this.#dialog.returnValue);
      };
    });
  }
}

/** @param {string} id */
function input(id) {
  return /** @type {HTMLInputElement} */ (at(id));
}

/** @param {string} id */
function at(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}
