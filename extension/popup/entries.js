/**
 * The conversation as the panel keeps it: bounded, in order of id, pure.
 *
 * @typedef {import('../lib/status.js').Entry} Entry
 */

/** Older entries leave the panel; the offscreen document owns the transcript. */
export const MOST_ENTRIES = 500;

const ROLES = ['user', 'model', 'note'];

/**
 * @param {Entry[]} entries what the panel has, in order of id
 * @param {unknown} update `{reset, entries}`: entries to add, or to replace by id
 * @returns {Entry[]} a new list; an entry that did not change is the same object
 */
export function merge(entries, update) {
  const { reset, entries: news } = /** @type {any} */ (update ?? {});
  const byId = new Map(reset ? [] : entries.map((entry) => [entry.id, entry]));
  for (const entry of Array.isArray(news) ? news : []) {
    if (isEntry(entry)) byId.set(entry.id, entry);
  }
  return [...byId.values()].sort((one, other) => one.id - other.id).slice(-MOST_ENTRIES);
}

/** @param {any} value @returns {value is Entry} */
function isEntry(value) {
  return Number.isFinite(value?.id) && ROLES.includes(value.role) && typeof value.text === 'string';
}
