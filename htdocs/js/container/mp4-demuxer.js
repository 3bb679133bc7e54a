// @ts-check
// Sound out of a fragmented MP4 (ISO/IEC 14496-12), while it is still being written, as Safari's MediaRecorder does it
// (AAC) and Chromium's can (Opus).
import { joined, NotUnderstood, number, whole } from './bytes.js';
import { writeMp4 } from './mp4-muxer.js';
import { packetLength } from './opus.js';

/** @typedef {import('./frames.js').Frame} Frame */
/** @typedef {import('./frames.js').Reader} Reader */
/** @typedef {{type: string, at: number, begin: number, end: number}} Box begin: of its inside */

/** AAC wants one frame before, Opus 120 ms; some decoders of AAC leave out two frames by themselves. */
const PRE_ROLL_SEC = 0.12;
/** Nothing that belongs into a recording of sound is longer. */
const LONGEST = 1 << 24;
/** "soun" and "Opus". */
const SOUND = 0x736f756e;
const OPUS = 0x4f707573;
/** Boxes whose inside is read. */
const OPEN = new Set(['moov', 'trak', 'edts', 'mdia', 'minf', 'stbl', 'mvex', 'moof', 'traf']);

/** @implements {Reader} */
export class Mp4Reader {
  rate = 0;
  skip = 0;
  /** How often it has said what it is. */
  #beginnings = 0;
  /** What a decoder must know: the box stsd. */
  #about = new Uint8Array(0);
  #isOpus = false;
  #rest = new Uint8Array(0);
  /** What frames have unless it is said, in all fragments and in this one. */
  #usual = { length: 0, size: 0 };
  #here = { length: 0, size: 0 };
  /** The frames of which the next data consist. @type {{size: number, length: number}[]} */
  #coming = [];
  #time = 0;

  /** GStreamer's writer, as WebKitGTK uses it, begins twice: it gives out what is whole of a second, and the rest perhaps. */
  get losesEnd() {
    return this.#beginnings > 1;
  }

  get preRoll() {
    return PRE_ROLL_SEC * this.rate;
  }

