// @ts-check
// A plain MP4 with sound alone (ISO/IEC 14496-12), as a pure function.
import { joined, sizeOf, text, whole } from './bytes.js';

/** @typedef {import('./bytes.js').Bytes} Bytes */

const four = (/** @type {number} */ value) => whole(value, 4);
const two = (/** @type {number} */ value) => whole(value, 2);
const zeros = (/** @type {number} */ count) => new Uint8Array(count);
const ONE = four(0x10000);
/** Nothing is turned or moved. */
const MATRIX = joined([ONE, zeros(12), ONE, zeros(12), four(0x40000000)]);
/** Of what there is one, and of which there is but one. */
const ONLY = four(1);

/** @param {string} type @param {...Bytes} bodies */
const box = (type, ...bodies) => joined([four(8 + sizeOf(bodies)), text(type), ...bodies]);

/** One that says its version and flags. @param {string} type @param {number} flags @param {...Bytes} bodies */
const full = (type, flags, ...bodies) => box(type, four(flags), ...bodies);

/** The lengths of frames, as so many of the same. @param {{length: number}[]} frames */
function runs(frames) {
  /** @type {{count: number, length: number}[]} */
  const found = [];
  for (const { length } of frames) {
    const last = found[found.length - 1];
    if (last?.length === length) last.count += 1;
    else found.push({ count: 1, length });
  }
  return found;
}

/**
 * Puts frames into a file.
 * @param {object} what
 * @param {Uint8Array} what.about the box stsd: what a decoder must know
 * @param {number} what.rate units in a second
 * @param {{data: Uint8Array, length: number}[]} what.frames length: in units
 * @param {number} what.skip so many units at the beginning are not to be heard
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function writeMp4({ about, rate, frames, skip }) {
  const length = frames.reduce((sum, one) => sum + one.length, 0);
  const heard = four(Math.max(0, length - skip));
  const times = runs(frames).flatMap((run) => [...four(run.count), ...four(run.length)]);
  const moov = (/** @type {number} */ dataAt) => {
    const table = box(
      'stbl',
      about,
      full('stts', 0, four(times.length / 8), times),
      full('stsc', 0, ONLY, ONLY, four(frames.length), ONLY),
      full('stsz', 0, four(0), four(frames.length), ...frames.map(({ data }) => four(data.length))),
      full('stco', 0, ONLY, four(dataAt)),
    );
    const where = box('dinf', full('dref', 0, ONLY, full('url ', 1)));
    const media = box(
      'mdia',
      full('mdhd', 0, zeros(8), four(rate), four(length), two(0x55c4), zeros(2)),
      full('hdlr', 0, zeros(4), text('soun'), zeros(13)),
      box('minf', full('smhd', 0, zeros(4)), where, table),
    );
    const track = box(
      'trak',
      full(
        'tkhd',
        3,
        zeros(8),
        ONLY,
        zeros(4),
        heard,
        zeros(12),
        two(0x100),
        zeros(2),
        MATRIX,
        zeros(8),
      ),
      box('edts', full('elst', 0, ONLY, heard, four(skip), ONE)),
      media,
    );
    const movie = [four(rate), heard, ONE, two(0x100), zeros(10), MATRIX, zeros(24), four(2)];
    return box('moov', full('mvhd', 0, zeros(8), ...movie), track);
  };
  const head = box('ftyp', text('isom'), four(0x200), text('isomiso2mp41'));
  const dataAt = head.length + moov(0).length + 8;
  return joined([head, moov(dataAt), box('mdat', ...frames.map(({ data }) => data))]);
}
