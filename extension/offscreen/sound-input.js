/**
 * Which microphones there are, and the sound of one as the browser gives it. Where the chosen one is not to be had, the
 * computer's default listens in its place. It needs no other module, so that it is there before they are.
 *
 * @typedef {import('../lib/settings.js').Device} Device
 * @typedef {object} SoundInput an open microphone; who has it stops its track
 * @property {MediaStreamTrack} track
 * @property {ReadableStream} readable its AudioData from the first moment on, kept until it is read
 * @property {boolean} isChosen it is the one that was asked for
 */

/** No gain control of the browser's: it lifts what its echo canceller leaves of an answer (docs/adr/0030). */
const CONSTRAINTS = { echoCancellation: true, noiseSuppression: true, autoGainControl: false, channelCount: 1 };

/** Errors of a device that is not to be had. */
export const GONE = ['NotFoundError', 'NotReadableError', 'OverconstrainedError', 'AbortError'];
/** How long sound waits for who reads it. Beyond that the newest is lost. */
export const WAITING_MS = 10_000;
/** The browser's AudioData is 10 ms long. */
const MAX_WAITING = WAITING_MS / 10;

/**
 * @param {Device} chosen
 * @returns {Promise<SoundInput>}
 * @throws {DOMException} the browser's refusal
 */
export async function openInput(chosen) {
  // The default is asked for in this very moment: what begins beside it would hold it up by some milliseconds.
  const found = chosen.id === '' ? null : await openChosen(chosen);
  const [track] = (found ?? (await openStream())).getAudioTracks();
  const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: MAX_WAITING });
  return { track, readable, isChosen: found !== null || chosen.id === '' };
}

/**
 * The microphones that there are, beside the computer's default. Their names, and more than one of them, are known only once
 * the person has allowed the microphone.
 * @returns {Promise<Device[]>}
 */
export function listMicrophones() {
  return listDevices('audioinput');
}

/** @param {MediaDeviceKind} kind @returns {Promise<Device[]>} those of this kind, beside the computer's default */
export async function listDevices(kind) {
  const devices = await navigator.mediaDevices.enumerateDevices();
  // The browser lists the default once more, as a device of its own.
  const real = devices.filter((each) => each.kind === kind && !['', 'default', 'communications'].includes(each.deviceId));
  return real.map(({ deviceId, label }) => ({ id: deviceId, label }));
}

/** @param {MediaDeviceKind} kind @param {Device} chosen @returns {Promise<Device|null>} as it is called now; null: it is not there */
export async function findDevice(kind, { id, label }) {
  const there = await listDevices(kind);
  // Ids change when the extension's data is cleared; a name may be that of two devices, so that it comes second.
  return there.find((each) => each.id === id) ?? there.find((each) => each.label === label) ?? null;
}

/** @param {Device} chosen @returns {Promise<MediaStream|null>} null: it is not there */
async function openChosen(chosen) {
  const found = await findDevice('audioinput', chosen);
  if (!found) return null;
  try {
    return await openStream(found.id);
  } catch (error) {
    const { name } = /** @type {DOMException} */ (error);
    // Unplugged in this very moment, or another program has it for itself.
    if (GONE.includes(name)) return null;
    throw error;
  }
}

/** @param {string} [id] of a device; none for the computer's default */
function openStream(id) {
  return navigator.mediaDevices.getUserMedia({ audio: id ? { ...CONSTRAINTS, deviceId: { exact: id } } : CONSTRAINTS });
}
