// Sounds that are made, and clips that are looked into: ffmpeg and ffprobe.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const RATE = 48_000;

/** Writes a WAV file of a sound given as an expression of `t` in seconds (see ffmpeg's aevalsrc). */
export async function makeSound(path, expression, seconds) {
  const source = `aevalsrc=exprs='${expression}':sample_rate=${RATE}:duration=${seconds}`;
  await run('ffmpeg', [
    '-v',
    'error',
    '-y',
    '-f',
    'lavfi',
    '-i',
    source,
    '-c:a',
    'pcm_s16le',
    path,
  ]);
}

/** 440 and 880 Hz in turns, four times a second: what stays the same is taken for noise and suppressed. */
export const makeTone = (path) =>
  makeSound(path, '0.6*sin(2*PI*440*(1+gte(mod(t,0.5),0.25))*t)*lt(mod(t,0.25),0.2)', 10);

/** The steps of `makeStairs`: so many, each so long, from the first frequency up. */
export const STAIRS = { steps: 60, seconds: 0.5, first: 300, rise: 40 };

/** A staircase of tones: what one hears tells when it was said. */
export function makeStairs(path) {
  const { steps, seconds, first, rise } = STAIRS;
  const frequency = `(${first}+${rise}*floor(t/${seconds}))`;
  const pulse = `lt(mod(t,${seconds / 2}),${seconds / 2 - 0.03})`;
  return makeSound(path, `0.6*sin(2*PI*${frequency}*t)*${pulse}`, steps * seconds);
}

/** What a clip is: {codecs, duration, format}. @param {string} path */
export async function probe(path) {
  const { stdout } = await run('ffprobe', [
    ...[
      '-v',
      'error',
      '-of',
      'json',
      '-show_entries',
      'stream=codec_name:format=duration,format_name',
    ],
    path,
  ]);
  const { streams, format } = JSON.parse(stdout);
  return {
    codecs: streams.map(({ codec_name: name }) => name),
    duration: Number(format.duration),
    format: format.format_name,
  };
}

/** The sound of a clip as samples between -1 and 1. @param {string} path */
export async function samples(path) {
  const { stdout } = await run(
    'ffmpeg',
    ['-v', 'error', '-i', path, '-vn', '-ac', '1', '-ar', String(RATE), '-f', 'f32le', '-'],
    { encoding: 'buffer', maxBuffer: 1 << 28 },
  );
  return new Float32Array(stdout.buffer, stdout.byteOffset, Math.floor(stdout.byteLength / 4));
}

/**
 * How much of a frequency is in a sound: the largest part of a full sine's power in any tenth of a second
 * (Goertzel's algorithm).
 * @param {Float32Array} sound @param {number} frequency
 */
export function loudness(sound, frequency) {
  const length = RATE / 10;
  let most = 0;
  for (let from = 0; from + length <= sound.length; from += length / 2) {
    most = Math.max(most, goertzel(sound.subarray(from, from + length), frequency));
  }
  return most;
}

/** @param {Float32Array} piece @param {number} frequency */
function goertzel(piece, frequency) {
  const step = 2 * Math.cos((2 * Math.PI * frequency) / RATE);
  let [last, before] = [0, 0];
  for (const sample of piece) [last, before] = [sample + step * last - before, last];
  const power = last * last + before * before - step * last * before;
  return (4 * power) / piece.length ** 2;
}

/** Where in a sound a tone is heard: the first and the last moment, and for how long together; seconds. */
export function whereIs(sound, frequency) {
  const length = RATE / 50;
  const at = [];
  for (let from = 0; from + length <= sound.length; from += length) {
    if (goertzel(sound.subarray(from, from + length), frequency) > 0.002) at.push(from / RATE);
  }
  return { first: at[0], last: at.at(-1), seconds: (at.length * length) / RATE };
}

/** Which of these frequencies is loudest. @param {Float32Array} sound @param {number[]} frequencies */
export function loudest(sound, frequencies) {
  const measured = frequencies.map((frequency) => [loudness(sound, frequency), frequency]);
  return measured.reduce((best, one) => (one[0] > best[0] ? one : best))[1];
}
