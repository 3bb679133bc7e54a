// @ts-check
// The edges of a piece of sound, as pure functions: where pieces meet they run into each other, and where nothing
// follows there is no click.

/**
 * Sound as samples, and how many of these come before its beginning: the end of the piece that was cut off there.
 * @typedef {{channels: Float32Array[], lead: number}} Sound
 */

/** For so long two pieces that meet are heard together; seconds. */
export const FADE_SEC = 0.005;

/**
 * A part of a piece, with not more of what came before it than the next function wants.
 * @param {Sound} sound
 * @param {number} from where to begin, in samples after the sound's beginning
 * @param {number} fade samples
 * @returns {Sound}
 */
export function part({ channels, lead }, from, fade) {
  const begin = Math.min(lead + Math.max(0, from), channels[0].length);
  const kept = Math.min(begin, fade);
  return { channels: channels.map((samples) => samples.subarray(begin - kept)), lead: kept };
}

/**
 * Fades a piece in before its beginning, and out before its end. If the next one begins where this one begins to
 * fade, and both were one sound, then their sum is that sound.
 * @param {Sound} sound with a lead of `fade` samples, or less
 * @param {number} fade samples
 * @returns {Sound}
 */
export function fadeEdges({ channels, lead }, fade) {
  return { channels: channels.map((samples) => faded(samples, fade)), lead };
}

/** @param {Float32Array} samples @param {number} fade */
function faded(samples, fade) {
  const copy = samples.slice();
  const length = Math.min(fade, copy.length >> 1);
  for (let i = 0; i < length; i++) {
    const part = (i + 0.5) / length;
    copy[i] *= part;
    copy[copy.length - 1 - i] *= part;
  }
  return copy;
}
