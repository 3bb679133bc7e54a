// @ts-check
// One recording that stays whole, from its start to the finished blob and its measured length.
import { RecorderSession } from './recorder-session.js';

/** @typedef {{blob: Blob, duration: number, startedAt: Date}} Taken duration: seconds */
/** @typedef {{ysFixWebmDuration?: (blob: Blob, ms: number, options: object) => Promise<Blob>}} WithFixer */

const SLICE_MS = 1000;

export class WholeRecording extends RecorderSession {
  /** @type {Blob[]} */
  #parts = [];

  /** @param {MediaStream} stream @param {MediaRecorderOptions} options */
  constructor(stream, options) {
    super(stream, options);
    this.onData = (/** @type {Blob} */ data) => this.#parts.push(data);
  }

  /** Resolves when the recorder runs. @override */
  async start() {
    await super.start(SLICE_MS);
  }

  /** Ends the take. @returns {Promise<Taken>} */
  async stop() {
    await this.end();
    const { seconds: duration, startedAt } = this;
    const whole = new Blob(this.#parts, { type: this.mimeType });
    return { blob: await withLength(whole, duration), duration, startedAt };
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
