// @ts-check
// One run of a MediaRecorder that is cut into pieces while it goes on: each is a file of its own, and put one after
// another they are the sound as it was, with nothing lost, doubled or changed between them.
import { gapsIn, lastOf, lengthOf, readerOf } from '../container/frames.js';
import { RecorderSession } from './recorder-session.js';
import { withLength } from './whole-recording.js';

/** @typedef {import('../container/frames.js').Frame} Frame */
/** @typedef {import('./whole-recording.js').Taken} Taken */

/** Chromium's packets are 60 ms long: each is to come at once when pieces are cut. */
const SLICE_MS = 40;
/** Else there is no hurry. */
const LONG_SLICE_MS = 1000;
/** A piece with a picture begins where the picture can, which is asked for so long before it is due, and may come sooner. */
const ASK_EARLY_MS = 40;
const EARLY_MS = 200;
/** If there was nothing to cut in so many times the piece's length, there never will be. */
const PATIENCE = 1.5;
/** Some browsers give out a second at a time, and late. */
const LEAST_PATIENCE_MS = 2500;
/** So long it takes until a browser that loses the end has given it out. */
const END_MS = 2000;

/** What this browser writes is not understood, or can't be cut: see `canCut`. @type {Set<string>} */
const foreign = new Set();
const uncut = new Set();

/** Whether recordings in this format can be cut. @param {string} mime @param {boolean} inPieces or only be put in order as a whole */
export function canCut(mime, inPieces) {
  if (foreign.has(mime) || (inPieces && uncut.has(mime))) return false;
  if (/^video\/webm(;|$)/.test(mime)) return !inPieces || canAskForKeys();
  return /^audio\/(?:webm|mp4)(;|$)/.test(mime);
}

/** Whether the browser makes pictures that need none before them where one asks for them: Firefox does so by itself, seldom. */
function canAskForKeys() {
  let asked = false;
  // What a browser does not know it does not look at.
  const options = {
    get videoKeyFrameIntervalDuration() {
      asked = true;
      return undefined;
    },
  };
  new MediaRecorder(new MediaStream(), /** @type {MediaRecorderOptions} */ (options));
  return asked;
}

export class Segmenter extends RecorderSession {
  /** A piece that is not the last one. @type {(piece: Taken) => void} */
  onPiece = () => {};
  /** It can't be cut after all, and grows. @type {() => void} */
  onUncut = () => {};

  #format;
  #pieceSec;
  #reader;
  /** @type {Blob[]} */
  #raw = [];
  /** What comes is read in its order. */
  #reading = Promise.resolve();
  #failed = false;
  /** The end of the last piece, with which the next begins unheard. @type {Frame[]} */
  #lead = [];
  /** The piece that grows, and what comes after it. @type {Frame[]} */
  #sound = [];
  /** @type {Frame[]} */
  #pictures = [];
  /** What all pieces before have together. */
  #cut = 0;
  /** Where the recording ends, once that is known: in milliseconds of the recorder's. */
  #endMs = Infinity;
  /** All until the end has come. */
  #onEnd = () => {};
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #patience;

  /**
   * @param {MediaStream} stream
   * @param {MediaRecorderOptions & {mimeType: string}} options
   * @param {number} pieceSec the longest piece; Infinity: one, however long
   */
  constructor(stream, options, pieceSec) {
    super(stream, withKeys(options, pieceSec));
    this.onData = (/** @type {Blob} */ data) => this.#came(data);
    this.#format = options.mimeType;
    this.#pieceSec = pieceSec;
    this.#reader = readerOf(options.mimeType);
  }

