/** Export, import and reset: each shows what it would do before it does it. */
import { text } from '../lib/i18n.js';
import { deviceName } from './control.js';
import { FILE_NAME, MAX_FILE_BYTES, readFile, toFile } from './settings-file.js';
import { ROWS, same } from './settings-table.js';

/**
 * @typedef {import('./settings-table.js').Row} Row
 * @typedef {import('./settings-table.js').Values} Values
 * @typedef {{row: Row, to: unknown}} Change
 * @typedef {object} Page what it knows and does
 * @property {() => Values} values
 * @property {() => Values} standards what they would be if nobody had changed them
 * @property {() => readonly string[]} managed
 * @property {(change: Values) => Promise<void>} apply throws a text for the person
 */

/** Of a value, so much is shown. */
const MAX_SHOWN = 120;

export class Transfer {
  #page;
  #told;
  #dialog;
  /** What Apply would do. @type {Change[]} */
  #changes = [];

  /** @param {HTMLDialogElement} dialog @param {HTMLElement} told @param {HTMLInputElement} picker @param {Page} page */
  constructor(dialog, told, picker, page) {
    this.#dialog = dialog;
    this.#told = told;
    this.#page = page;
    picker.addEventListener('change', () => {
      const [file] = picker.files ?? [];
      // The same file can be chosen again.
      if (file) void this.#read(file).finally(() => (picker.value = ''));
    });
    dialog.addEventListener('close', () => void this.#closed());
  }

  exportAll() {
    const url = URL.createObjectURL(new Blob([toFile(this.#page.values())], { type: 'application/json' }));
    Object.assign(document.createElement('a'), { href: url, download: FILE_NAME }).click();
    URL.revokeObjectURL(url);
    this.#told.textContent = text('options_exported', FILE_NAME);
  }

  askReset() {
    const [now, standards, managed] = [this.#page.values(), this.#page.standards(), this.#page.managed()];
    const changed = ROWS.filter(({ name }) => name in now && !managed.includes(name) && !same(now[name], standards[name]));
    this.#ask('options_reset_title', changed.map((row) => ({ row, from: now[row.name], to: standards[row.name] })), []);
  }

  /** @param {File} file */
  async #read(file) {
    const found = file.size <= MAX_FILE_BYTES ? readFile(await file.text(), this.#page.values(), this.#page.managed()) : null;
    if (!found) {
      this.#told.textContent = text('options_import_not_ours');
      return;
    }
    const list = (/** @type {string[]} */ names) => names.slice(0, 20).join(', ');
    const remarks = [
      found.unknown.length > 0 ? text('options_import_unknown', list(found.unknown)) : '',
      found.wrong.length > 0 ? text('options_import_wrong', list(found.wrong)) : '',
      found.decided.length > 0 ? text('options_import_decided', list(found.decided)) : '',
    ];
    this.#ask('options_import_title', found.changes, remarks.filter(Boolean));
  }

  /** @param {string} title @param {{row: Row, from: unknown, to: unknown}[]} changes @param {string[]} remarks */
  #ask(title, changes, remarks) {
    this.#changes = changes;
    const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (this.#dialog.querySelector(`[data-part=${name}]`));
    part('title').textContent = text(changes.length > 0 ? title : 'options_nothing_changes');
    part('changes').replaceChildren(...changes.flatMap(({ row, from, to }) => [
      cell('dt', text(row.label)),
      cell('dd', text('options_from_to', said(row, from), said(row, to))),
    ]));
    part('remarks').replaceChildren(...remarks.map((words) => cell('p', words)));
    part('apply').hidden = changes.length === 0;
    this.#dialog.returnValue = '';
    this.#dialog.showModal();
  }

  async #closed() {
    if (this.#dialog.returnValue !== 'apply') return;
    try {
      await this.#page.apply(Object.fromEntries(this.#changes.map(({ row, to }) => [row.name, to])));
      this.#told.textContent = text('options_applied');
    } catch (error) {
      this.#told.textContent = /** @type {Error} */ (error).message;
    }
  }
}

/** @param {Row} row @param {unknown} value @returns {string} as a person would call it */
function said({ choices = {}, kind }, value) {
  if (kind === 'check') return text(value ? 'options_on' : 'options_off');
  if (kind === 'device') return deviceName(value);
  const words = Array.isArray(value) ? value.join(', ') : String(value);
  if (Object.hasOwn(choices, words)) return text(choices[words]);
  if (words === '') return text('options_empty');
  return words.length > MAX_SHOWN ? `${words.slice(0, MAX_SHOWN)}…` : words;
}

/** @param {string} tag @param {string} words */
function cell(tag, words) {
  const made = document.createElement(tag);
  made.textContent = words;
  return made;
}
