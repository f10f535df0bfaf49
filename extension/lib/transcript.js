/**
 * The conversation as text: pieces of speech merged into entries, typed questions, remarks of ours. Pure; lives in memory
 * only and ends with the offscreen document. Each method returns copies of the entries it added or changed.
 *
 * @typedef {import('./status.js').Entry} Entry
 * @typedef {{role: string, text: string, finished: boolean, turn: number}} Piece
 */

/** The oldest entries go beyond this; hours of talk fit. */
export const MAX_ENTRIES = 2000;
/** Longest text of one entry: a peer that never ends its turn must not fill the memory. */
export const MAX_ENTRY_CHARACTERS = 100_000;

export class Transcript {
  #nextId = 1;
  /** @type {Entry[]} */
  #entries = [];
  /** The newest spoken entry of each role; it grows until it is final. @type {Map<string, {entry: Entry, turn: number}>} */
  #newest = new Map();
  /** Answers up to this turn were interrupted: text of them that comes late was never heard. */
  #cutTurn = -1;

  /** A copy, oldest first. @returns {Entry[]} */
  get entries() {
    return this.#entries.map((entry) => ({ ...entry }));
  }

  /** Pieces of one role and turn belong together. @param {Piece} piece @returns {Entry[]} */
  add({ role, text, finished, turn }) {
    if (role !== 'user' && role !== 'model') return [];
    if (role === 'model' && turn <= this.#cutTurn) return [];
    const newest = this.#newest.get(role);
    if (newest && !newest.entry.final && newest.turn === turn) return this.#grow(newest.entry, text, finished);
    const closed = this.#close(role);
    if (text.trim() === '') return closed;
    const entry = this.#append({ role });
    this.#newest.set(role, { entry, turn });
    return [...closed, ...this.#grow(entry, text.trimStart(), finished)];
  }

  /** The answer of this turn was interrupted. @param {number} turn @returns {Entry[]} */
  cut(turn) {
    this.#cutTurn = Math.max(this.#cutTurn, turn);
    const newest = this.#newest.get('model');
    if (!newest || newest.turn !== turn || newest.entry.cut) return [];
    newest.entry.cut = true;
    newest.entry.final = true;
    return [{ ...newest.entry }];
  }

  /** Nothing more will be said in this turn. @param {number} turn @returns {Entry[]} */
  complete(turn) {
    return [...this.#newest].flatMap(([role, newest]) => (newest.turn <= turn ? this.#close(role) : []));
  }

  /** Turn numbers begin anew, as they do with a new host. @returns {Entry[]} */
  renumber() {
    const closed = [...this.#newest.keys()].flatMap((role) => this.#close(role));
    this.#newest.clear();
    this.#cutTurn = -1;
    return closed;
  }

  /** A typed question. @param {string} text @returns {Entry[]} */
  ask(text) {
    return [{ ...this.#append({ role: 'user', text, final: true, typed: true }) }];
  }

  /** @param {string} key of `_locales` @returns {Entry[]} */
  note(key) {
    return [{ ...this.#append({ role: 'note', text: key, final: true }) }];
  }

  /** @param {Entry} entry @param {string} text @param {boolean} finished @returns {Entry[]} */
  #grow(entry, text, finished) {
    entry.text = (entry.text + text).slice(0, MAX_ENTRY_CHARACTERS);
    entry.final = finished;
    return [{ ...entry }];
  }

  /** @param {string} role @returns {Entry[]} */
  #close(role) {
    const entry = this.#newest.get(role)?.entry;
    if (!entry || entry.final) return [];
    entry.final = true;
    return [{ ...entry }];
  }

  /** @param {Partial<Entry> & {role: Entry['role']}} part @returns {Entry} */
  #append(part) {
    const entry = { id: this.#nextId++, text: '', final: false, typed: false, cut: false, ...part };
    this.#entries.push(entry);
    if (this.#entries.length > MAX_ENTRIES) this.#entries.shift();
    return entry;
  }
}
