// @ts-check
// A hands-free stream that nobody attends to ends by itself: somebody may have forgotten that all hear the room.

/** So long before the end one is warned: at most, and at most this part of the whole. */
const WARN_SEC = 20;
const WARN_PART = 0.25;
const SIGNS = ['pointerdown', 'keydown', 'wheel', 'touchstart'];

/** When to warn and when to end, in seconds without a sign of life. @param {number} limitSec */
export function unattendedTimes(limitSec) {
  const warning = Math.min(WARN_SEC, limitSec * WARN_PART);
  return { warnAfter: limitSec - warning, warning };
}

export class Unattended {
  /** @type {(seconds: number) => void} the stream ends after so many */
  onWarn = () => {};
  /** Somebody is there after all. @type {() => void} */
  onReturn = () => {};
  /** @type {() => void} */
  onEnd = () => {};
  #limitSec;
  /** @type {AbortController | null} */
  #watching = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #hasWarned = false;

  /** @param {number} limitSec 0: there is no limit */
  constructor(limitSec) {
    this.#limitSec = limitSec;
  }

  /** @param {boolean} on whether a stream runs that nobody holds */
  watch(on) {
    if (on === !!this.#watching || (on && !this.#limitSec)) return;
    clearTimeout(this.#timer);
    this.#watching?.abort();
    this.#watching = null;
    if (!on) return;
    this.#watching = new AbortController();
    const options = { signal: this.#watching.signal, capture: true, passive: true };
    for (const sign of SIGNS) document.addEventListener(sign, () => this.#seen(), options);
    this.#wait();
  }

  #seen() {
    if (this.#hasWarned) this.onReturn();
    this.#wait();
  }

  #wait() {
    const { warnAfter, warning } = unattendedTimes(this.#limitSec);
    this.#hasWarned = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#hasWarned = true;
      this.onWarn(warning);
      this.#timer = setTimeout(() => this.onEnd(), warning * 1000);
    }, warnAfter * 1000);
  }
}
