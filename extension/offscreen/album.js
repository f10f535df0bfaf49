/** The last pictures that were sent, as URLs that the panel can show. In memory only, and bounded. */

/** @typedef {import('../lib/status.js').Picture} Picture */

export const MOST_PICTURES = 8;
const MOST_BYTES = 8 * 1024 * 1024;

export class Album {
  /** Oldest first; replaced as a whole. @type {Picture[]} */
  pictures = [];
  /** These have left; a panel that has not heard so yet may still show them. @type {string[]} */
  #leaving = [];

  /**
   * @param {Uint8Array<ArrayBuffer>} jpeg
   * @param {Omit<Picture, 'url'|'bytes'>} about
   * @returns {Picture} its URL is good until it has left `pictures`, and one picture longer
   */
  add(jpeg, about) {
    const picture = { ...about, url: URL.createObjectURL(new Blob([jpeg], { type: 'image/jpeg' })), bytes: jpeg.byteLength };
    const kept = [...this.pictures, picture];
    let bytes = kept.reduce((sum, each) => sum + each.bytes, 0);
    for (const url of this.#leaving.splice(0)) URL.revokeObjectURL(url);
    while (kept.length > MOST_PICTURES || (bytes > MOST_BYTES && kept.length > 1)) {
      const oldest = /** @type {Picture} */ (kept.shift());
      bytes -= oldest.bytes;
      this.#leaving.push(oldest.url);
    }
    this.pictures = kept;
    return picture;
  }

  clear() {
    for (const url of [...this.#leaving.splice(0), ...this.pictures.map((picture) => picture.url)]) URL.revokeObjectURL(url);
    this.pictures = [];
  }
}
