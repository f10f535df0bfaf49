/**
 * The pictures that were sent last, as URLs that the panel can show. Two are kept: the panel may still be showing the one
 * before. The rest leaves the memory.
 */
const KEPT = 2;

export class Album {
  /** @type {string[]} */
  #urls = [];

  /** @param {Uint8Array<ArrayBuffer>} jpeg @returns {string} a blob: URL */
  add(jpeg) {
    const url = URL.createObjectURL(new Blob([jpeg], { type: 'image/jpeg' }));
    this.#urls.push(url);
    if (this.#urls.length > KEPT) URL.revokeObjectURL(/** @type {string} */ (this.#urls.shift()));
    return url;
  }

  clear() {
    for (const url of this.#urls.splice(0)) URL.revokeObjectURL(url);
  }
}
