// A tone that rises evenly: whatever is missing from it, silent in it, or in it twice can be measured.
import { makeSound } from './media.mjs';

const FIRST_HZ = 300;
const RISE = 60; // Hz in a second
const SECONDS = 40;

/** Writes the tone into a WAV file. @param {string} path */
export const makeChirp = (path) =>
  makeSound(path, `0.5*sin(2*PI*(${FIRST_HZ}*t+${RISE / 2}*t*t))`, SECONDS);

const FRAME_SEC = 0.002;
const SILENT = 0.02;
const WINDOW_SEC = 0.1;
const STEP_SEC = 0.005;

/**
 * What is wrong with a chirp that came from afar.
 * @param {Float32Array} samples from its first sound to its last
 * @param {number} rate
 * @returns {{seconds: number, silences: number[], jumps: number[], click: number}} silences and jumps in milliseconds:
 *   jumps are what is missing (more than 0) or there twice (less); click: the largest kink in the curve, against what is usual
 */
export function flaws(samples, rate) {
  const sound = trimmed(samples, rate);
  return {
    seconds: sound.length / rate,
    silences: silences(sound, rate),
    jumps: jumps(sound, rate),
    click: click(sound, rate),
  };
}

/** @param {Float32Array} sound @param {number} from @param {number} length */
function level(sound, from, length) {
  let power = 0;
  for (let i = from; i < from + length; i++) power += sound[i] ** 2;
  return Math.sqrt(power / length);
}

/** @param {Float32Array} sound @param {number} rate */
function levels(sound, rate) {
  const length = Math.round(FRAME_SEC * rate);
  return Array.from({ length: Math.floor(sound.length / length) }, (_, n) =>
    level(sound, n * length, length),
  );
}

/** Without the silence, and the fading, before and after. @param {Float32Array} samples @param {number} rate */
function trimmed(samples, rate) {
  const loud = levels(samples, rate).map((one) => one > 0.1);
  const margin = 0.02 * rate;
  const length = Math.round(FRAME_SEC * rate);
  return samples.subarray(
    loud.indexOf(true) * length + margin,
    (loud.lastIndexOf(true) + 1) * length - margin,
  );
}

/** @param {Float32Array} sound @param {number} rate */
function silences(sound, rate) {
  /** @type {number[]} */
  const found = [];
  let run = 0;
  for (const one of [...levels(sound, rate), 1]) {
    if (one < SILENT) run += 1;
    else {
      if (run) found.push(run * FRAME_SEC * 1000);
      run = 0;
    }
  }
  return found;
}

/** The frequency of a tone, from how each sample follows from the two before it. */
function frequency(sound, from, length, rate) {
  let [product, power] = [0, 0];
  for (let i = from + 1; i < from + length - 1; i++) {
    product += sound[i] * (sound[i - 1] + sound[i + 1]);
    power += sound[i] ** 2;
  }
  return (Math.acos(Math.min(1, product / power / 2)) * rate) / (2 * Math.PI);
}

/** Where the tone is not where it should be by what came shortly before. */
function jumps(sound, rate) {
  const [window, step] = [WINDOW_SEC * rate, STEP_SEC * rate];
  const at = [];
  for (let from = 0; from + 2 * window <= sound.length; from += step) {
    const [before, after] = [from, from + window].map((one) => frequency(sound, one, window, rate));
    at.push(((after - before) / RISE - WINDOW_SEC) * 1000);
  }
  // Each jump is seen by as many windows as it falls between: the middle one says how large it is.
  const large = (value) => Math.abs(value) > 8;
  const found = [];
  for (let n = 0; n < at.length; n++) {
    if (!large(at[n])) continue;
    let end = n;
    while (end < at.length && large(at[end])) end += 1;
    const run = at.slice(n, end).sort((a, b) => Math.abs(b) - Math.abs(a));
    found.push(Math.round(run[0]));
    n = end;
  }
  return found;
}

/** How much the worst sample differs from what the two before it promise, against what one in a thousand does. */
function click(sound, rate) {
  const window = Math.round(0.01 * rate);
  const kinks = [];
  for (let from = 0; from + window <= sound.length; from += window) {
    const turn = 2 * Math.cos((2 * Math.PI * frequency(sound, from, window, rate)) / rate);
    for (let i = from + 1; i < from + window - 1; i++) {
      kinks.push(Math.abs(sound[i - 1] + sound[i + 1] - turn * sound[i]));
    }
  }
  kinks.sort((a, b) => a - b);
  return kinks[kinks.length - 1] / kinks[Math.floor(kinks.length * 0.99)];
}
