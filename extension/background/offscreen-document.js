/**
 * The one offscreen document. It exists because a service worker has no microphone, no AudioContext and no DOM, and may
 * be stopped at any moment; the document lives through that. It is there before it is needed (docs/adr/0029).
 */
export class OffscreenDocument {
  /** @type {Promise<void>|null} */
  #creating = null;

  /** Resolves once its listeners are there. @returns {Promise<void>} */
  ensure() {
    return this.#make(() => this.#create());
  }

  /** Another in its place, which knows nothing of what was said. Whoever needs one meanwhile gets the new one. @returns {Promise<void>} */
  renew() {
    return this.#make(() => chrome.offscreen.closeDocument().then(() => this.#create()));
  }

  /** @returns {Promise<boolean>} */
  async exists() {
    const contexts = await chrome.runtime.getContexts({ contextTypes: ['OFFSCREEN_DOCUMENT'] });
    return contexts.length > 0;
  }

  /** @param {() => Promise<void>} creating */
  #make(creating) {
    this.#creating ??= creating().finally(() => {
      this.#creating = null;
    });
    return this.#creating;
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
