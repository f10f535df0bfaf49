/**
 * One setting in the page: its label, its control, a line of help, and what became of the last change. It saves itself: what
 * is chosen at once, what is typed when the person pauses or leaves it. What was typed and is not saved stays as it is.
 *
 * @typedef {import('./settings-table.js').Row} Row
 * @typedef {'saved'|'open'|'bad'} Mood
 */
import { text } from '../lib/i18n.js';
import { CONTROLS } from './control.js';
import { same } from './settings-table.js';

/** Somebody who types has paused. */
const PAUSE_MS = 900;
const TYPED = ['line', 'words', 'sites'];

export class Field {
  /** What its owner holds. @type {any} */
  #held;
  /** Is not what its owner holds. */
  #changed = false;
  /** @type {Promise<void>|null} */
  #saving = null;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #pause;
  #save;
  #control;
  #box;
  #told;

  /**
   * @param {Row} row
   * @param {(value: any) => Promise<any>} save settles with what holds then; throws a text for the person
   */
  constructor(row, save) {
    this.row = row;
    this.#save = save;
    this.#control = CONTROLS[row.kind](row);
    this.#box = document.createElement(row.kind === 'choice' ? 'fieldset' : 'div');
    this.#told = put('p', 'told');
    this.#told.setAttribute('role', 'status');
    this.#build();
    this.show(row.standard);
    this.#box.addEventListener('input', () => this.#onInput());
    this.#box.addEventListener('change', () => void this.save());
    // What was typed is shown as it was understood once nobody types there.
    this.#box.addEventListener('focusout', () => this.#changed || this.#control.set(this.#held));
  }

  get element() {
    return this.#box;
  }

  /** Something is not saved. */
  get open() {
    return this.#changed;
  }

  get value() {
    return this.#control.get();
  }

  /** What its owner holds, unless the person is about to say otherwise. @param {any} value */
  show(value) {
    this.#held = value;
    if (this.#changed) return;
    // Set again, a text loses the place where the person is in it.
    if (!same(this.#control.get(), value)) this.#control.set(value);
  }

  /** As if the person had set it. @param {any} value */
  set(value) {
    this.#control.set(value);
    this.#onInput();
    return this.save();
  }

  /** @param {readonly any[]} values */
  offer(values) {
    this.#control.offer?.(values);
    this.show(this.#held);
  }

  /** @param {string} suggestion shown while the field is empty */
  suggest(suggestion) {
    for (const input of this.#control.inputs) if (input instanceof HTMLInputElement) input.placeholder = suggestion;
  }

  /** @param {string|null} why nobody can change it now; null: one can */
  lock(why) {
    for (const input of this.#control.inputs) /** @type {HTMLInputElement} */ (input).disabled = why !== null && !this.#changed;
    const note = /** @type {HTMLElement} */ (this.#box.querySelector('.locked'));
    note.hidden = !why;
    note.textContent = why ?? '';
  }

  /** Saves what is not saved. Settles when that is done, or could not be. */
  async save() {
    clearTimeout(this.#pause);
    while (this.#saving) await this.#saving;
    if (!this.#changed) return;
    const wrong = this.#control.wrong?.() ?? '';
    for (const input of this.#control.inputs) input.ariaInvalid = wrong ? 'true' : null;
    if (wrong) {
      this.#tell('bad', wrong);
      return;
    }
    this.#saving = this.#write(this.#control.get());
    await this.#saving;
    this.#saving = null;
  }

  /** @param {any} value */
  async #write(value) {
    try {
      this.#held = await this.#save(value);
      // Typed meanwhile; it is saved in its turn.
      if (!same(this.#control.get(), value)) return;
      this.#changed = false;
      const typing = this.#control.inputs.includes(/** @type {HTMLElement} */ (document.activeElement));
      if (!typing) this.#control.set(this.#held);
      this.#tell('saved', text(this.row.holds === 'now' ? 'options_saved_now' : 'options_saved_next'));
    } catch (error) {
      this.#tell('bad', /** @type {Error} */ (error).message);
    }
  }

  #onInput() {
    this.#changed = true;
    this.#tell('open', text('options_unsaved'));
    clearTimeout(this.#pause);
    if (TYPED.includes(this.row.kind)) this.#pause = setTimeout(() => void this.#savePaused(), PAUSE_MS);
  }

  /** A site that is half typed is not wrong yet. */
  async #savePaused() {
    if (!this.#control.wrong?.()) await this.save();
  }

  /** @param {Mood} mood @param {string} words */
  #tell(mood, words) {
    this.#told.dataset.mood = mood;
    if (this.#told.textContent !== words) this.#told.textContent = words;
  }

  #build() {
    const { name, kind, label, hint } = this.row;
    this.#box.className = 'field';
    this.#box.dataset.setting = name;
    const title = put(kind === 'choice' ? 'legend' : 'label', '', text(label));
    // A box has words of its own beside it.
    if (title instanceof HTMLLabelElement && kind !== 'check') title.htmlFor = name;
    const help = put('p', 'quiet', text(hint));
    help.id = `${name}-hint`;
    for (const input of this.#control.inputs) input.setAttribute('aria-describedby', help.id);
    const locked = put('p', 'locked');
    locked.hidden = true;
    const side = put('div', 'side');
    side.append(this.#control.element, help, locked, this.#told);
    this.#box.append(kind === 'check' ? put('span', 'title', text(label)) : title, side);
  }
}

/** @param {string} tag @param {string} [names] classes @param {string} [words] */
function put(tag, names = '', words = '') {
  const element = document.createElement(tag);
  if (names) element.className = names;
  element.textContent = words;
  return element;
}
