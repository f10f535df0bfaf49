/**
 * The models to choose from, as the service lists them now, and a line on whose list that is. The page is used meanwhile: the service
 * may take seconds, and any name can be typed.
 */
import { explain } from '../lib/failures.js';
import { text } from '../lib/i18n.js';
import { request } from '../lib/messages.js';

/** By whose list it is, where nothing went wrong. @type {{[origin: string]: string}} */
const WORDS = { service: 'options_models_service', practice: 'options_models_practice', known: 'options_models_vertex' };
const MOST = 100;

export class ModelOffer {
  element = document.createElement('p');
  #field;

  /** @param {import('./field.js').Field} field of the model */
  constructor(field) {
    this.#field = field;
    this.element.className = 'quiet';
    this.element.setAttribute('role', 'status');
  }

  async show() {
    try {
      const { models, origin, code } = await request('background', 'list-models');
      const names = Array.isArray(models?.list) ? models.list : [];
      this.#field.offer(names.filter((/** @type {unknown} */ name) => typeof name === 'string').slice(0, MOST));
      this.#tell(code ? text('options_models_away', text(explain(code).what)) : text(WORDS[origin] ?? WORDS.known));
    } catch {
      // The page says elsewhere that the host is away; what can be chosen is what it offered before.
      this.#tell('');
    }
  }

  /** @param {string} words */
  #tell(words) {
    if (this.element.textContent !== words) this.element.textContent = words;
  }
}
