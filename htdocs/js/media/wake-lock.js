// @ts-check
// Keeps the screen on while somebody talks or records.

export class WakeLock {
  #wanted = false;
  /** @type {WakeLockSentinel | null} */
  #held = null;

  /** @param {boolean} on */
  want(on) {
    this.#wanted = on;
    this.refresh();
  }

  /** Takes it again after the page was hidden, when browsers take it away. */
  async refresh() {
    try {
      if (this.#wanted && !document.hidden && !this.#held) {
        const held = await navigator.wakeLock?.request('screen');
        if (!held) return;
        this.#held = held;
        held.onrelease = () => (this.#held = null);
      }
      if (!this.#wanted) await this.#held?.release();
    } catch {
      // A low battery, say: the browser may refuse.
    }
  }
}
