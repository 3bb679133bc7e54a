// @ts-check
// Where a recording goes on that another one has begun, as a pure function: recorders that can't be cut overlap, so that
// nothing is lost between them.

/** So much of the one's end is looked for in the other's beginning, which has it within so much; seconds. */
const PATTERN_SEC = 0.08;
const WITHIN_SEC = 0.6;
/** Encoders spoil the very end. */
const EDGE_SEC = 0.01;
/** How alike it is there at least; what is softer than this is nothing to go by. */
const ALIKE = 0.85;
const SOFT = 0.003;
/** Looked for in every so many samples first. */
const COARSE = 6;

/**
 * How many samples of the second were already in the first; 0: that can't be told, or none.
 * @param {Float32Array} first @param {Float32Array} second @param {number} rate
 */
export function overlapOf(first, second, rate) {
  const [edge, length] = [EDGE_SEC, PATTERN_SEC].map((seconds) => Math.round(seconds * rate));
  const pattern = first.subarray(first.length - edge - length, first.length - edge);
  const last = Math.min(second.length, Math.round(WITHIN_SEC * rate)) - length;
  if (pattern.length < length || last < 0 || levelOf(pattern) < SOFT) return 0;
  const near = best(pattern, second, { from: 0, to: last, step: COARSE });
  const range = { from: Math.max(0, near.at - COARSE), to: Math.min(last, near.at + COARSE) };
  const { at, alike } = best(pattern, second, { ...range, step: 1 });
  return alike < ALIKE ? 0 : at + length + edge;
}

/**
 * Where a pattern is found best, looking at every `step`-th place and sample.
 * @param {Float32Array} pattern @param {Float32Array} sound @param {{from: number, to: number, step: number}} where
 */
function best(pattern, sound, { from, to, step }) {
  let found = { at: from, alike: -1 };
  for (let at = from; at <= to; at += step) {
    const alike = likeness(pattern, sound, at, step);
    if (alike > found.alike) found = { at, alike };
  }
  return found;
}

/** From -1 to 1. @param {Float32Array} pattern @param {Float32Array} sound @param {number} at @param {number} step */
function likeness(pattern, sound, at, step) {
  let [product, one, other] = [0, 1e-9, 1e-9];
  for (let i = 0; i < pattern.length; i += step) {
    product += pattern[i] * sound[at + i];
    one += pattern[i] ** 2;
    other += sound[at + i] ** 2;
  }
  return product / Math.sqrt(one * other);
}

/** @param {Float32Array} sound */
const levelOf = (sound) =>
  Math.sqrt(sound.reduce((sum, sample) => sum + sample * sample, 0) / sound.length);
