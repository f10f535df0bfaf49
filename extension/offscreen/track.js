/** The frames of a stream: of a tab that was pressed on, of a screen or a window. They come by themselves, as it changes; sound may come with them. */

const COAX_MS = 50;
const MAX_COAXINGS = 60;

/** @typedef {import('./frames.js').Supply} Supply */

/** @implements {Supply} */
export class Track {
  /** What sounds along; whoever takes it stops it. @type {MediaStreamTrack|null} */
  sound;
  #track;
  #fitted;
  /** @type {ReturnType<typeof setInterval>|undefined} */
  #coaxing;
  #closed = false;

  /**
   * @param {MediaStream} stream
   * @param {() => void} onEnded the tab was closed, or sharing stopped by the browser's button
   * @param {{fitted?: boolean}} [how] fitted: into even sides, with slivers of black
   */
  constructor(stream, onEnded, { fitted = false } = {}) {
    [this.#track] = stream.getVideoTracks();
    [this.sound = null] = stream.getAudioTracks();
    this.#track.addEventListener('ended', onEnded);
    this.#fitted = fitted;
  }

  get size() {
    const { width = 0, height = 0 } = this.#track.getSettings();
    return { width, height };
  }

  /** @param {Worker} worker */
  feed(worker) {
    const { readable } = new MediaStreamTrackProcessor({ track: this.#track, maxBufferSize: 1 });
    worker.postMessage({ type: 'open', readable, fitted: this.#fitted }, [readable]);
    this.#coax();
  }

  seen() {
    clearInterval(this.#coaxing);
  }

  looked() {}

  /** What has not come has not changed. */
  whenCurrent() {
    return null;
  }

  /** In 5 to 10 ms, as a rule. What is asked for too soon after another frame may never come, so it is asked for until it has. */
  renew() {
    if (this.#closed) return;
    this.#ask();
    this.#coax();
  }

  close() {
    this.#closed = true;
    clearInterval(this.#coaxing);
    this.#track.stop();
  }

  /** Each new reader of a track makes Chromium send the frame there is (seen with Chromium 156). */
  #ask() {
    new MediaStreamTrackProcessor({ track: this.#track }).readable.cancel();
  }

  /** Until a frame has come. A page that does not change yields its first one late, or never. */
  #coax() {
    clearInterval(this.#coaxing);
    let left = MAX_COAXINGS;
    this.#coaxing = setInterval(() => {
      if (left-- <= 0) clearInterval(this.#coaxing);
      else this.#ask();
    }, COAX_MS);
  }
}
