/** A list of sites as a text area: one on each line, as patterns of `blocklist.js`. */

import { toPattern, toPatterns } from '../lib/blocklist.js';
import { text } from '../lib/i18n.js';

/** Of what was typed, so much is repeated. */
const MAX_QUOTE = 60;

/** @param {string} typed @returns {string} the first line that is no site; empty when all are */
export function wrongLine(typed) {
  return lines(typed).find((line) => toPattern(line) === null)?.slice(0, MAX_QUOTE) ?? '';
}

/** @param {string} typed @returns {string[]} patterns */
export function toSites(typed) {
  return toPatterns(lines(typed));
}

export class SiteList {
  #area;

  /** @param {HTMLTextAreaElement} area */
  constructor(area) {
    this.#area = area;
    area.addEventListener('input', () => area.setCustomValidity(''));
  }

  /** @returns {boolean} whether every line is a site; otherwise the person is shown which is not */
  check() {
    const wrong = wrongLine(this.#area.value);
    this.#area.setCustomValidity(wrong && text('options_not_a_site', wrong));
    return this.#area.reportValidity();
  }

  get sites() {
    return toSites(this.#area.value);
  }

  /** @param {readonly string[]} sites */
  show(sites) {
    this.#area.value = sites.join('\n');
  }
}

/** @param {string} typed */
function lines(typed) {
  return typed.split('\n').map((line) => line.trim()).filter((line) => line !== '');
}
