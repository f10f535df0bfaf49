/**
 * Walks the links from the browser to Gemini in order. It starts the host where it does not run, opens the link as a
 * conversation does and closes it again, has the host dial, and opens the microphone for a moment. A conversation that runs
 * is left alone: it is the proof itself.
 *
 * @typedef {import('./table.js').Finding} Finding
 * @typedef {import('../lib/state.js').State} Conversation
 *
 * @typedef {object} World
 * @property {typeof import('../lib/messages.js').request} request
 * @property {typeof import('../offscreen/link.js').Link.open} openLink
 * @property {() => Promise<Finding>} hear what is found of the microphone
 * @property {string} version of the extension
 */
import { CodedError } from '../lib/messages.js';
import { microphonePermission } from '../lib/microphone-permission.js';
import { isRunning } from '../lib/state.js';
import { codedOf } from '../offscreen/microphone.js';
import { HOST_LINKS, canTell, failed, hostFindings, ok, readFindings, untold } from './table.js';

/**
 * @param {World} world
 * @returns {AsyncGenerator<Finding>} one for each link that could be looked at, as they are found
 */
export async function* walk(world) {
  /** @type {Finding[]} */
  const found = [];
  for await (const finding of toGemini(world, found)) {
    found.push(finding);
    yield finding;
  }
  yield await world.hear();
}

/** @param {World} world @param {readonly Finding[]} found so far */
async function* toGemini(world, found) {
  yield* hostFindings(await greeted(world), world.version);
  if (!canTell('socket', found)) return;
  /** @type {Conversation} */
  const conversation = await world.request('background', 'conversation-state').catch(() => 'idle');
  if (conversation === 'live') {
    yield* ['socket', 'token', ...HOST_LINKS].map((link) => ({ ...ok(link), said: 'link_talking' }));
    return;
  }
  if (isRunning(conversation)) yield* ['socket', 'token'].map((link) => untold(link, 'link_busy'));
  else yield* await linked(world);
  if (canTell('settings', found)) yield* await asked(world);
}

/** @param {World} world */
async function greeted({ request }) {
  try {
    return await request('background', 'check-host');
  } catch (error) {
    return { code: codeFrom(error), detail: /** @type {Error} */ (error).message };
  }
}

/** @param {World} world @returns {Promise<Finding[]>} */
async function linked({ request, openLink }) {
  try {
    const link = await openLink(await request('background', 'connect-host'), { onMessage() {}, onAudio() {}, onLost() {} });
    link.close();
    return [ok('socket'), ok('token')];
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    // Where somebody answers, the socket holds.
    const answered = codeFrom(error) === 'link-lost' && /answered/.test(message);
    return answered ? [ok('socket'), failed('token', 'link-lost', message)] : [failed('socket', codeFrom(error), message)];
  }
}

/** @param {World} world @returns {Promise<Finding[]>} */
async function asked({ request }) {
  try {
    return readFindings((await request('background', 'check-links')).links);
  } catch (error) {
    return [failed('settings', codeFrom(error), /** @type {Error} */ (error).message)];
  }
}

/** @returns {Promise<Finding>} what is found of the microphone */
export async function hear() {
  const permission = await microphonePermission();
  if (permission === 'denied') return failed('microphone', 'microphone-denied');
  if (permission !== 'granted') {
    return { ...untold('microphone', 'check_microphone_prompt'), action: 'grant-microphone' };
  }
  try {
    // What the system forbids, or another program holds, is seen only so.
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    for (const track of stream.getTracks()) track.stop();
    return ok('microphone');
  } catch (error) {
    return failed('microphone', codedOf(error).code, /** @type {Error} */ (error).message);
  }
}

/** @param {unknown} error */
function codeFrom(error) {
  return error instanceof CodedError ? error.code : 'internal';
}
