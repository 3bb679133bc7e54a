// @ts-check
// Where a call rings: a person may have the page open several times, and the call is over when the last of them is closed.

/** A page that is reloaded rings again within this time. */
const GRACE_MS = 5000;

export class RingingPages {
  /** None is left. @type {(reason: string) => void} */
  onNone = () => {};

  /** @type {Set<string>} */
  #pages = new Set();
  /** Pages that are closed; what they said before may come later. @type {Set<string>} */
  #gone = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** It rings at a page. @param {string} page */
  add(page) {
    if (this.#gone.has(page)) return;
    this.#pages.add(page);
    clearTimeout(this.#timer);
  }

  /** A page does not ring any more, or can't. @param {string} page @param {string} reason */
  remove(page, reason) {
    this.#gone.add(page);
    this.#pages.delete(page);
    if (this.#pages.size) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.onNone(reason), GRACE_MS);
  }

  /** Whether it rings anywhere but at a page. @param {string} page */
  hasOthers(page) {
    return this.#pages.size > Number(this.#pages.has(page));
  }

  clear() {
    clearTimeout(this.#timer);
    this.#pages.clear();
    this.#gone.clear();
  }
}
