/**
 * Settings as a file, to take to another computer: pure. What is read may be anything; what does not fit is named and left
 * out. The key is no setting, and whatever is called one is unknown here.
 *
 * @typedef {import('./settings-table.js').Row} Row
 * @typedef {import('./settings-table.js').Values} Values
 * @typedef {object} Import
 * @property {{row: Row, from: unknown, to: unknown}[]} changes what would be another than now
 * @property {string[]} unknown names that this version does not know
 * @property {string[]} wrong names whose value makes no sense
 * @property {string[]} decided names that an organisation has decided
 */
import { toPatterns } from '../lib/blocklist.js';
import { fits, ROWS, same } from './settings-table.js';

export const FILE_NAME = 'tabtalk-settings.json';
export const MAX_FILE_BYTES = 512 * 1024;
const CARRIED = ROWS.filter(({ ofComputer }) => !ofComputer);
const FORMAT = 'tabtalk-settings';
const VERSION = 1;
const MAX_NAMES = 200;
const MAX_NAME = 40;

/** @param {Values} values @returns {string} */
export function toFile(values) {
  const settings = Object.fromEntries(CARRIED.filter(({ name }) => name in values).map(({ name }) => [name, values[name]]));
  return `${JSON.stringify({ format: FORMAT, version: VERSION, settings }, null, 2)}\n`;
}

/**
 * @param {string} content of the file
 * @param {Values} now what holds
 * @param {readonly string[]} managed names that an organisation has decided
 * @returns {Import|null} null: this is no file of ours, or one of a version to come
 */
export function readFile(content, now, managed) {
  const settings = settingsIn(content);
  if (!settings) return null;
  /** @type {Import} */
  const found = { changes: [], unknown: [], wrong: [], decided: [] };
  for (const [name, value] of settings) {
    const row = CARRIED.find((each) => each.name === name);
    if (!row) found.unknown.push(name.slice(0, MAX_NAME));
    else if (managed.includes(name)) found.decided.push(name);
    else if (!fits(row, value)) found.wrong.push(name);
    else {
      const to = row.kind === 'sites' ? toPatterns(value) : value;
      if (name in now && !same(now[name], to)) found.changes.push({ row, from: now[name], to });
    }
  }
  return found;
}

/** @param {string} content @returns {[string, unknown][]|null} */
function settingsIn(content) {
  /** @type {any} */
  let file;
  try {
    file = JSON.parse(content);
  } catch {
    return null;
  }
  const ours = file?.format === FORMAT && Number.isInteger(file.version) && file.version >= 1 && file.version <= VERSION;
  if (!ours || typeof file.settings !== 'object' || file.settings === null || Array.isArray(file.settings)) return null;
  const names = Object.entries(file.settings);
  return names.length <= MAX_NAMES ? names : null;
}
