// @ts-check
// A WebM file with sound in Opus (RFC 9559), as pure functions: with its length, and places to seek to.
import { PRE_ROLL, RATE, packetLength, withSkip } from './opus.js';

const CLUSTER_MS = 5000;
const NANOSECONDS = 1e9;

/** @typedef {Uint8Array | number[]} Bytes */

/** @param {number} value @param {number} [least] bytes @returns {number[]} */
function whole(value, least = 1) {
  const bytes = [];
  for (let rest = value; rest >= 1 || bytes.length < least; rest = Math.floor(rest / 256)) {
    bytes.unshift(rest % 256);
  }
  return bytes;
}

/** @param {string} value */
const text = (value) => [...value].map((letter) => letter.charCodeAt(0));

/** @param {number} value */
const real = (value) => new Uint8Array(new Float64Array([value]).buffer).reverse();

/** @param {number} id @param {...Bytes} bodies */
function element(id, ...bodies) {
  const length = bodies.reduce((sum, body) => sum + body.length, 0);
  // Always as long: then one knows before where everything will be.
  const head = [...whole(id), ...whole(0x10000000 + length, 4)];
  const all = new Uint8Array(head.length + length);
  all.set(head);
  let at = head.length;
  for (const body of bodies) {
    all.set(body, at);
    at += body.length;
  }
  return all;
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

/** @param {Uint8Array} head @param {number} skip samples */
const tracks = (head, skip) =>
  element(
    0x1654ae6b,
    element(
      0xae,
      element(0xd7, [1]), // number
      element(0x73c5, [1]), // UID
      element(0x83, [2]), // sound
      element(0x9c, [0]), // no lacing
      element(0x86, text('A_OPUS')),
      element(0x56aa, whole((skip * NANOSECONDS) / RATE)),
      element(0x56bb, whole((PRE_ROLL * NANOSECONDS) / RATE)),
      element(0x63a2, withSkip(head, skip)),
      element(0xe1, element(0xb5, real(RATE)), element(0x9f, [head[9] || 1])),
    ),
  );

/** @param {Uint8Array[]} packets @returns {{ms: number, bytes: Uint8Array}[]} */
function clusters(packets) {
  /** @type {{ms: number, blocks: Uint8Array[]}[]} */
  const made = [];
  let samples = 0;
  for (const packet of packets) {
    const ms = Math.round(toMs(samples));
    if (!made.length || ms - made[made.length - 1].ms >= CLUSTER_MS) made.push({ ms, blocks: [] });
    const last = made[made.length - 1];
    last.blocks.push(element(0xa3, [0x81, ...whole(ms - last.ms, 2), 0x80], packet));
    samples += packetLength(packet);
  }
  return made.map(({ ms, blocks }) => ({
    ms,
    bytes: element(0x1f43b675, element(0xe7, whole(ms)), ...blocks),
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
        element(0xb7, element(0xf7, [1]), element(0xf1, whole(at, 4))),
      ),
    ),
  );

/**
 * Puts packets into a file.
 * @param {Uint8Array} head the stream's OpusHead
 * @param {Uint8Array[]} packets
 * @param {number} skip so many samples at the beginning are not to be heard
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function writeWebm(head, packets, skip) {
  const samples = packets.reduce((sum, packet) => sum + packetLength(packet), 0);
  const begin = [info(toMs(Math.max(0, samples - skip))), tracks(head, skip)];
  const body = clusters(packets);
  const lengthOf = (/** @type {Uint8Array[]} */ parts) =>
    parts.reduce((sum, { length }) => sum + length, 0);
  let at = lengthOf([...begin, cues(body.map(({ ms }) => ({ ms, at: 0 })))]);
  const places = body.map(({ ms, bytes }) => {
    const place = { ms, at };
    at += bytes.length;
    return place;
  });
  const segment = element(0x18538067, ...begin, cues(places), ...body.map(({ bytes }) => bytes));
  const file = new Uint8Array(HEADER.length + segment.length);
  file.set(HEADER);
  file.set(segment, HEADER.length);
  return file;
}
