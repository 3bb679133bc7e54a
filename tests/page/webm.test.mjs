// Opus in WebM: cut while it is being written, and put into files of their own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packetLength, skipOf } from '../../htdocs/js/media/opus.js';
import { NotUnderstood, WebmReader } from '../../htdocs/js/media/webm-reader.js';
import { writeWebm } from '../../htdocs/js/media/webm-writer.js';

const HEAD = Uint8Array.from('OpusHead\x01\x01\0\0\x80\xbb\0\0\0\0\0', (c) => c.charCodeAt(0));
/** Packets of 60 ms that can be told from each other. @param {number} count */
const packets = (count) =>
  Array.from({ length: count }, (_, n) => Uint8Array.of(0x7b, 3, n & 255, n >> 8));

/** @param {Uint8Array} file @param {number} step so many bytes at a time */
function readIn(file, step) {
  const reader = new WebmReader();
  const found = [];
  for (let at = 0; at < file.length; at += step)
    found.push(...reader.push(file.subarray(at, at + step)));
  return { found, track: reader.track };
}

test('what was written is read again, in whatever portions it comes', () => {
  const made = packets(300);
  const file = writeWebm(HEAD, made, 5760);
  for (const step of [1, 7, 1000, file.length]) {
    const { found, track } = readIn(file, step);
    assert.deepEqual(found, made, `${step} bytes at a time`);
    assert.deepEqual([skipOf(track.head), track.skip], [5760, 120_000_000]);
  }
});

test('a file is read as MediaRecorders write it: parts that do not say how long they are, numbers with eight bytes', () => {
  const file = writeWebm(HEAD, packets(3), 0);
  const segment = file.indexOf(0x18, 5);
  const header = [
    ...file.slice(0, 4),
    0x01,
    0,
    0,
    0,
    0,
    0,
    0,
    segment - 8,
    ...file.slice(8, segment),
  ];
  const endless = [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
  const open = [...file.slice(segment, segment + 4), ...endless, ...file.slice(segment + 8)];
  assert.deepEqual(readIn(Uint8Array.of(...header, ...open), 5).found, packets(3));
});

test('what is no WebM with Opus is said so', () => {
  const mp4 = Uint8Array.from('\0\0\0\x20ftypisom', (c) => c.charCodeAt(0));
  assert.throws(() => new WebmReader().push(mp4), NotUnderstood);
  const vorbis = writeWebm(HEAD, packets(1), 0);
  vorbis.set(Buffer.from('A_ABCD'), Buffer.from(vorbis).indexOf('A_OPUS'));
  assert.throws(() => new WebmReader().push(vorbis), NotUnderstood);
});

test('a packet says how long it sounds', () => {
  const cases = [
    [[0x7b, 3], 2880], // as Chromium writes: three frames of 20 ms
    [[0x78], 960],
    [[0x79], 1920],
    [[0x18], 2880],
    [[0xe0], 120],
    [[0x08, 0], 960],
    [[], 0],
  ];
  for (const [bytes, samples] of cases) {
    assert.equal(packetLength(Uint8Array.from(bytes)), samples, JSON.stringify(bytes));
  }
});
