// Opus in WebM: cut while it is being written, and put into files of their own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NotUnderstood } from '../../htdocs/js/container/bytes.js';
import { gapsIn } from '../../htdocs/js/container/frames.js';
import { packetLength } from '../../htdocs/js/container/opus.js';
import { WebmReader } from '../../htdocs/js/container/webm-demuxer.js';
import { writeWebm } from '../../htdocs/js/container/webm-muxer.js';

const HEAD = Uint8Array.from('OpusHead\x01\x01\0\0\x80\xbb\0\0\0\0\0', (c) => c.charCodeAt(0));
/** Packets of 60 ms that can be told from each other. @param {number} count */
const packets = (count) =>
  Array.from({ length: count }, (_, n) => Uint8Array.of(0x7b, 3, n & 255, n >> 8));

/** @param {Uint8Array} file @param {number} step so many bytes at a time */
function readIn(file, step) {
  const reader = new WebmReader();
  /** @type {import('../../htdocs/js/container/frames.js').Frame[]} */
  const frames = [];
  for (let at = 0; at < file.length; at += step)
    frames.push(...reader.push(file.subarray(at, at + step)));
  const found = frames.filter(({ isPicture }) => !isPicture).map(({ data }) => data);
  return { found, frames, reader };
}

/** @param {Uint8Array[]} made @param {number} skip */
const soundFile = (made, skip) => writeWebm({ head: HEAD, packets: made, skip });

test('what was written is read again, in whatever portions it comes', () => {
  const made = packets(300);
  const file = soundFile(made, 5760);
  for (const step of [1, 7, 1000, file.length]) {
    const { found, reader } = readIn(file, step);
    assert.deepEqual(found, made, `${step} bytes at a time`);
    assert.equal(reader.skip, 5760);
  }
});

test('a file is read as MediaRecorders write it: parts that do not say how long they are, numbers with eight bytes', () => {
  const file = soundFile(packets(3), 0);
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

test('a picture is read and written with the sound, each at its time', () => {
  // Its track: a picture, in VP8.
  const about = [
    [0x83, 0x81, 1],
    [0x86, 0x85, ...Buffer.from('V_VP8')],
  ];
  const pictures = Array.from({ length: 100 }, (_, n) => ({
    data: Uint8Array.of(9, n),
    ms: n * 66,
    isKey: n % 30 === 0,
  }));
  const made = packets(110);
  const file = writeWebm({ head: HEAD, packets: made, skip: 2880, film: { about, pictures } });
  const { found, frames, reader } = readIn(file, 100);
  assert.deepEqual(found, made);
  const shots = frames.filter(({ isPicture }) => isPicture);
  const seen = shots.map(({ data, ms, isKey }) => ({ data, ms, isKey }));
  assert.deepEqual(seen, pictures);
  const sound = frames.filter(({ isPicture }) => !isPicture);
  assert.deepEqual(reader.write(sound, 2880, shots), file, 'and the same again');
  assert.deepEqual(readIn(reader.write(sound, 2880), 100).frames, sound, 'or without the picture');
});

test('a picture’s claim of an alpha channel that it has not is not passed on', () => {
  const video = [0xe0, 0x8b, 0xb0, 0x81, 64, 0xba, 0x81, 48, 0x53, 0xc0, 0x81, 1];
  const about = [
    [0x83, 0x81, 1],
    [0x86, 0x85, ...Buffer.from('V_VP8')],
    [0x55, 0xee, 0x81, 1],
    video,
  ];
  const pictures = [{ data: Uint8Array.of(9), ms: 0, isKey: true }];
  const file = writeWebm({ head: HEAD, packets: packets(2), skip: 0, film: { about, pictures } });
  const { frames, reader } = readIn(file, 100);
  const [sound, shots] = [false, true].map((is) => frames.filter((one) => one.isPicture === is));
  const again = Buffer.from(reader.write(sound, 0, shots));
  assert.ok(Buffer.from(file).includes(Buffer.of(0x53, 0xc0)));
  assert.ok(!again.includes(Buffer.of(0x53, 0xc0)) && !again.includes(Buffer.of(0x55, 0xee)));
  assert.ok(
    again.includes(Buffer.of(0xb0, 0x10, 0, 0, 1, 64)) || again.includes(Buffer.of(0xb0, 0x81, 64)),
  );
  assert.deepEqual(readIn(again, 100).frames, frames, 'and the rest is as it was');
});

test('where a recorder heard nothing for a while, sound and picture stay together', () => {
  const made = packets(3);
  const sound = made.map((data, n) => ({
    data,
    isPicture: false,
    isKey: true,
    ms: 300 + n * 60 + (n === 2 ? 500 : 0),
    length: 2880,
  }));
  const gaps = gapsIn(sound, 48_000, 0);
  assert.deepEqual(gaps, [14_400, 0, 24_000]);
  const file = writeWebm({ head: HEAD, packets: made, skip: 0, gaps });
  assert.deepEqual(
    readIn(file, 100).frames.map(({ ms }) => ms),
    [300, 360, 920],
  );
});

test('what is no WebM with Opus is said so', () => {
  const mp4 = Uint8Array.from('\0\0\0\x20ftypisom', (c) => c.charCodeAt(0));
  assert.throws(() => new WebmReader().push(mp4), NotUnderstood);
  const vorbis = soundFile(packets(1), 0);
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
