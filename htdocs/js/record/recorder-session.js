// @ts-check
// One run of a MediaRecorder, from its start to its end: what a take and a segmenter have in common.

export class RecorderSession {
  /** The browser stopped recording by itself, or could not. @type {() => void} */
  onBroken = () => {};
  /** Some more of the recording has come. @type {(data: Blob) => void} */
  onData = () => {};

  startedAt = new Date();
  #recorder;
  #begun = 0;
  /** @type {number | undefined} */
  #ending;
  #asked = false;
  /** @type {Promise<void>} */
  #ended;

  /** @param {MediaStream} stream @param {MediaRecorderOptions} options */
  constructor(stream, options) {
    this.#recorder = new MediaRecorder(stream, options);
    this.#recorder.ondataavailable = ({ data }) => data.size && this.onData(data);
    this.#ended = new Promise((resolve) => {
      this.#recorder.onstop = () => {
        this.#ending ??= performance.now();
        resolve();
        if (!this.#asked) this.onBroken();
      };
    });
  }

  /**
   * Resolves when the recorder runs.
   * @param {number} [sliceMs] what was recorded is wanted so often; else only at the end
   * @returns {Promise<void>}
   */
  start(sliceMs) {
    return new Promise((resolve, reject) => {
      this.#recorder.onstart = () => {
        this.#begun = performance.now();
        this.startedAt = new Date();
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

  /** Ends the run; resolves when all of it has come. */
  async end() {
    this.#asked = true;
    this.#ending ??= performance.now();
    if (this.#recorder.state !== 'inactive') this.#recorder.stop();
    await this.#ended;
  }
}
