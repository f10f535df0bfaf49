/**
 * The panel at work: takes what the offscreen document and the service worker say into the model, renders it, and turns
 * what the person does into requests. Keeps nothing: closing the panel loses nothing.
 *
 * @typedef {import('./presentation.js').Model} Model
 * @typedef {import('../lib/status.js').SourceKind} SourceKind
 */
import { text } from '../lib/i18n.js';
import { CodedError, request } from '../lib/messages.js';
import { changeSettings, readSettings } from '../lib/settings.js';
import { merge } from './entries.js';
import { PanelLink } from './panel-link.js';
import { UNNOTICED_MS, emptyModel, present, readStatus } from './presentation.js';
import { render, renderLevels } from './view.js';

/** The offscreen document going again and again is a fault of ours, not something to retry for ever. */
const MOST_REOPENINGS = 3;

export class Panel {
  /** @type {Model} */
  model = emptyModel();
  #link = new PanelLink((message) => this.#take(message), () => void this.#lost());
  #reopenings = 0;
  /** @type {(value?: unknown) => void} */
  #onKnown = () => {};
  /** Settles when it is known what goes on, or that it will not be. */
  #known = new Promise((resolve) => {
    this.#onKnown = resolve;
  });
  /** Settles when whatever was chosen so far is taken. @type {Promise<unknown>} */
  #taken = Promise.resolve();
  /** Until what is shown has to show more time gone. @type {ReturnType<typeof setTimeout>|undefined} */
  #tick;

  /** @param {Document} page of popup.html */
  constructor(page) {
    this.page = page;
  }

  async open() {
    this.#taken = readSettings().then((settings) => this.#change({ settings }));
    await this.#taken;
    await this.#openPanel();
  }

  /** Begins with what was chosen, though that was a moment ago and is still on its way. */
  async begin() {
    await this.#taken;
    await this.start(this.model.settings.source);
  }

  /** @param {SourceKind} source starts with it, or moves a running conversation to it */
  async start(source) {
    this.#change({ asked: source, failure: null, dismissed: '' });
    try {
      await request('background', 'start', { source });
      this.#reopenings = 0;
      this.#link.connect();
    } catch (error) {
      this.#change({ asked: null, failure: failureOf(error) });
    }
  }

  /** @param {SourceKind} source */
  choose(source) {
    return this.#settle(this.#choose(source));
  }

  /** @param {'voice'|'text'} reply */
  reply(reply) {
    return this.#settle(this.#reply(reply));
  }

  /** @param {boolean} wanted Gemini is to hear the tab that is shared, in a running conversation from now on */
  hearTab(wanted) {
    return this.#settle(changeSettings({ tabSound: wanted }).then((settings) => this.#change({ settings })));
  }

  /** @param {SourceKind} source */
  async #choose(source) {
    // In a panel that has just opened, too, it is the conversation's source that is chosen where there is one.
    await this.#known;
    if (present(this.model).active) await this.start(source);
    else this.#change({ settings: await changeSettings({ source }) });
  }

  /** @param {'voice'|'text'} reply */
  async #reply(reply) {
    await this.#known;
    this.#link.send('reply', { reply });
    this.#change({ settings: await changeSettings({ reply }) });
  }

  end() {
    this.#link.send('end');
  }

  wake() {
    this.#link.send('wake');
  }

  /** @param {boolean} held @param {number} moment since when, in ms since the Unix epoch */
  hold(held, moment) {
    this.#link.send(held ? 'press' : 'release', { moment });
  }

  /** A press in the panel, or elsewhere, is heard. */
  get isHeld() {
    return readStatus(this.model.status).held;
  }

  toggleMute() {
    this.#link.send('mute', { muted: !readStatus(this.model.status).muted });
  }

  /** A conversation goes on without a microphone, muted; unmuting looks for one again. */
  retryMicrophone() {
    if (present(this.model).active) this.#link.send('mute', { muted: false });
    else void this.begin();
  }

  togglePause() {
    this.#link.send('pause', { paused: !readStatus(this.model.status).paused });
  }

  /**
   * @param {string} text
   * @returns {boolean} whether it went off
   */
  ask(text) {
    return text.trim() !== '' && present(this.model).ask.sends && this.#link.send('ask', { text: text.trim() });
  }

  /** The question is the button's own words, in the language that the person reads. */
  askJustSaid() {
    this.#link.send('just-said', { text: text('just_said_question') });
  }

  dismiss() {
    this.#change({ dismissed: present(this.model).failure?.name ?? '' });
  }

  enlarge() {
    this.#change({ enlarged: !this.model.enlarged, shown: '' });
  }

  /** Begins to point, or leaves it. The panel closes meanwhile: it would lie over the page, and keep the keys from it. */
  async point() {
    this.#change({ failure: null, dismissed: '' });
    await request('background', 'point').catch((error) => this.#change({ failure: failureOf(error) }));
  }

  /** One of those sent before, large; again, or '', no more. @param {string} url */
  showSent(url) {
    this.#change({ shown: url === this.model.shown ? '' : url, enlarged: false });
  }

  /** @param {Promise<void>} choice */
  #settle(choice) {
    this.#taken = Promise.allSettled([this.#taken, choice]);
    return choice;
  }

  async #openPanel() {
    // A host may take its time to answer; what goes on shows meanwhile.
    const shown = request('background', 'open-document').then(() => this.#link.connect());
    shown.catch(this.#onKnown);
    const asked = request('background', 'open-panel').then(({ shortcut, hostStatus }) => {
      this.#change({ shortcut, host: hostStatus });
    });
    await Promise.all([shown, asked]).catch((error) => {
      // A conversation that was begun meanwhile says itself what it lacks.
      if (!present(this.model).active) this.#change({ failure: failureOf(error) });
    });
  }

  async #lost() {
    // With the document went its conversation.
    this.#change({ status: null, calm: null, asked: null });
    if (this.#reopenings++ < MOST_REOPENINGS) await this.#openPanel();
    else this.#change({ failure: { code: 'internal', detail: 'the offscreen document is gone' } });
  }

  /** @param {any} message of the offscreen document */
  #take(message) {
    const { type, data } = message ?? {};
    if (type === 'level') renderLevels(this.page, this.model, data);
    else if (type === 'transcript') this.#change({ entries: merge(this.model.entries, data) });
    else if (type === 'status') this.#takeStatus(data);
  }

  /** @param {unknown} data */
  #takeStatus(data) {
    this.#onKnown();
    const status = readStatus(data);
    const before = this.model.status;
    if (status.pointing && before?.pointing === false) globalThis.close();
    // What went wrong belongs to the state it went wrong in; a start that was asked for shows as a new state.
    const moved = before ? status.since !== before.since : present({ ...this.model, status, asked: null }).active;
    const calm = status.state === 'reconnecting' ? this.model.calm : status;
    this.#change({ status, calm, ...(moved ? { failure: null, asked: null } : {}) });
    renderLevels(this.page, this.model, null);
  }

  /** @param {Partial<Model>} change */
  #change(change) {
    this.model = { ...this.model, ...change, now: Date.now() };
    render(this.page, this.model);
    this.#countOn();
  }

  /** While it reconnects, the panel says for how long. */
  #countOn() {
    clearTimeout(this.#tick);
    const { status, now } = this.model;
    if (status?.state !== 'reconnecting') return;
    const gone = Math.max(0, now - status.since);
    this.#tick = setTimeout(() => this.#change({}), gone < UNNOTICED_MS ? UNNOTICED_MS - gone : 1000 - (gone % 1000));
  }
}

/** @param {unknown} error */
function failureOf(error) {
  const { message } = /** @type {Error} */ (error);
  return { code: error instanceof CodedError ? error.code : 'internal', detail: message };
}
