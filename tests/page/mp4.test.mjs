// Sound in MP4: cut while it is being written, and put into files of their own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joined, NotUnderstood, text, whole } from '../../htdocs/js/container/bytes.js';
import { Mp4Reader, unskipped } from '../../htdocs/js/container/mp4-demuxer.js';

const four = (/** @type {number} */ value) => whole(value, 4);
/** @param {string} type @param {...(Uint8Array | number[])} bodies */
function box(type, ...bodies) {
  const body = joined(bodies);
  return joined([four(body.length + 8), text(type), body]);
}

const ABOUT = box('stsd', four(0), four(1), box('mp4a', new Uint8Array(28)));

/** What a recorder writes first. @param {string} handler */
const beginning = (handler = 'soun') =>
  joined([
    box('ftyp', text('isom'), four(0)),
    box(
      'moov',
      box(
        'trak',
        box('edts', box('elst', four(0), four(1), four(0), four(1024), four(0x10000))),
        box(
          'mdia',
          box('mdhd', new Uint8Array(12), four(44_100), four(0), four(0)),
          box('hdlr', new Uint8Array(8), text(handler), new Uint8Array(13)),
          box('minf', box('stbl', ABOUT)),
        ),
      ),
      box('mvex', box('trex', four(0), four(1), four(1), four(1024), four(3), four(0))),
    ),
  ]);

/** A fragment of frames that say their size, or have the usual one. @param {Uint8Array[]} frames @param {boolean} sized */
const fragment = (frames, sized) =>
  joined([
    box(
      'moof',
      box('mfhd', four(0), four(1)),
      box(
        'traf',
        box('tfhd', four(0x020000), four(1)),
        box(
          'trun',
          four(sized ? 0x201 : 0x1),
          four(frames.length),
          four(100),
          ...(sized ? frames.map(({ length }) => four(length)) : []),
        ),
      ),
    ),
    box('mdat', ...frames),
  ]);

const SIZED = [Uint8Array.of(1, 1), Uint8Array.of(2, 2, 2, 2), Uint8Array.of(3)];
const USUAL = [Uint8Array.of(4, 4, 4), Uint8Array.of(5, 5, 5)];
const FILE = joined([beginning(), fragment(SIZED, true), fragment(USUAL, false)]);

test('a recording is read in whatever portions it comes', () => {
  for (const step of [1, 7, FILE.length]) {
    const reader = new Mp4Reader();
    const frames = [];
    for (let at = 0; at < FILE.length; at += step)
      frames.push(...reader.push(FILE.subarray(at, at + step)));
    assert.deepEqual(
      frames.map(({ data }) => data),
      [...SIZED, ...USUAL],
      `${step} bytes at a time`,
    );
    assert.ok(frames.every(({ length }) => length === 1024));
    assert.deepEqual([reader.rate, reader.skip], [44_100, 1024]);
  }
});

test('a recording of WebKitGTK is read once, though it begins twice and repeats its last fragment’s head', () => {
  const [head, data] = [0, 1].map((half) => {
    const both = fragment(USUAL, false);
    const at = Buffer.from(both).indexOf('mdat') - 4;
    return half ? both.subarray(at) : both.subarray(0, at);
  });
  const begin = beginning();
  const ftyp = begin.subarray(0, begin[3]);
  const reader = new Mp4Reader();
  const frames = reader.push(joined([ftyp, begin, fragment(SIZED, true), head, head, data]));
  assert.deepEqual(
    frames.map((frame) => frame.data),
    [...SIZED, ...USUAL],
  );
  assert.equal(reader.losesEnd, true);
  const other = new Mp4Reader();
  other.push(FILE);
  assert.equal(other.losesEnd, false);
});

test('a piece says what of it is not to be heard, and gives it out when asked', () => {
  const reader = new Mp4Reader();
  const frames = reader.push(FILE);
  const piece = reader.write(frames.slice(1), 2048);
  const { bytes, skip, length, rate } = unskipped(piece);
  assert.deepEqual([skip, length, rate], [2048, 4096, 44_100]);
  assert.equal(unskipped(bytes).skip, 0);
  const edit = Buffer.from(bytes).indexOf('elst') + 12;
  assert.deepEqual(bytes.slice(edit, edit + 4), Uint8Array.from(four(4096)), 'all of it');
  assert.equal(bytes.length, piece.length);
  assert.equal(unskipped(piece).skip, 2048, 'the piece itself is as it was');
  const data = joined(frames.slice(1).map((frame) => frame.data));
  assert.deepEqual(piece.subarray(-data.length), data);
});

test('what is no MP4 with sound alone is said so', () => {
  const others = [
    Uint8Array.of(0x1a, 0x45, 0xdf, 0xa3, 0, 0, 0, 0, 0, 0),
    beginning('vide'),
    joined([box('ftyp'), box('mdat', [1, 2, 3])]),
    joined([beginning(), box('mdat', [1, 2, 3])]),
  ];
  for (const bytes of others) assert.throws(() => new Mp4Reader().push(bytes), NotUnderstood);
  for (const bytes of [beginning('vide'), beginning()]) {
    assert.throws(() => unskipped(bytes), NotUnderstood);
  }
});
