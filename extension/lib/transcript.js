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
/** So many turns of either side back, what is said again is known. */
const MAX_REMEMBERED = 20;
/** How much of it is told to a session that does not know it. */
export const HISTORY_TURNS = 40;
export const HISTORY_CHARACTERS = 6000;

/** The rest of a word in a script that has spaces between words. */
const REST_OF_WORD = /^(?:(?![\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}])[\p{L}\p{M}\p{N}'’-]){0,40}[\p{P}]{0,3}/u;

export class Transcript {
  #nextId = 1;
  /** @type {Entry[]} */
  #entries = [];
  /** The newest spoken entry of each role; it grows until it is final. @type {Map<string, {entry: Entry, turn: number}>} */
  #newest = new Map();
  /** Answers up to this turn were interrupted: text of them that comes late was never heard. */
  #cutTurn = -1;
  /** Spoken entries, by role and turn: what the host may say again. @type {Map<string, Entry[]>} */
  #spoken = new Map();
  /** What belongs to these may be said again. @type {Set<string>} */
  #repeated = new Set();
  /** A question that is told again from its beginning: its words come again too. @type {Entry|null} */
  #retold = null;

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
    if (this.#isKnown(role, turn, text)) return [];
    const closed = this.#close(role);
    if (text.trim() === '') return closed;
    const entry = (role === 'user' && this.#takeRetold()) || this.#append({ role });
    this.#retold = null;
    this.#newest.set(role, { entry, turn });
    this.#remember(role, turn, entry);
    return [...closed, ...this.#grow(entry, text.trimStart(), finished)];
  }

  /** The answer of this turn was interrupted. @param {number} turn @returns {Entry[]} */
  cut(turn) {
    this.#cutTurn = Math.max(this.#cutTurn, turn);
    const entry = this.#answer(turn).at(-1);
    if (!entry || entry.cut) return [];
    entry.cut = true;
    entry.final = true;
    return [{ ...entry }];
  }

  /**
   * So much of the answer of this turn was heard. Nobody tells which word is where in the sound; words and sound are taken to
   * go on at the same pace.
   * @param {number} turn
   * @param {number} share of its sound so far, 0..1
   * @returns {Entry[]}
   */
  follow(turn, share) {
    const entries = this.#answer(turn);
    let left = share * entries.reduce((sum, { text }) => sum + text.length, 0);
    return entries.flatMap((entry) => {
      const heard = endOfWord(entry.text, Math.ceil(left));
      left -= entry.text.length;
      return this.#hearUpTo(entry, heard);
    });
  }

  /** Nothing more will be said in this turn. @param {number} turn @returns {Entry[]} */
  complete(turn) {
    return [...this.#newest].flatMap(([role, newest]) => (newest.turn <= turn ? this.#close(role) : []));
  }

  /** The question that was not answered yet is told to another session, whose words for it take the place of the old. */
  retell() {
    const last = this.#entries.findLast(({ role, typed }) => role !== 'note' && !typed);
    this.#retold = last?.role === 'user' ? last : null;
  }

  /** The host does not know what arrived: of the turns so far it may say again what it said. */
  repeat() {
    this.#repeated = new Set(this.#spoken.keys());
  }

  /**
   * What was said last, oldest first, without remarks of ours and what was cut off before it was heard.
   * @param {ReadonlySet<number>} [without] ids of entries
   * @returns {{role: string, text: string}[]}
   */
  history(without = new Set()) {
    /** @type {{role: string, text: string}[]} */
    const turns = [];
    let room = HISTORY_CHARACTERS;
    for (const { id, role, text: words, cut, heard } of this.#entries.toReversed()) {
      if (room <= 0 || turns.length === HISTORY_TURNS) break;
      const text = cut ? words.slice(0, heard) : words;
      if (role === 'note' || without.has(id) || text === '') continue;
      turns.unshift({ role, text: text.slice(-room).toWellFormed() });
      room -= text.length;
    }
    return turns;
  }

  /** Turn numbers begin anew, as they do with a new host. @returns {Entry[]} */
  renumber() {
    const closed = [...this.#newest.keys()].flatMap((role) => this.#close(role));
    this.#newest.clear();
    this.#spoken.clear();
    this.#repeated.clear();
    this.#cutTurn = -1;
    return closed;
  }

  /** A typed question. @param {string} text @returns {Entry[]} */
  ask(text) {
    return [{ ...this.#append({ role: 'user', text, final: true, typed: true }) }];
  }

  /**
   * A remark of ours; one that says the same again, only of more, takes the place of the one before.
   * @param {string} key of `_locales`
   * @param {number} [amount] what its text counts
   * @returns {Entry[]}
   */
  note(key, amount) {
    const last = this.#entries.at(-1);
    if (amount === undefined) return [{ ...this.#append({ role: 'note', text: key, final: true }) }];
    if (last?.amount === undefined || last.text !== key) return [{ ...this.#append({ role: 'note', text: key, final: true, amount }) }];
    last.amount += amount;
    return [{ ...last }];
  }

  /** What is known of the answer of this turn. @param {number} turn @returns {Entry[]} */
  #answer(turn) {
    return this.#spoken.get(`model ${turn}`) ?? [];
  }

  /** @param {Entry} entry @param {number} heard characters @returns {Entry[]} */
  #hearUpTo(entry, heard) {
    const isWhole = heard >= entry.text.length;
    if (isWhole ? entry.heard === undefined : entry.heard === heard) return [];
    if (isWhole) delete entry.heard;
    else entry.heard = heard;
    return [{ ...entry }];
  }

  /** @param {Entry} entry @param {string} text @param {boolean} finished @returns {Entry[]} */
  #grow(entry, text, finished) {
    entry.text = (entry.text + text).slice(0, MAX_ENTRY_CHARACTERS);
    entry.final = finished;
    return [{ ...entry }];
  }

  #takeRetold() {
    if (this.#retold) this.#retold.text = '';
    return this.#retold;
  }

  /** Said before, in a turn that the host may say again. @param {string} role @param {number} turn @param {string} text */
  #isKnown(role, turn, text) {
    const name = `${role} ${turn}`;
    return this.#repeated.has(name) && this.#spoken.get(name)?.some((entry) => entry.text.includes(text.trim()));
  }

  /** @param {string} role @param {number} turn @param {Entry} entry */
  #remember(role, turn, entry) {
    const name = `${role} ${turn}`;
    this.#spoken.set(name, [...(this.#spoken.get(name) ?? []), entry]);
    const [oldest] = this.#spoken.keys();
    if (this.#spoken.size > MAX_REMEMBERED) this.#spoken.delete(oldest);
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

/** The word that is being said counts as heard. @param {string} text @param {number} place @returns {number} of the end of its word */
function endOfWord(text, place) {
  if (place <= 0) return 0;
  const begin = (text.codePointAt(place - 1) ?? 0) > 0xffff ? place + 1 : place;
  const [rest] = REST_OF_WORD.exec(text.slice(begin, begin + 80)) ?? [''];
  return Math.min(text.length, begin + rest.length);
}
