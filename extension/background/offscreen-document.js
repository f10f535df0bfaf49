/**
 * The one offscreen document. It exists because a service worker has no microphone, no AudioContext and no DOM, and may
 * be stopped at any moment; the document lives through that. It closes itself when it has long been of no use.
 */
export class OffscreenDocument {
  /** @type {Promise<void>|null} */
  #creating = null;

  /** Resolves once its listeners are there. @returns {Promise<void>} */
  ensure() {
    this.#creating ??= this.#create().finally(() => {
      this.#creating = null;
    });
    return this.#creating;
  }

  /** @returns {Promise<boolean>} */
  async exists() {
    const contexts = await chrome.runtime.getContexts({ contextTypes: ['OFFSCREEN_DOCUMENT'] });
    return contexts.length > 0;
  }

  async #create() {
    if (await this.exists()) return;
    await chrome.offscreen.createDocument({
      url: 'offscreen/offscreen.html',
      reasons: ['USER_MEDIA', 'DISPLAY_MEDIA', 'AUDIO_PLAYBACK'],
      justification: 'Hears the microphone, captures the shared tab or screen, and plays the spoken answers.',
    });
  }
}