  /**
   * Takes the next bytes of the file, and returns the frames that are whole by now.
   * @param {Uint8Array} bytes
   * @returns {Frame[]}
   * @throws {NotUnderstood}
   */
  push(bytes) {
    const all = joined([this.#rest, bytes]);
    /** @type {Frame[]} */
    const frames = [];
    let at = 0;
    for (let box = boxAt(all, at); box && box.end <= all.length; box = boxAt(all, at)) {
      if (box.type === 'ftyp') this.#beginnings += 1;
      if (!this.#beginnings) throw new NotUnderstood('this is no MP4');
      if (box.type === 'mdat') frames.push(...this.#cut(all.subarray(box.begin, box.end)));
      else visit(all.subarray(at, box.end), (...found) => this.#take(...found));
      at = box.end;
    }
    this.#rest = all.slice(at);
    return frames;
  }

  /** @param {Frame[]} sound @param {number} skip */
  write(sound, skip) {
    return writeMp4({ about: this.#about, rate: this.rate, frames: sound, skip });
  }

  /** @param {string} type @param {Uint8Array} body @param {Uint8Array} box */
  #take(type, body, box) {
    const word = (/** @type {number} */ at) => number(body.subarray(at, at + 4));
    const isLong = body[0] === 1;
    if (type === 'hdlr' && word(8) !== SOUND) throw new NotUnderstood('more than sound');
    else if (type === 'mdhd') this.rate = word(isLong ? 20 : 12);
    else if (type === 'stsd') {
      this.#about = box.slice();
      this.#isOpus = word(12) === OPUS;
      if (this.#isOpus) skipNothing(this.#about);
    } else if (type === 'elst') this.skip = skipIn(body);
    else if (type === 'trex') this.#usual = { length: word(12), size: word(16) };
    else if (type === 'tfhd') this.#begin(body);
    else if (type === 'trun') this.#run(body);
  }

  /** A fragment begins. @param {Uint8Array} tfhd */
  #begin(tfhd) {
    const next = fields(tfhd, 8);
    next(0x1, 8); // where the data are: they follow
    next(0x2);
    const { length, size } = this.#usual;
    this.#here = { length: next(0x8) ?? length, size: next(0x10) ?? size };
    this.#coming = [];
  }

  /** Of what a fragment consists. @param {Uint8Array} trun */
  #run(trun) {
    const next = fields(trun, 8);
    next(0x1);
    next(0x4);
    const { length, size } = this.#here;
    for (let left = number(trun.subarray(4, 8)); left > 0; left--) {
      this.#coming.push({ length: next(0x100) ?? length, size: next(0x200) ?? size });
      next(0x400);
      next(0x800);
    }
  }

  /** @param {Uint8Array} data of one fragment */
  #cut(data) {
    const size = this.#coming.reduce((sum, one) => sum + one.size, 0);
    // What is in a box that nothing was said of, or in an order of its own, is not for us.
    if (!this.#about.length || !this.rate || size !== data.length)
      throw new NotUnderstood('odd data');
    let at = 0;
    return this.#coming.splice(0).map((one) => {
      const ms = (this.#time * 1000) / this.rate;
      at += one.size;
      const frame = data.slice(at - one.size, at);
      // Chromium says of a fragment's last frame how long it took until that was written.
      const length = this.#isOpus ? packetLength(frame) : one.length;
      this.#time += length;
      return { data: frame, isPicture: false, isKey: true, ms, length };
    });
  }
}

/**
 * All that is in a plain MP4 with sound alone: also what pieces of a recording have before their beginning.
 * @param {Uint8Array<ArrayBuffer>} file
 * @returns {{bytes: Uint8Array<ArrayBuffer>, skip: number, length: number, rate: number}} in units, so many a second
 * @throws {NotUnderstood}
 */
export function unskipped(file) {
  const bytes = file.slice();
  const found = { bytes, skip: 0, length: 0, rate: 0 };
  visit(bytes, (type, body) => {
    const word = (/** @type {number} */ at) => number(body.subarray(at, at + 4));
    if (type === 'mdhd' && body[0] === 0)
      Object.assign(found, { rate: word(12), length: word(16) });
    if (type !== 'elst' || body[0] !== 0) return;
    found.skip = skipIn(body);
    body.set(whole(found.skip + word(8), 4), 8);
    body.fill(0, 12, 16);
  });
  if (!found.length) throw new NotUnderstood('no plain file');
  return found;
}

/** What is left out of Opus is up to the edit list: Chromium says 80 ms, of which 73 are sound. @param {Uint8Array} stsd */
function skipNothing(stsd) {
  const entry = stsd.subarray(16);
  visit(entry.subarray(36), (type, body) => type === 'dOps' && body.fill(0, 2, 4));
}

/** How much of the beginning an edit list leaves out. @param {Uint8Array} elst */
function skipIn(elst) {
  const isLong = elst[0] === 1;
  const [at, end] = isLong ? [16, 24] : [12, 16];
  const skip = number(elst.subarray(at, end));
  // All ones: an empty edit.
  return skip < 2 ** 31 ? skip : 0;
}

/** Reads the fields that a box has or has not. @param {Uint8Array} box @param {number} at */
function fields(box, at) {
  const flags = number(box.subarray(1, 4));
  return (/** @type {number} */ flag, bytes = 4) => {
    if (!(flags & flag)) return undefined;
    at += bytes;
    return number(box.subarray(at - bytes, at));
  };
}

/**
 * Looks at every box, and into those that only hold others.
 * @param {Uint8Array} bytes @param {(type: string, body: Uint8Array, box: Uint8Array) => void} see
 */
function visit(bytes, see) {
  for (let box = boxAt(bytes, 0); box && box.end <= bytes.length; box = boxAt(bytes, box.end)) {
    const body = bytes.subarray(box.begin, box.end);
    if (OPEN.has(box.type)) visit(body, see);
    else see(box.type, body, bytes.subarray(box.at, box.end));
  }
}

/** The box that begins there, if its head is whole. @param {Uint8Array} bytes @param {number} at @returns {Box | null} */
function boxAt(bytes, at) {
  if (at + 8 > bytes.length) return null;
  const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
  const short = number(bytes.subarray(at, at + 4));
  const isLong = short === 1;
  if (isLong && at + 16 > bytes.length) return null;
  const size = isLong ? number(bytes.subarray(at + 8, at + 16)) : short;
  if (size < 8 || size > LONGEST) throw new NotUnderstood('a box of an odd size');
  return { type, at, begin: at + (isLong ? 16 : 8), end: at + size };
}
