// @ts-check
// One run of a MediaRecorder, from its start to the finished blob and its measured length.

/** @typedef {{blob: Blob, duration: number, startedAt: Date}} Taken duration: seconds */
/** @typedef {{ysFixWebmDuration?: (blob: Blob, ms: number, options: object) => Promise<Blob>}} WithFixer */

export class Take {
  /** The browser stopped recording by itself, or could not. @type {() => void} */
  onBroken = () => {};

  #recorder;
  /** @type {Blob[]} */
  #parts = [];
  #begun = 0;
  /** @type {number | undefined} */
  #ending;
  #asked = false;
  /** @type {Promise<void>} */
  #ended;
  startedAt = new Date();

  /** @param {MediaStream} stream @param {MediaRecorderOptions} options */
  constructor(stream, options) {
    this.#recorder = new MediaRecorder(stream, options);
    this.#recorder.ondataavailable = ({ data }) => {
      if (data.size) this.#parts.push(data);
    };
    this.#ended = new Promise((resolve) => {
      this.#recorder.onstop = () => {
        this.#ending ??= performance.now();
        resolve();
        if (!this.#asked) this.onBroken();
      };
    });
  }

  /** Resolves when sound is being recorded. @returns {Promise<void>} */
  start() {
    return new Promise((resolve, reject) => {
      this.#recorder.onstart = () => {
        this.#begun = performance.now();
        this.startedAt = new Date();
        resolve();
      };
      this.#recorder.onerror = (event) => reject(/** @type {any} */ (event).error ?? event);
      this.#recorder.start();
    });
  }

  /** Seconds recorded so far. */
  get seconds() {
    return this.#begun ? ((this.#ending ?? performance.now()) - this.#begun) / 1000 : 0;
  }

  /** Ends the take. @returns {Promise<Taken>} */
  async stop() {
    this.#asked = true;
    this.#ending ??= performance.now();
    if (this.#recorder.state !== 'inactive') this.#recorder.stop();
    await this.#ended;
    const duration = this.seconds;
    const type = this.#recorder.mimeType;
    const blob = await withLength(new Blob(this.#parts, { type }), duration);
    return { blob, duration, startedAt: this.startedAt };
  }
}

/** Writes the length into a WebM, which MediaRecorder leaves out: without it nobody can seek. */
export async function withLength(/** @type {Blob} */ blob, /** @type {number} */ seconds) {
  if (!/\/webm/.test(blob.type) || !blob.size) return blob;
  try {
    const holder = /** @type {WithFixer} */ (globalThis);
    if (!holder.ysFixWebmDuration) await import('../../vendor/fix-webm-duration.js');
    return (await holder.ysFixWebmDuration?.(blob, seconds * 1000, { logger: false })) ?? blob;
  } catch (error) {
    // A clip that can't be sought in is better than none.
    console.warn('The clip keeps no length:', error);
    return blob;
  }
}
