// @ts-check
// One recording that stays whole, from its start to the finished blob and its measured length.
import { RecorderSession } from './recorder-session.js';

/** @typedef {{blob: Blob, duration: number, startedAt: Date}} Taken duration: seconds */

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
    return { blob: await withLength(whole), duration, startedAt };
  }
}

/** Writes the length into a WebM, which MediaRecorder leaves out: without it nobody can seek. @param {Blob} blob */
export async function withLength(blob) {
  if (!/\/webm/.test(blob.type) || !blob.size) return blob;
  try {
    const { withLength: measured } = await import('../container/media-file.js');
    return await measured(blob);
  } catch (error) {
    // A clip that can't be sought in is better than none.
    console.warn('The clip keeps no length:', error);
    return blob;
  }
}