  /** Resolves when the recorder runs. @override */
  async start() {
    await super.start(this.#isInPieces ? SLICE_MS : LONG_SLICE_MS);
    this.#expectAnEnd();
  }

  /** Ends the recording. @returns {Promise<Taken | null>} the last piece; null: the one before was it */
  async stop() {
    clearTimeout(this.#patience);
    this.willEnd();
    if (this.#reader.losesEnd) await this.#untilEnd();
    await this.end();
    await this.#reading;
    if (!this.#cut && (this.#failed || !this.#sound.length)) return this.#whole();
    return this.#sound.length ? this.#piece(this.#sound.length, this.#pictures.length) : null;
  }

  /** Lets a recorder that would lose the end run on until that has come; what comes after it is left out. */
  async #untilEnd() {
    this.#endMs = this.seconds * 1000;
    /** @type {Promise<void>} */
    const reached = new Promise((resolve) => (this.#onEnd = resolve));
    const late = new Promise((resolve) => setTimeout(resolve, END_MS));
    await Promise.race([reached, late, this.ended]);
  }

  get #isInPieces() {
    return Number.isFinite(this.#pieceSec);
  }

  /** @param {Blob} data */
  #came(data) {
    if (!this.#cut) this.#raw.push(data);
    this.#reading = this.#reading.then(async () => {
      if (this.#failed) return;
      try {
        this.#read(new Uint8Array(await data.arrayBuffer()));
      } catch (error) {
        this.#failed = true;
        this.#giveUp(error, foreign);
      }
    });
  }

  /** @param {Uint8Array} bytes */
  #read(bytes) {
    for (const frame of this.#reader.push(bytes)) {
      if (frame.ms >= this.#endMs) {
        this.#onEnd();
        continue;
      }
      (frame.isPicture ? this.#pictures : this.#sound).push(frame);
      if (!this.#isInPieces) continue;
      const end = this.#pictures.length ? this.#endWithPicture() : this.#endOfSound(frame);
      if (!end) continue;
      this.onPiece(this.#piece(end.sound, end.pictures));
      this.#expectAnEnd();
    }
  }

  #expectAnEnd() {
    clearTimeout(this.#patience);
    if (!this.#isInPieces || this.isEnding) return;
    const late = () => this.#giveUp(new Error('nowhere to cut'), uncut);
    const patience = Math.max(LEAST_PATIENCE_MS, this.#pieceSec * PATIENCE * 1000);
    this.#patience = setTimeout(late, patience);
  }

  /** Where a piece of sound alone ends, if it does: the next frame would make it too long. @param {Frame} last */
  #endOfSound({ length }) {
    const isLong = lengthOf(this.#sound) + length > this.#pieceSec * this.#reader.rate;
    return isLong && { sound: this.#sound.length, pictures: 0 };
  }

  /** Where a piece with a picture ends, if it does: before one that needs none of those before it. */
  #endWithPicture() {
    const begin = this.#sound[0]?.ms ?? Infinity;
    const due = begin + this.#pieceSec * 1000 - EARLY_MS;
    const pictures = this.#pictures.findIndex(({ isKey, ms }) => isKey && ms >= due);
    if (pictures < 0) return null;
    const { ms } = this.#pictures[pictures];
    const sound = this.#sound.findIndex((frame) => this.#endOf(frame) > ms + 1);
    return sound > 0 ? { sound, pictures } : null;
  }

  /** @param {Frame} frame */
  #endOf({ ms, length }) {
    return ms + (length * 1000) / this.#reader.rate;
  }

  /** From now on the browser's recordings in this format stay as they are. @param {unknown} error @param {Set<string>} why */
  #giveUp(error, why) {
    console.warn('The recording can not be cut:', error);
    why.add(this.#format);
    if (!this.isEnding) this.onUncut();
  }

  /** So many frames that have come since the last cut, as a file of their own. @param {number} sounds @param {number} shots @returns {Taken} */
  #piece(sounds, shots) {
    const reader = this.#reader;
    const sound = this.#sound.splice(0, sounds);
    const pictures = this.#pictures.splice(0, shots);
    const all = [...this.#lead, ...sound];
    const first = this.#cut ? lengthOf(this.#lead) : reader.skip;
    const isWhole = pictures.length && !this.#isInPieces;
    const begin = isWhole ? Math.min(sound[0].ms, pictures[0].ms) : sound[0].ms;
    const onIts = pictures.map((picture) => ({ ...picture, ms: picture.ms - begin }));
    // Sound and picture of a long recording must not part; between pieces nothing may be silent.
    const gaps = isWhole ? gapsIn(all, reader.rate, begin) : [];
    const silent = gaps.reduce((sum, gap) => sum + gap, 0);
    const piece = {
      blob: new Blob([reader.write(all, first, onIts, gaps)], { type: this.mimeType }),
      duration: Math.max(0, lengthOf(sound) + silent - (this.#cut ? 0 : first)) / reader.rate,
      startedAt: new Date(this.startedAt.getTime() + (this.#cut * 1000) / reader.rate),
    };
    this.#lead = lastOf(all, reader.preRoll);
    this.#cut += lengthOf(sound);
    this.#raw = [];
    return piece;
  }

  /** The recording as the browser wrote it. @returns {Promise<Taken>} */
  async #whole() {
    const { seconds: duration, startedAt } = this;
    const blob = new Blob(this.#raw, { type: this.mimeType });
    return { blob: await withLength(blob), duration, startedAt };
  }
}

/** Asks for pictures that need none before them, where pieces are to begin. @param {MediaRecorderOptions} options @param {number} pieceSec */
function withKeys(options, pieceSec) {
  if (!Number.isFinite(pieceSec)) return options;
  return { ...options, videoKeyFrameIntervalDuration: pieceSec * 1000 - ASK_EARLY_MS };
}
