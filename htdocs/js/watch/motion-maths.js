// @ts-check
// Whether a picture has changed: pure functions on pixels.

/** @typedef {'green' | 'hue'} Metric */
/** @typedef {'subtract' | 'percent'} Comparison */
/**
 * @typedef {object} MotionOptions
 * @property {number} intervalMs between two looks
 * @property {number} fuzziness by how much a cell may differ and still count as the same, in percent
 * @property {number} allowed how many of the cells may change without it being motion, in percent
 * @property {9 | 25} pattern how many cells the picture is divided into
 * @property {number} smoothing over how many looks the picture to compare with is averaged
 * @property {Metric} metric what is measured of a cell
 * @property {Comparison} comparison subtract: of the whole scale; percent: of what the cell was before
 */
/** @typedef {{changed: boolean[], percent: number, moved: boolean}} Verdict */

/** @type {MotionOptions} */
export const usualOptions = {
  intervalMs: 500,
  fuzziness: 4,
  allowed: 10,
  pattern: 25,
  smoothing: 3,
  metric: 'green',
  comparison: 'subtract',
};

const FULL = 255;

/**
 * Measures each cell: 0 to 255, row after row.
 * @param {Uint8ClampedArray} pixels RGBA
 * @param {number} width
 * @param {number} height
 * @param {Pick<MotionOptions, 'pattern' | 'metric'>} options
 */
export function measure(pixels, width, height, { pattern, metric }) {
  const side = Math.sqrt(pattern);
  const sums = Array.from({ length: pattern }, () => [0, 0, 0, 0]);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * side) / height) * side;
    for (let x = 0; x < width; x++) {
      const sum = sums[row + Math.floor((x * side) / width)];
      const at = 4 * (y * width + x);
      sum[0] += pixels[at];
      sum[1] += pixels[at + 1];
      sum[2] += pixels[at + 2];
      sum[3] += 1;
    }
  }
  return sums.map(([r, g, b, n]) => (metric === 'green' ? g / n : hue(r / n, g / n, b / n)));
}

/** The colour's place on the circle, 0 to 255. @param {number} r @param {number} g @param {number} b */
export function hue(r, g, b) {
  const [most, least] = [Math.max(r, g, b), Math.min(r, g, b)];
  const span = most - least;
  // Grey has no hue.
  if (span < 1) return 0;
  const sixth = most === r ? (g - b) / span : most === g ? 2 + (b - r) / span : 4 + (r - g) / span;
  return (((sixth + 6) % 6) / 6) * FULL;
}

/** Takes a look into the average to compare the next one with. @param {number[] | null} before @param {number[]} now @param {number} smoothing */
export function smooth(before, now, smoothing) {
  if (!before || before.length !== now.length) return now;
  const share = 1 / Math.max(1, smoothing);
  return before.map((value, i) => value + (now[i] - value) * share);
}

/** @param {number[]} before @param {number[]} now @param {MotionOptions} options @returns {Verdict} */
export function compare(before, now, { fuzziness, allowed, metric, comparison }) {
  const changed = now.map((value, i) => {
    const distance = Math.abs(value - before[i]);
    // The circle of hues has no ends.
    const nearest = metric === 'hue' ? Math.min(distance, FULL - distance) : distance;
    const scale = comparison === 'percent' ? Math.max(before[i], 1) : FULL;
    return (100 * nearest) / scale > fuzziness;
  });
  const percent = (100 * changed.filter(Boolean).length) / changed.length;
  return { changed, percent, moved: percent > allowed };
}
