// @ts-check
// Opus, and a picture with it, out of WebM (RFC 8794 and 9559), while it is still being written: a MediaRecorder gives it
// out in pieces that end anywhere.
import { joined, NotUnderstood, number } from './bytes.js';
import { packetLength, PRE_ROLL, RATE, skipOf } from './opus.js';
import { element, writeWebm } from './webm-muxer.js';

/** @typedef {import('./frames.js').Frame} Frame */
/** @typedef {import('./frames.js').Reader} Reader */
/** @typedef {{id: number, at: number, begin: number, end: number}} Element begin: of its inside */

const SEGMENT = 0x18538067;
const CLUSTER = 0x1f43b675;
const CLUSTER_TIME = 0xe7;
const TRACKS = 0x1654ae6b;
const TRACK = 0xae;
const TRACK_NUMBER = 0xd7;
const TRACK_UID = 0x73c5;
const TRACK_TYPE = 0x83;
const CODEC = 0x86;
const CODEC_DELAY = 0x56aa;
const CODEC_PRIVATE = 0x63a2;
const MOST_ADDITIONS = 0x55ee;
const VIDEO = 0xe0;
const ALPHA_MODE = 0x53c0;
const BLOCK_GROUP = 0xa0;
const BLOCK = 0xa1;
const SIMPLE_BLOCK = 0xa3;
const EBML = 0x1a45dfa3;

/** Elements whose inside is read as it comes; of some nobody knows at first how long they get. */
const OPEN = new Set([SEGMENT, CLUSTER, TRACKS, BLOCK_GROUP]);
/** What is not kept of what a file says of its picture: in our files it has another number, and no additions. */
const NOT_KEPT = new Set([TRACK_NUMBER, TRACK_UID, MOST_ADDITIONS]);
/** Nothing that belongs into a recording is longer. */
const LONGEST = 1 << 24;
const LACED = 0x06;
const KEY = 0x80;
const PICTURE = 1;

/** @implements {Reader} */
export class WebmReader {
  rate = RATE;
  preRoll = PRE_ROLL;
  skip = 0;
  losesEnd = false;
  /** The stream's OpusHead. */
  #head = new Uint8Array(0);
  /** What the file says of its picture: see webm-writer.js. @type {Uint8Array[] | null} */
  #film = null;
  /** The number of the track with the picture. */
  #filmNumber = 0;
  #rest = new Uint8Array(0);
  #begun = false;
  #clusterMs = 0;

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
    for (let element = elementAt(all, at); element; element = elementAt(all, at)) {
      const { id, begin, end } = element;
      if (!this.#begun && id !== EBML) throw new NotUnderstood('this is no WebM');
      this.#begun = true;
      if (OPEN.has(id)) at = begin;
      else if (end > all.length) break;
      else {
        this.#take(id, all.subarray(begin, end), frames);
        at = end;
      }
    }
    this.#rest = all.slice(at);
    return frames;
  }

  /** @param {Frame[]} sound @param {number} skip @param {Frame[]} [pictures] @param {number[]} [gaps] */
  write(sound, skip, pictures = [], gaps = []) {
    const film = this.#film && pictures.length ? { about: this.#film, pictures } : null;
    const packets = sound.map(({ data }) => data);
    return writeWebm({ head: this.#head, packets, skip, film, gaps });
  }

  /** @param {number} id @param {Uint8Array} body @param {Frame[]} frames */
  #take(id, body, frames) {
    if (id === TRACK) this.#takeTrack(body);
    else if (id === CLUSTER_TIME) this.#clusterMs = number(body);
    else if (id === SIMPLE_BLOCK || id === BLOCK) frames.push(this.#frame(id, body));
  }

  /** @param {Uint8Array} body */
  #takeTrack(body) {
    const elements = inside(body);
    const about = new Map(elements.map(({ id, begin, end }) => [id, body.subarray(begin, end)]));
    const part = (/** @type {number} */ id) => about.get(id) ?? new Uint8Array(0);
    if (number(part(TRACK_TYPE)) === PICTURE) {
      const kept = elements.filter(({ id }) => !NOT_KEPT.has(id));
      this.#film = kept.map(({ id, at, begin, end }) =>
        id === VIDEO ? opaque(body.subarray(begin, end)) : body.slice(at, end),
      );
      this.#filmNumber = number(part(TRACK_NUMBER));
      return;
    }
    const codec = String.fromCharCode(...part(CODEC));
    this.#head = part(CODEC_PRIVATE).slice();
    if (codec !== 'A_OPUS' || this.#head.length < 19) throw new NotUnderstood(`not Opus: ${codec}`);
    const delay = Math.round((number(part(CODEC_DELAY)) * RATE) / 1e9);
    this.skip = Math.max(skipOf(this.#head), delay);
  }

  /** @param {number} id @param {Uint8Array} block @returns {Frame} */
  #frame(id, block) {
    const numberLength = sizeLength(block[0]);
    const head = numberLength + 3;
    if (block.length <= head || block[head - 1] & LACED) throw new NotUnderstood('an odd block');
    const isPicture = (block[0] & 0x7f) === this.#filmNumber && numberLength === 1;
    // Which of these is a key is said elsewhere.
    if (isPicture && id === BLOCK) throw new NotUnderstood('a picture in a group');
    if (!isPicture && !this.#head.length) throw new NotUnderstood('a block of no track');
    const data = block.slice(head);
    const after = (number(block.subarray(numberLength, numberLength + 2)) << 16) >> 16;
    return {
      data,
      isPicture,
      isKey: !isPicture || (block[head - 1] & KEY) > 0,
      ms: this.#clusterMs + after,
      length: isPicture ? 0 : packetLength(data),
    };
  }
}

/**
 * What is said of a picture's size and colours, without the claim that it has an alpha channel: Chromium's recordings claim
 * one and have none, and WebKit shows nothing of them.
 * @param {Uint8Array} body
 */
const opaque = (body) =>
  element(
    VIDEO,
    ...inside(body)
      .filter(({ id }) => id !== ALPHA_MODE)
      .map(({ at, end }) => body.subarray(at, end)),
  );

/** The elements in a body that is whole. @param {Uint8Array} body @returns {Element[]} */
function inside(body) {
  const found = [];
  for (let element = elementAt(body, 0); element; element = elementAt(body, element.end)) {
    found.push(element);
  }
  return found;
}

/**
 * The element that begins there, if its head is whole.
 * @param {Uint8Array} bytes @param {number} at
 * @returns {Element | null}
 */
function elementAt(bytes, at) {
  const idLength = sizeLength(bytes[at]);
  const sizeAt = at + idLength;
  if (at >= bytes.length || sizeAt >= bytes.length) return null;
  const begin = sizeAt + sizeLength(bytes[sizeAt]);
  if (idLength > 4 || begin - sizeAt > 8) throw new NotUnderstood('this is no WebM');
  if (begin > bytes.length) return null;
  const id = number(bytes.subarray(at, sizeAt));
  // Its first byte says with a bit how long the number is.
  const first = bytes[sizeAt] ^ (0x100 >> (begin - sizeAt));
  const size = number([first, ...bytes.subarray(sizeAt + 1, begin)]);
  if (size > LONGEST && !OPEN.has(id)) throw new NotUnderstood('an element is too long');
  return { id, at, begin, end: begin + size };
}

/** How many bytes a number has that begins with this one. @param {number} first */
const sizeLength = (first) => Math.clz32(first) - 23;
