// @ts-check
// One run of a MediaRecorder, from its start to its end: what a take and a segmenter have in common.

/** Longer than anything takes until the first of it has come. */
const NOTHING_MS = 5000;

export class RecorderSession {
  /** The browser stopped recording by itself, or could not. @type {() => void} */
  onBroken = () => {};
  /** Some more of the recording has come. @type {(data: Blob) => void} */
  onData = () => {};

  /** Nothing has come for so long that nothing will: some browsers' recorders do so with pictures. @type {() => void} */
  onNothing = () => {};

  startedAt = new Date();
  #recorder;
  #begun = 0;
  /** @type {number | undefined} */
  #ending;
  #asked = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #doubting;
  /** @type {Promise<void>} */
  #ended;

  /** @param {MediaStream} stream @param {MediaRecorderOptions} options */
  constructor(stream, options) {
    this.#recorder = new MediaRecorder(stream, options);
    this.#recorder.ondataavailable = ({ data }) => {
      if (!data.size) return;
      clearTimeout(this.#doubting);
      this.onData(data);
    };
    this.#ended = new Promise((resolve) => {
      this.#recorder.onstop = () => {
        this.#ending ??= performance.now();
        clearTimeout(this.#doubting);
        resolve();
        if (!this.#asked) this.onBroken();
      };
    });
  }

  /**
   * Resolves when the recorder runs.
   * @param {number} sliceMs what was recorded is wanted so often: a device that goes away takes no more with it
   * @returns {Promise<void>}
   */
  start(sliceMs) {
    return new Promise((resolve, reject) => {
      this.#recorder.onstart = () => {
        this.#begun = performance.now();
        this.startedAt = new Date();
        this.#doubting = setTimeout(() => this.#asked || this.onNothing(), NOTHING_MS);
        resolve();
      };
      this.#recorder.onerror = (event) => reject(/** @type {any} */ (event).error ?? event);
      this.#recorder.start(sliceMs);
    });
  }

  /** Seconds recorded so far. */
  get seconds() {
    return this.#begun ? ((this.#ending ?? performance.now()) - this.#begun) / 1000 : 0;
  }

  get mimeType() {
    return this.#recorder.mimeType;
  }

  /** Whether it was asked to end. */
  get isEnding() {
    return this.#asked;
  }

  /** What comes later is none of it. */
  willEnd() {
    this.#asked = true;
    this.#ending ??= performance.now();
  }

  /** Resolves when the recorder has ended, whoever ended it. */
  get ended() {
    return this.#ended;
  }

  /** Ends the run; resolves when all of it has come. */
  async end() {
    this.willEnd();
    if (this.#recorder.state !== 'inactive') this.#recorder.stop();
    await this.#ended;
  }
}
