/**
 * The conversation in the panel: one element an entry, replaced in place while its text grows. Words of an answer that are
 * still to be heard are only painted otherwise: a screen reader would read out again what is written anew.
 *
 * @typedef {import('../lib/status.js').Entry} Entry
 */
import { language, text } from '../lib/i18n.js';

const AT_END_PX = 24;
/** The words still to be heard; `popup.css` has their colour. */
const UNHEARD = 'unheard';

/** @type {WeakMap<Element, Map<number, {entry: Entry, speaker: string, element: HTMLElement}>>} */
const shown = new WeakMap();

/** @param {Element} log @returns {boolean} whether its newest words are in view */
export function isAtEnd(log) {
  return log.scrollHeight - log.scrollTop - log.clientHeight <= AT_END_PX;
}

/** @param {Element} log */
export function scrollToEnd(log) {
  log.scrollTop = log.scrollHeight;
}

/**
 * @param {Element} log
 * @param {Entry[]} entries all of them, in order
 * @param {string} speaker name of who answers
 */
export function renderLog(log, entries, speaker) {
  const rows = shown.get(log) ?? new Map();
  shown.set(log, rows);
  const kept = new Set(entries.map((entry) => entry.id));
  for (const [id, row] of rows) {
    if (kept.has(id)) continue;
    row.element.remove();
    rows.delete(id);
  }
  /** @type {Element|null} */
  let before = null;
  for (const entry of entries) {
    const row = rows.get(entry.id) ?? { element: document.createElement('div') };
    if (row.entry !== entry || row.speaker !== speaker) {
      if (!row.entry || row.speaker !== speaker || !isAlike(row.entry, entry)) renderEntry(row.element, entry, speaker);
      rows.set(entry.id, { entry, speaker, element: row.element });
    }
    const place = before ? before.nextElementSibling : log.firstElementChild;
    if (place !== row.element) log.insertBefore(row.element, place);
    before = row.element;
  }
  CSS.highlights.set(UNHEARD, new Highlight(...[...rows.values()].flatMap(unheard)));
}

/** Whether they are written in the same way. @param {Entry} one @param {Entry} other */
function isAlike(one, other) {
  return !one.cut && !other.cut && one.text === other.text && one.final === other.final && one.amount === other.amount;
}

/** @param {{entry: Entry, element: HTMLElement}} row @returns {Range[]} */
function unheard({ entry, element }) {
  const words = element.querySelector('.words')?.firstChild;
  if (entry.cut || typeof entry.heard !== 'number' || !words) return [];
  const range = new Range();
  range.setStart(words, Math.max(0, Math.min(entry.heard, entry.text.length)));
  range.setEnd(words, entry.text.length);
  return [range];
}

/**
 * @param {HTMLElement} element
 * @param {Entry} entry
 * @param {string} speaker
 */
function renderEntry(element, { role, text: words, final, typed, cut, heard, amount }, speaker) {
  element.className = `entry ${role}`;
  element.classList.toggle('streaming', !final && role !== 'note');
  // Read out once it is whole, not at every word.
  element.setAttribute('aria-busy', String(!final));
  if (role === 'note') {
    element.replaceChildren(part('words', noteText(words, amount)));
    return;
  }
  const lost = cut && typeof heard === 'number' ? words.slice(heard).trim() : '';
  const parts = [part('speaker', `${role === 'user' ? text('speaker_user') : speaker}: `)];
  parts.push(part('words', lost ? words.slice(0, heard).trim() : words));
  if (typed) parts.push(part('mark', text('entry_typed')));
  if (cut) parts.push(part('mark', text(lost ? 'entry_unheard' : 'entry_cut')));
  if (lost) parts.push(part('unheard', ` ${lost}`));
  element.replaceChildren(...parts);
}

/** @param {string} key of `_locales` @param {unknown} amount what it counts, if it counts something */
function noteText(key, amount) {
  if (typeof amount !== 'number' || !Number.isFinite(amount)) return text(key);
  const number = new Intl.NumberFormat(language()).format(amount);
  return text(amount === 1 ? `${key}_one` : key, number);
}

/** @param {string} name @param {string} content */
function part(name, content) {
  const element = document.createElement('span');
  element.className = name;
  if (name === 'words' || name === 'unheard') element.dir = 'auto';
  element.textContent = content;
  return element;
}
