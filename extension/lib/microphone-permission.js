/**
 * Whether Tabtalk may use the microphone. Only a visible page can ask: the offscreen document that listens, and the panel,
 * which closes when the browser's question appears, cannot.
 *
 * @typedef {'granted'|'denied'|'prompt'|'missing'} Permission `missing`: there is no microphone
 */

/** @returns {Promise<Permission>} */
export async function microphonePermission() {
  return (await query()).state;
}

/**
 * Lets the browser ask the person. The microphone is let go at once.
 * @returns {Promise<Permission>} `prompt` if the question was waved away
 */
export async function askForMicrophone() {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    for (const track of stream.getTracks()) track.stop();
    return 'granted';
  } catch (error) {
    if (/** @type {Error} */ (error).name === 'NotFoundError') return 'missing';
    return microphonePermission();
  }
}

/** @param {() => void} listener called whenever the permission changes, in the browser's settings too */
export async function onMicrophonePermission(listener) {
  (await query()).addEventListener('change', listener);
}

function query() {
  return navigator.permissions.query({ name: /** @type {PermissionName} */ ('microphone') });
}
