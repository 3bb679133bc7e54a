// @ts-check
// One media element and the clip in it. The player has two: one plays while the other loads the next.
import { chosenDevice } from '../device/devices.js';

/** @typedef {import('../net/clips.js').Clip} Clip */

const STALL_MS = 10_000;
const LOOK_MS = 500;

export class ElementPlayer {
  /** @type {() => void} */
  onEnded = () => {};
  /** @type {() => void} */
  onFailed = () => {};
  /** Sound is coming. @type {() => void} */
  onPlaying = () => {};
  /** It waits for data. @type {() => void} */
  onWaiting = () => {};
  /** @type {() => void} */
  onTime = () => {};

  /** @type {Clip | null} */
  clip = null;
  #broken = false;
  #speaker = '';
  #lastTime = -1;
  #movedAt = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #watch;

  /** @param {HTMLVideoElement} element plays sound as well as pictures */
  constructor(element) {
    this.element = element;
    element.playsInline = true;
    element.preload = 'auto';
    element.onended = () => this.#mine() && this.onEnded();
    element.onerror = () => this.#mine() && this.#fail();
    element.onplaying = () => this.#mine() && this.onPlaying();
    element.onwaiting = () => this.#mine() && this.onWaiting();
    element.ontimeupdate = () => this.#mine() && this.onTime();
    element.ondurationchange = () => this.#mine() && this.onTime();
  }

  /** Begins to load a clip. @param {Clip} clip */
  load(clip) {
    if (this.clip?.id === clip.id && !this.#broken) return;
    this.clip = clip;
    this.#broken = false;
    this.element.src = clip.url;
    this.element.load();
  }

  /** Plays; rejects with NotAllowedError when the browser wants a gesture first. */
  async play() {
    if (this.#broken) return this.#fail();
    this.#useSpeaker();
    this.#watchForStall();
    try {
      await this.element.play();
    } catch (error) {
      const { name } = /** @type {DOMException} */ (error);
      // AbortError: something else was asked for meanwhile. Others come as an error event, too.
      if (name === 'NotAllowedError') {
        clearInterval(this.#watch);
        throw error;
      }
    }
  }

  /** @param {number} rate 1: as it was spoken */
  setRate(rate) {
    // Loading another clip falls back to the default.
    this.element.defaultPlaybackRate = this.element.playbackRate = rate;
  }

  pause() {
    clearInterval(this.#watch);
    this.element.pause();
  }

  clear() {
    clearInterval(this.#watch);
    this.clip = null;
    this.#broken = false;
    this.element.pause();
    this.element.removeAttribute('src');
    this.element.load();
  }

  /**
   * Lets the browser take this element as one that the person has started. To be called in a gesture.
   * @param {string} silence address of a silent clip
   */
  prime(silence) {
    if (this.clip) return;
    this.element.src = silence;
    this.element.play().catch(() => {});
  }

  get duration() {
    // A recording that carries no length says Infinity; the catalog knows better.
    const { duration } = this.element;
    return Number.isFinite(duration) && duration > 0 ? duration : (this.clip?.duration ?? 0);
  }

  /** Sounds from the loudspeaker that the person has chosen meanwhile. */
  #useSpeaker() {
    const device = chosenDevice('speaker');
    if (device === this.#speaker) return;
    this.#speaker = device;
    this.element.setSinkId?.(device).catch(() => {});
  }

  #mine() {
    return this.clip !== null;
  }

  #fail() {
    clearInterval(this.#watch);
    this.#broken = true;
    // A clip that only was being loaded ahead fails when its turn comes.
    this.onFailed();
  }

  #watchForStall() {
    clearInterval(this.#watch);
    this.#movedAt = performance.now();
    this.#watch = setInterval(() => {
      const { currentTime } = this.element;
      if (currentTime !== this.#lastTime) this.#movedAt = performance.now();
      this.#lastTime = currentTime;
      if (performance.now() - this.#movedAt > STALL_MS) this.#fail();
    }, LOOK_MS);
  }
}
