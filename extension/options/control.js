/**
 * The control of one setting: what it shows, what it was set to. One function for each kind of the table.
 *
 * @typedef {import('./settings-table.js').Row} Row
 * @typedef {import('../lib/settings.js').Device} Device
 * @typedef {object} Control
 * @property {HTMLElement} element what stands in the page
 * @property {HTMLElement[]} inputs that can be focused
 * @property {() => any} get
 * @property {(value: any) => void} set
 * @property {(values: readonly any[]) => void} [offer] more values to choose from
 * @property {() => string} [wrong] what of it makes no sense; empty when all does
 */
import { text } from '../lib/i18n.js';
import { DEFAULT_DEVICE } from '../lib/settings.js';
import { toSites, wrongLine } from './site-list.js';

/** @type {{[kind in Row['kind']]: (row: Row) => Control}} */
export const CONTROLS = { choice, select, check, line, words, sites, device };

/** @param {Row} row @returns {Control} */
function choice({ name, choices = {} }) {
  const element = div('segments');
  const inputs = Object.entries(choices).map(([value, label]) => {
    const radio = input({ type: 'radio', name, value });
    element.append(labelled(radio, label));
    return radio;
  });
  return {
    element,
    inputs,
    get: () => inputs.find(({ checked }) => checked)?.value,
    set: (value) => inputs.forEach((radio) => (radio.checked = radio.value === value)),
  };
}

/** @param {Row} row @returns {Control} */
function select({ name, choices = {}, offered }) {
  const element = document.createElement('select');
  element.id = name;
  const fixed = Object.entries(choices).map(([value, label]) => new Option(text(label), value));
  // Those that count something are in the order of the table, which an object does not keep for numbers.
  if (!offered) fixed.sort((one, other) => (Number(one.value) || Infinity) - (Number(other.value) || Infinity));
  element.append(...fixed);
  const add = (/** @type {string} */ value) => {
    if (![...element.options].some((option) => option.value === value)) element.add(new Option(nameOf(offered, value), value));
  };
  return {
    element,
    inputs: [element],
    get: () => element.value,
    set: (value) => {
      // One that was set by hand may be one that we do not know.
      add(value);
      element.value = value;
    },
    offer: (values) => values.forEach(add),
  };
}

/** @param {Row} row @returns {Control} */
function check({ name, check: words = '' }) {
  const box = input({ type: 'checkbox', id: name });
  const element = labelled(box, words);
  element.className = 'choice';
  return { element, inputs: [box], get: () => box.checked, set: (value) => (box.checked = value) };
}

/** @param {Row} row @returns {Control} */
function line({ name, longest = 100 }) {
  const element = div('');
  const typed = input({ id: name, maxLength: longest, autocomplete: 'off', spellcheck: false });
  const list = document.createElement('datalist');
  list.id = `${name}-offered`;
  typed.setAttribute('list', list.id);
  element.append(typed, list);
  return {
    element,
    inputs: [typed],
    get: () => typed.value.trim(),
    set: (value) => (typed.value = value),
    offer: (values) => list.replaceChildren(...values.map((value) => new Option(value, value))),
  };
}

/** @param {Row} row @returns {Control} */
function words({ name, longest = 100, lines = 3 }) {
  const element = Object.assign(document.createElement('textarea'), { id: name, rows: lines, maxLength: longest });
  return { element, inputs: [element], get: () => element.value.trim(), set: (value) => (element.value = value) };
}

/** @param {Row} row @returns {Control} */
function sites(row) {
  const { element, inputs } = words(row);
  const area = /** @type {HTMLTextAreaElement} */ (element);
  area.spellcheck = false;
  area.setAttribute('autocapitalize', 'off');
  return {
    element,
    inputs,
    get: () => toSites(area.value),
    set: (value) => (area.value = value.join('\n')),
    wrong: () => {
      const line = wrongLine(area.value);
      return line && text('options_not_a_site', line);
    },
  };
}

/** @param {Row} row @returns {Control} */
function device({ name }) {
  const element = Object.assign(document.createElement('select'), { id: name });
  /** @type {readonly Device[]} */
  let there = [];
  /** @type {Device} */
  let chosen = DEFAULT_DEVICE;
  const show = (shown = chosen.id) => {
    const gone = [DEFAULT_DEVICE, ...there].every(({ id }) => id !== chosen.id);
    const [first, ...others] = [DEFAULT_DEVICE, ...there].map((each) => new Option(deviceName(each), each.id));
    const away = gone ? [new Option(text('options_device_gone', deviceName(chosen)), chosen.id)] : [];
    element.replaceChildren(first, ...away, ...others);
    element.value = shown;
  };
  show();
  return {
    element,
    inputs: [element],
    get: () => (element.value === chosen.id ? chosen : (there.find(({ id }) => id === element.value) ?? DEFAULT_DEVICE)),
    set: (value) => {
      chosen = value;
      show();
    },
    offer: (devices) => {
      there = devices;
      show(element.value);
    },
  };
}

/** @param {any} device @returns {string} as a person would call it */
export function deviceName({ id, label }) {
  return id === '' ? text('options_device_default') : label || text('options_device_unnamed');
}

/** @param {Row['offered']} offered @param {string} value */
function nameOf(offered, value) {
  if (offered !== 'languages') return value;
  const [here, there] = [text('locale_tag'), value].map((tag) => languageName(value, tag));
  return here === there ? here : `${here} (${there})`;
}

/** @param {string} language @param {string} among the tag of the language that it is named in */
function languageName(language, among) {
  try {
    return new Intl.DisplayNames([among], { type: 'language' }).of(language) ?? language;
  } catch {
    return language; // It is no tag.
  }
}

/** @param {object} properties @returns {HTMLInputElement} */
function input(properties) {
  return Object.assign(document.createElement('input'), properties);
}

/** @param {HTMLInputElement} box @param {string} words key of what stands beside it */
function labelled(box, words) {
  const [label, beside] = [document.createElement('label'), document.createElement('span')];
  beside.textContent = text(words);
  label.append(box, beside);
  return label;
}

/** @param {string} names classes */
function div(names) {
  const made = document.createElement('div');
  made.className = names;
  return made;
}
