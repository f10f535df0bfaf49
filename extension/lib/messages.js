/**
 * Requests between the extension's own pages. Every context hears every `runtime` message, so each carries its target.
 * @typedef {'background'|'offscreen'} Target
 * @typedef {{[type: string]: (data: any, sender: chrome.runtime.MessageSender) => unknown}} Handlers
 */

/** An error that crossed contexts: `code` is one of ERROR_CODES. */
export class CodedError extends Error {
  /** @param {string} code @param {string} [detail] */
  constructor(code, detail = '') {
    super(detail || code);
    this.code = code;
  }
}

/** @param {unknown} error */
export function codedOf(error) {
  return error instanceof CodedError ? error : new CodedError('internal', String(error));
}

/**
 * @param {Target} target
 * @param {string} type
 * @param {object} [data]
 * @returns {Promise<any>} what the handler returned
 * @throws {CodedError}
 */
export async function request(target, type, data = {}) {
  const answer = await chrome.runtime.sendMessage({ target, type, data });
  if (!answer) throw new CodedError('internal', `${target} does not answer ${type}`);
  if (!answer.ok) throw new CodedError(answer.code, answer.detail);
  return answer.value;
}

/**
 * Answers the requests for one target. Call once, at top level, so that a woken service worker hears what woke it.
 * @param {Target} target
 * @param {Handlers} handlers
 */
export function serve(target, handlers) {
  chrome.runtime.onMessage.addListener((message, sender, reply) => {
    if (message?.target !== target || !isOurs(sender)) return false;
    const { type, data } = message;
    answer(Object.hasOwn(handlers, type) ? handlers[type] : undefined, type, data, sender).then(reply);
    return true;
  });
}

/**
 * @param {Handlers[string]|undefined} handler @param {string} type @param {any} data
 * @param {chrome.runtime.MessageSender} sender
 */
async function answer(handler, type, data, sender) {
  try {
    if (!handler) throw new CodedError('internal', `no handler for ${type}`);
    return { ok: true, value: await handler(data, sender) };
  } catch (error) {
    const coded = error instanceof CodedError;
    if (!coded) console.error(type, error);
    return { ok: false, code: coded ? error.code : 'internal', detail: String(/** @type {Error} */ (error)?.message ?? '') };
  }
}

/**
 * A page of this extension, not a content script and not another extension.
 * @param {chrome.runtime.MessageSender} sender
 */
export function isOurs(sender) {
  const own = chrome.runtime.getURL('');
  return sender.id === chrome.runtime.id && (sender.url === undefined || sender.url.startsWith(own));
}
