// What is recorded, and for how long: the rules that need no browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  longestPiece,
  presetNames,
  presets,
  recordingFault,
} from '../../htdocs/js/container/recording-formats.js';
import { unattendedTimes } from '../../htdocs/js/record/unattended.js';

test('seven pictures can be chosen, and the camera’s own comes first', () => {
  assert.equal(presetNames.length, 7);
  assert.equal(presets[presetNames[0]].width, undefined);
  const sizes = presetNames.slice(1).map((name) => {
    const { width, height, frameRate } = presets[name];
    return `${width}x${height}@${frameRate}`;
  });
  assert.deepEqual(sizes, presetNames.slice(1));
});

test('the longest piece is what still fits into the thread’s largest clip', () => {
  assert.equal(longestPiece(30_000, 'audio'), 16);
  assert.equal(longestPiece(30_000, 'video'), 2);
  assert.equal(longestPiece(0, 'audio'), 1);
});

test('a stream that nobody attends to is warned of before it ends', () => {
  assert.deepEqual(unattendedTimes(120), { warnAfter: 100, warning: 20 });
  assert.deepEqual(unattendedTimes(8), { warnAfter: 6, warning: 2 });
});

const formats = [
  { mime: 'audio/webm;codecs=opus', ext: 'webm', kind: 'audio' },
  { mime: 'video/mp4', ext: 'mp4', kind: 'video' },
];
for (const [name, kinds, canRecord, wanted] of [
  ['all can be recorded', ['audio', 'video'], () => true, ''],
  ['pictures can’t', ['audio', 'video'], (mime) => mime.startsWith('audio'), 'Mime fault: video: no recording in video/mp4'], // prettier-ignore
  ['pictures can’t, and nobody wants them', ['audio'], (mime) => mime.startsWith('audio'), ''],
  ['there is no recorder', ['audio'], null, 'Mime fault: audio: no MediaRecorder'],
]) {
  test(`what the admin hears: ${name}`, () => {
    assert.equal(recordingFault(formats, kinds, canRecord), wanted);
  });
}
