// @ts-check
// Keeps the screen on while somebody talks or records.

export class WakeLock {
  #wanted = false;
  /** @type {WakeLockSentinel | null} */
  #held = null;
  /** One question at a time: two locks would be taken, and one given back. */
  #last = Promise.resolve();

  /** @param {boolean} on */
  want(on) {
    if (this.#wanted === on) return;
    this.#wanted = on;
    this.refresh();
  }

  /** Takes it again after the page was hidden, when browsers take it away. */
  refresh() {
    this.#last = this.#last
      .then(() => this.#settle())
      .catch(() => {
        // A low battery, say: the browser may refuse.
      });
  }

  async #settle() {
    if (!this.#wanted) {
      await this.#held?.release();
      this.#held = null;
    } else if (!document.hidden && (!this.#held || this.#held.released)) {
      this.#held = (await navigator.wakeLock?.request('screen')) ?? null;
    }
  }
}
