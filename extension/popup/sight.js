/**
 * The picture Gemini was sent last, with its size and time, or words for why there is none.
 *
 * @typedef {import('./presentation.js').Presentation} Presentation
 * @typedef {import('../lib/status.js').Picture} Picture
 */
import { language, text } from '../lib/i18n.js';

/**
 * @param {Picture} picture
 * @param {string} locale BCP 47
 * @returns {{size: string, time: string}} such as "1440 × 900 · 84 kB" and "10:42:07"
 */
export function caption({ width, height, bytes, time }, locale) {
  const kilobytes = new Intl.NumberFormat(locale, { style: 'unit', unit: 'kilobyte', maximumFractionDigits: 0 });
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' });
  return { size: `${width} × ${height} · ${kilobytes.format(Math.ceil(bytes / 1000))}`, time: clock.format(time) };
}

/**
 * @param {HTMLElement} figure
 * @param {Presentation['sight']} sight
 */
export function renderSight(figure, sight) {
  figure.hidden = !sight;
  if (!sight) return;
  const image = /** @type {HTMLImageElement} */ (figure.querySelector('img'));
  const enlarge = /** @type {HTMLElement} */ (figure.querySelector('[data-action=enlarge]'));
  const { picture, placeholder, stale, enlarged } = sight;
  figure.classList.toggle('enlarged', enlarged && picture !== null);
  figure.classList.toggle('stale', stale);
  image.hidden = !picture;
  enlarge.hidden = !picture;
  enlarge.setAttribute('aria-expanded', String(enlarged));
  enlarge.setAttribute('aria-label', text(enlarged ? 'sight_shrink' : 'sight_enlarge'));
  if (picture && image.src !== picture.url) image.src = picture.url;
  if (!picture) image.removeAttribute('src');
  setText(figure.querySelector('.frame-missing'), picture ? '' : text(placeholder));
  const { size, time } = picture ? caption(picture, language()) : { size: '', time: '' };
  setText(figure.querySelector('.sight-size'), size);
  setText(figure.querySelector('.sight-time'), time);
}

/** @param {Element|null} element @param {string} words */
function setText(element, words) {
  if (element && element.textContent !== words) element.textContent = words;
}
