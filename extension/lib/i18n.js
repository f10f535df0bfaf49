/**
 * Texts in the person's language, from `_locales`. A page carries its texts as attributes: `data-i18n="key"` for the
 * content of an element, `data-i18n-<attribute>="key"` for an attribute; `localize` fills them in once.
 */

/** @typedef {{message: string, placeholders?: {[name: string]: {content: string}}}} Message as in `messages.json` */

/** The folders of `_locales`. */
export const LOCALES = ['en', 'zh_CN'];
const CONTENT = 'data-i18n';
const ATTRIBUTE_PREFIX = 'data-i18n-';
/** Stands where a node will go while a message is put together; no message contains it. */
const MARK = '\u{e000}';

/** The messages as we read them ourselves; null while the browser has them. @type {{[key: string]: Message}|null} */
let own = null;

/**
 * Call once, before the first text. A renderer that asks for an extension's messages while the browser is still loading
 * the extension is told that there are none, and believes it for the rest of its life (Chromium 156, seen in 2 of 12
 * first starts); so where it has none, they are read from the files.
 */
export async function loadTexts() {
  if (own || chrome.i18n.getMessage('locale_tag')) return;
  const locale = localeFor(chrome.i18n.getUILanguage());
  const file = await fetch(chrome.runtime.getURL(`_locales/${locale}/messages.json`));
  own = await file.json();
}

/** The folder of `_locales` for a language, as the browser chooses it. @param {string} language BCP 47 */
export function localeFor(language) {
  const [base, region] = language.split('-');
  return [`${base}_${region}`, base].find((locale) => LOCALES.includes(locale)) ?? 'en';
}

/**
 * A message with its placeholders filled, as `chrome.i18n.getMessage` would.
 * @param {Message|undefined} message
 * @param {string[]} parts
 */
export function fillMessage(message, parts) {
  if (!message) return '';
  return message.message.replace(/\$(\w+)\$/g, (_whole, name) => {
    const content = message.placeholders?.[name.toLowerCase()]?.content ?? '';
    return content.replace(/\$(\d)/g, (_number, digit) => parts[Number(digit) - 1] ?? '');
  });
}

/**
 * @param {string} key of `_locales`
 * @param {...string} parts for the message's placeholders, in order
 * @returns {string} the key itself where there is no such message, so that a gap is seen and not blank
 */
export function text(key, ...parts) {
  return (own ? fillMessage(own[key], parts) : chrome.i18n.getMessage(key, parts)) || key;
}

/** @returns {string} BCP 47 tag of the language the texts are in, which need not be the browser's */
export function language() {
  return text('locale_tag');
}

/**
 * Puts a message into an element, with nodes (a `<kbd>`, say) where its placeholders are.
 * @param {Element} element
 * @param {string} key
 * @param {...(string|Node)} parts
 */
export function fill(element, key, ...parts) {
  const message = text(key, ...parts.map((_, index) => `${MARK}${index}${MARK}`));
  const pieces = message.split(MARK).map((piece, index) => (index % 2 ? (parts[Number(piece)] ?? '') : piece));
  element.replaceChildren(...pieces);
}

/**
 * Fills in every text below `root` and tells the document its language.
 * @param {Document} root
 */
export function localize(root) {
  root.documentElement.lang = language();
  for (const element of root.querySelectorAll('*')) {
    for (const { name, value } of [...element.attributes]) {
      if (name === CONTENT) element.textContent = text(value);
      else if (name.startsWith(ATTRIBUTE_PREFIX)) {
        element.setAttribute(name.slice(ATTRIBUTE_PREFIX.length), text(value));
      }
    }
  }
}
