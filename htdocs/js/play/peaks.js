// @ts-check
// How loud a clip is from moment to moment, for a picture of it and for the level while it plays. Worked out only for clips that somebody plays, once, and
// only where it is cheap: decoding a long clip would make an old phone stutter.

import { loudness } from '../device/level-meter.js';
import { savesData } from '../util/save-data.js';

/** @typedef {import('../net/clips.js').Clip} Clip */
/** peaks: 0..1 each; levels: how loud each `LEVEL_SEC` of it is, 0..1. @typedef {{peaks: number[], levels: number[]}} Shape */

export const BARS = 80;
export const LEVEL_SEC = 0.1;
/** So little sound is quicker heard than looked at: pieces of a stream, say. */
const LEAST_SEC = 3;
const MOST_SEC = 300;
const MOST_BYTES = 3_000_000;
const MOST_KEPT = 200;
/** Enough to see how loud it is, and a tenth of what it is recorded with. */
const SAMPLE_RATE = 8000;

/** @type {Map<string, Promise<Shape | null>>} */
const known = new Map();

/** The shape of a clip's sound; null: it would cost too much, or can't be had. @param {Clip} clip */
export function shapeOf(clip) {
  const kept = known.get(clip.id);
  if (kept) return kept;
  const shape = isCheap(clip) ? read(clip.url).catch(() => null) : Promise.resolve(null);
  known.set(clip.id, shape);
  const [oldest] = known.keys();
  if (known.size > MOST_KEPT) known.delete(oldest);
  return shape;
}

/** @param {Clip} clip */
function isCheap({ duration, bytes }) {
  const fits = duration >= LEAST_SEC && duration <= MOST_SEC && bytes <= MOST_BYTES;
  return fits && !savesData() && typeof OfflineAudioContext !== 'undefined';
}

/** @param {string} url */
async function read(url) {
  const response = await fetch(url);
  if (!response.ok) return null;
  const context = new OfflineAudioContext(1, 1, SAMPLE_RATE);
  const sound = await context.decodeAudioData(await response.arrayBuffer());
  const samples = sound.getChannelData(0);
  return { peaks: peaks(samples, BARS), levels: levels(samples, LEVEL_SEC * SAMPLE_RATE) };
}

/**
 * The loudest moment of each of so many equal parts, with the loudest of all as 1; silence stays 0.
 * @param {Float32Array} samples @param {number} count
 */
export function peaks(samples, count) {
  const parts = Array.from({ length: count }, (_, i) => {
    const end = Math.ceil(((i + 1) * samples.length) / count);
    let most = 0;
    for (let at = Math.floor((i * samples.length) / count); at < end; at += 1) {
      most = Math.max(most, Math.abs(samples[at]));
    }
    return most;
  });
  const loudest = Math.max(...parts);
  // What is hardly there must not be blown up to look like speech.
  return parts.map((part) => (loudest > 0.01 ? part / loudest : 0));
}

/** How loud each so many samples are. @param {Float32Array} samples @param {number} step */
const levels = (samples, step) =>
  Array.from({ length: Math.ceil(samples.length / step) }, (_, i) =>
    loudness(samples.subarray(i * step, (i + 1) * step)),
  );
