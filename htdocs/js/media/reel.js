// @ts-check
// One run of a MediaRecorder that is cut into pieces while it goes on: each is a file of its own, and put one after
// another they are the sound as it was, with nothing lost, doubled or changed between them.
import { PRE_ROLL, RATE, packetLength, skipOf } from './opus.js';
import { withLength } from './take.js';
import { WebmReader } from './webm-reader.js';
import { writeWebm } from './webm-writer.js';

/** @typedef {import('./take.js').Taken} Taken */

/** Chromium's packets are 60 ms long: each is to come at once when pieces are cut. */
const SLICE_MS = 40;
/** Else there is no hurry. */
const LONG_SLICE_MS = 1000;

/** What this browser writes could not be read: see `canCut`. */
let isForeign = false;

/** Whether recordings in this format can be cut. @param {string} mime */
export const canCut = (mime) => !isForeign && /^audio\/webm(;|$)/.test(mime);

export class Reel {
  /** The browser stopped recording by itself, or could not. @type {() => void} */
  onBroken = () => {};
  /** A piece that is not the last one. @type {(piece: Taken) => void} */
  onPiece = () => {};

  #recorder;
  #pieceSec;
  #reader = new WebmReader();
  /** @type {Blob[]} */
  #raw = [];
  /** What comes is read in its order. */
  #reading = Promise.resolve();
  #failed = false;
  /** The end of the last piece, with which the next begins unheard. @type {Uint8Array[]} */
  #lead = [];
  /** The piece that grows. @type {Uint8Array[]} */
  #packets = [];
  #samples = 0;
  #cut = 0;
  #asked = false;
  #begun = 0;
  /** @type {number | undefined} */
  #ending;
  /** @type {Promise<void>} */
  #ended;
  #startedAt = new Date();

  /**
   * @param {MediaStream} stream
   * @param {MediaRecorderOptions} options
   * @param {number} pieceSec the longest piece; Infinity: one, however long
   */
  constructor(stream, options, pieceSec) {
    this.#pieceSec = pieceSec;
    this.#recorder = new MediaRecorder(stream, options);
    this.#recorder.ondataavailable = ({ data }) => this.#came(data);
    this.#ended = new Promise((resolve) => {
      this.#recorder.onstop = () => {
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
        this.#startedAt = new Date();
        resolve();
      };
      this.#recorder.onerror = (event) => reject(/** @type {any} */ (event).error ?? event);
      this.#recorder.start(Number.isFinite(this.#pieceSec) ? SLICE_MS : LONG_SLICE_MS);
    });
  }

  /** Seconds recorded so far, over all pieces. */
  get seconds() {
    return this.#begun ? ((this.#ending ?? performance.now()) - this.#begun) / 1000 : 0;
  }

  /** Ends the recording. @returns {Promise<Taken | null>} the last piece; null: the one before was it */
  async stop() {
    this.#asked = true;
    this.#ending ??= performance.now();
    if (this.#recorder.state !== 'inactive') this.#recorder.stop();
    await this.#ended;
    await this.#reading;
    if (this.#failed && !this.#cut) return this.#whole();
    return this.#samples || !this.#cut ? this.#piece() : null;
  }

  /** @param {Blob} data */
  #came(data) {
    if (!data.size) return;
    if (!this.#cut) this.#raw.push(data);
    this.#reading = this.#reading.then(async () => {
      if (this.#failed) return;
      try {
        this.#read(new Uint8Array(await data.arrayBuffer()));
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  /** @param {Uint8Array} bytes */
  #read(bytes) {
    for (const packet of this.#reader.push(bytes)) {
      const length = packetLength(packet);
      this.#packets.push(packet);
      this.#samples += length;
      // The next one would make it too long.
      if (this.#samples + length > this.#pieceSec * RATE) this.onPiece(this.#piece());
    }
  }

  /** @param {unknown} error */
  #fail(error) {
    console.warn('The recording can not be cut:', error);
    isForeign = this.#failed = true;
    if (!this.#asked) this.onBroken();
  }

  /** What has come since the last cut, as a file of its own. @returns {Taken} */
  #piece() {
    const { head, skip } = this.#reader.track;
    const lead = lengthOf(this.#lead);
    const first = this.#cut ? lead : Math.max(skipOf(head), Math.round((skip * RATE) / 1e9));
    const file = writeWebm(head, [...this.#lead, ...this.#packets], first);
    const piece = {
      blob: new Blob([file], { type: this.#recorder.mimeType }),
      duration: Math.max(0, this.#samples - (this.#cut ? 0 : first)) / RATE,
      startedAt: new Date(this.#startedAt.getTime() + (this.#cut * 1000) / RATE),
    };
    this.#lead = lastOf([...this.#lead, ...this.#packets], PRE_ROLL);
    this.#cut += this.#samples;
    this.#packets = [];
    this.#samples = 0;
    this.#raw = [];
    return piece;
  }

  /** The recording as the browser wrote it. @returns {Promise<Taken>} */
  async #whole() {
    const blob = new Blob(this.#raw, { type: this.#recorder.mimeType });
    const duration = this.seconds;
    return {
      blob: await withLength(blob, duration),
      duration,
      startedAt: this.#startedAt,
    };
  }
}

/** @param {Uint8Array[]} packets */
const lengthOf = (packets) => packets.reduce((sum, packet) => sum + packetLength(packet), 0);

/** As many of the last packets as are at least so long. @param {Uint8Array[]} packets @param {number} samples */
function lastOf(packets, samples) {
  let from = packets.length;
  while (from > 0 && lengthOf(packets.slice(from)) < samples) from -= 1;
  return packets.slice(from);
}
