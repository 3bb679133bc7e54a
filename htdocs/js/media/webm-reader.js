// @ts-check
// Opus out of WebM (RFC 8794 and 9559), while it is still being written: a MediaRecorder gives it out in pieces that
// end anywhere.

/** @typedef {{head: Uint8Array, skip: number}} Track head: its OpusHead; skip: nanoseconds at its beginning that are none of the sound */

const SEGMENT = 0x18538067;
const CLUSTER = 0x1f43b675;
const TRACKS = 0x1654ae6b;
const TRACK = 0xae;
const CODEC = 0x86;
const CODEC_DELAY = 0x56aa;
const CODEC_PRIVATE = 0x63a2;
const BLOCK_GROUP = 0xa0;
const BLOCK = 0xa1;
const SIMPLE_BLOCK = 0xa3;
const EBML = 0x1a45dfa3;

/** Elements whose inside is read as it comes; of some nobody knows at first how long they get. */
const OPEN = new Set([SEGMENT, CLUSTER, TRACKS, TRACK, BLOCK_GROUP]);
/** Nothing that belongs into a recording of sound is longer. */
const LONGEST = 1 << 24;
const LACED = 0x06;

/** Something else than one stream of Opus in WebM. */
export class NotUnderstood extends Error {}

export class WebmReader {
  /** What the file says of its stream. @type {Track} */
  track = { head: new Uint8Array(0), skip: 0 };
  #rest = new Uint8Array(0);
  #codec = '';
  #begun = false;

  /**
   * Takes the next bytes of the file, and returns the packets that are whole by now.
   * @param {Uint8Array} bytes
   * @returns {Uint8Array[]}
   * @throws {NotUnderstood}
   */
  push(bytes) {
    const all = new Uint8Array(this.#rest.length + bytes.length);
    all.set(this.#rest);
    all.set(bytes, this.#rest.length);
    /** @type {Uint8Array[]} */
    const packets = [];
    let at = 0;
    for (let element = elementAt(all, at); element; element = elementAt(all, at)) {
      const { id, begin, end } = element;
      if (!this.#begun && id !== EBML) throw new NotUnderstood('this is no WebM');
      this.#begun = true;
      if (OPEN.has(id)) at = begin;
      else if (end > all.length) break;
      else {
        this.#take(id, all.subarray(begin, end), packets);
        at = end;
      }
    }
    this.#rest = all.slice(at);
    return packets;
  }

  /** @param {number} id @param {Uint8Array} body @param {Uint8Array[]} packets */
  #take(id, body, packets) {
    if (id === CODEC) this.#codec = String.fromCharCode(...body);
    else if (id === CODEC_PRIVATE) this.track.head = body.slice();
    else if (id === CODEC_DELAY) this.track.skip = number(body);
    else if (id === SIMPLE_BLOCK || id === BLOCK) packets.push(this.#packet(body));
  }

  /** @param {Uint8Array} block */
  #packet(block) {
    if (this.#codec !== 'A_OPUS' || this.track.head.length < 19) {
      throw new NotUnderstood(`not Opus alone: ${this.#codec}`);
    }
    const head = sizeLength(block[0]) + 3;
    if (block.length <= head || block[head - 1] & LACED) throw new NotUnderstood('an odd block');
    return block.slice(head);
  }
}

/**
 * The element that begins there, if its head is whole.
 * @param {Uint8Array} bytes @param {number} at
 * @returns {{id: number, begin: number, end: number} | null}
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
  return { id, begin, end: begin + size };
}

/** How many bytes a number has that begins with this one. @param {number} first */
const sizeLength = (first) => Math.clz32(first) - 23;

/** @param {Iterable<number>} bytes big-endian */
function number(bytes) {
  let value = 0;
  for (const byte of bytes) value = value * 256 + byte;
  return value;
}
