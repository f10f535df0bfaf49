/**
 * Reads and writes the settings at their owners: this browser, or the host behind the service worker. Each write is of its own
 * names alone, so that two of these pages do not undo each other's changes.
 *
 * @typedef {import('./settings-table.js').Row} Row
 * @typedef {import('./settings-table.js').Values} Values
 * @typedef {{models: string[], voices: string[], languages: string[]}} Offers
 */
import { readManaged } from '../lib/managed.js';
import { request } from '../lib/messages.js';
import { changeSettings, readSettings } from '../lib/settings.js';
import { ROWS } from './settings-table.js';

/** @returns {Promise<{values: Values, managed: string[]}>} of this browser, and what an organisation decided, in both homes */
export async function readBrowser() {
  const [settings, managed] = await Promise.all([readSettings(), readManaged()]);
  return { values: rowsOf('browser', settings), managed: Object.keys(managed) };
}

/** @returns {Promise<{values: Values, offers: Offers}>} @throws {import('../lib/messages.js').CodedError} */
export async function readHost() {
  return fromHost(await request('background', 'get-settings'));
}

/**
 * The host first: it may refuse, and then nothing is changed.
 * @param {Values} change
 * @returns {Promise<Values>} what holds now, of the homes that were written to
 * @throws {import('../lib/messages.js').CodedError}
 */
export async function write(change) {
  const [forHost, forBrowser] = [rowsOf('host', change), rowsOf('browser', change)];
  const held = Object.keys(forHost).length > 0 ? fromHost(await request('background', 'change-settings', { settings: toHost(forHost) })).values : {};
  if (Object.keys(forBrowser).length === 0) return held;
  return { ...held, ...rowsOf('browser', await changeSettings(forBrowser)) };
}

/** An empty text gives the host's default back. @param {Values} values */
export function toHost(values) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.trim() || null]));
}

/** @param {any} told by the host @returns {{values: Values, offers: Offers}} */
export function fromHost(told) {
  const { settings, offers } = told ?? {};
  const values = Object.entries(rowsOf('host', settings ?? {})).filter(([, value]) => typeof value === 'string');
  const list = (/** @type {unknown} */ some) => (Array.isArray(some) ? some.filter((each) => typeof each === 'string') : []);
  return {
    values: Object.fromEntries(values),
    offers: { models: list(offers?.models), voices: list(offers?.voices), languages: list(offers?.languages) },
  };
}

/** @param {Row['home']} home @param {object} values @returns {Values} those of that home */
function rowsOf(home, values) {
  const names = ROWS.filter((row) => row.home === home).map(({ name }) => name);
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
}
