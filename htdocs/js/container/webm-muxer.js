// @ts-check
// A WebM file with sound in Opus, and perhaps a picture (RFC 9559), as pure functions: with its length, and places to
// seek to.
import { joined, sizeOf, text, whole } from './bytes.js';
import { PRE_ROLL, RATE, packetLength, withSkip } from './opus.js';

const CLUSTER_MS = 5000;
const NANOSECONDS = 1e9;
const SOUND = 1;
const FILM = 2;
const KEY = 0x80;

/** @typedef {import('./bytes.js').Bytes} Bytes */
/**
 * @typedef {object} Film
 * @property {Bytes[]} about the elements that say what its track is, but for its number
 * @property {{data: Uint8Array, ms: number, isKey: boolean}[]} pictures ms: after the beginning of what is heard
 */
/** @typedef {{ms: number, track: number, isKey: boolean, data: Uint8Array}} Block */

/** @param {number} value */
const real = (value) => new Uint8Array(new Float64Array([value]).buffer).reverse();

/** An element of EBML. @param {number} id @param {...Bytes} bodies */
export function element(id, ...bodies) {
  // The length always has four bytes: then one knows before where everything will be.
  return joined([whole(id), whole(0x10000000 + sizeOf(bodies), 4), ...bodies]);
}

const HEADER = element(
  0x1a45dfa3,
  element(0x4286, [1]),
  element(0x42f7, [1]),
  element(0x42f2, [4]),
  element(0x42f3, [8]),
  element(0x4282, text('webm')),
  element(0x4287, [4]),
  element(0x4285, [2]),
);

/** @param {number} samples */
const toMs = (samples) => (samples * 1000) / RATE;

/** @param {number} ms */
const info = (ms) =>
  element(
    0x1549a966,
    element(0x2ad7b1, whole(1_000_000)),
    element(0x4489, real(ms)),
    element(0x4d80, text('mozchat')),
    element(0x5741, text('mozchat')),
  );

/** @param {number} track */
const numbers = (track) => [element(0xd7, [track]), element(0x73c5, [track])];

/** @param {Uint8Array} head @param {number} skip samples */
const soundTrack = (head, skip) =>
  element(
    0xae,
    ...numbers(SOUND),
    element(0x83, [2]), // sound
    element(0x9c, [0]), // no lacing
    element(0x86, text('A_OPUS')),
    element(0x56aa, whole((skip * NANOSECONDS) / RATE)),
    element(0x56bb, whole((PRE_ROLL * NANOSECONDS) / RATE)),
    element(0x63a2, withSkip(head, skip)),
    element(0xe1, element(0xb5, real(RATE)), element(0x9f, [head[9] || 1])),
  );

/**
 * The sound's blocks, whose times count what is not to be heard.
 * @param {Uint8Array[]} packets @param {number[]} gaps samples of silence before packets
 * @returns {Block[]}
 */
function soundBlocks(packets, gaps) {
  let samples = 0;
  return packets.map((data, n) => {
    samples += gaps[n] ?? 0;
    const ms = Math.round(toMs(samples));
    samples += packetLength(data);
    return { ms, track: SOUND, isKey: true, data };
  });
}

/** @param {Film} film @returns {Block[]} */
const filmBlocks = ({ pictures }) =>
  pictures.map(({ data, ms, isKey }) => ({
    ms: Math.max(0, Math.round(ms)),
    track: FILM,
    isKey,
    data,
  }));

/** @param {Block[]} blocks in their order @returns {{ms: number, bytes: Uint8Array}[]} */
function clusters(blocks) {
  /** @type {{ms: number, blocks: Uint8Array[]}[]} */
  const made = [];
  for (const { ms, track, isKey, data } of blocks) {
    if (!made.length || ms - made[made.length - 1].ms >= CLUSTER_MS) made.push({ ms, blocks: [] });
    const last = made[made.length - 1];
    const head = [0x80 | track, ...whole(ms - last.ms, 2), isKey ? KEY : 0];
    last.blocks.push(element(0xa3, head, data));
  }
  return made.map(({ ms, blocks: bodies }) => ({
    ms,
    bytes: element(0x1f43b675, element(0xe7, whole(ms)), ...bodies),
  }));
}

/** @param {{ms: number, at: number}[]} places */
const cues = (places) =>
  element(
    0x1c53bb6b,
    ...places.map(({ ms, at }) =>
      element(
        0xbb,
        element(0xb3, whole(ms, 4)),
        element(0xb7, element(0xf7, [SOUND]), element(0xf1, whole(at, 4))),
      ),
    ),
  );

/**
 * Puts packets into a file.
 * @param {object} what
 * @param {Uint8Array} what.head the stream's OpusHead
 * @param {Uint8Array[]} what.packets
 * @param {number} what.skip so many samples at the beginning are not to be heard
 * @param {Film | null} [what.film]
 * @param {number[]} [what.gaps] by packets, so many samples before them are silent and not in the file
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function writeWebm({ head, packets, skip, film = null, gaps = [] }) {
  const silent = gaps.reduce((sum, gap) => sum + gap, 0);
  const samples = packets.reduce((sum, packet) => sum + packetLength(packet), silent);
  const about = film ? [element(0xae, ...numbers(FILM), ...film.about)] : [];
  const tracks = element(0x1654ae6b, soundTrack(head, skip), ...about);
  const begin = [info(toMs(Math.max(0, samples - skip))), tracks];
  const blocks = [...soundBlocks(packets, gaps), ...(film ? filmBlocks(film) : [])];
  const body = clusters(blocks.sort((a, b) => a.ms - b.ms));
  let at = sizeOf([...begin, cues(body.map(({ ms }) => ({ ms, at: 0 })))]);
  const places = body.map(({ ms, bytes }) => {
    const place = { ms, at };
    at += bytes.length;
    return place;
  });
  return joined([
    HEADER,
    element(0x18538067, ...begin, cues(places), ...body.map(({ bytes }) => bytes)),
  ]);
}
