// @ts-check
// Whether a picture has changed: pure functions on pixels.

/** @typedef {'green' | 'hue'} Metric */
/** @typedef {'subtract' | 'percent'} Comparison */
/**
 * c9, c25: the whole picture in 3 x 3 or 5 x 5 cells. fr3: three frames of cells along its edge, for who comes in.
 * dbh: every point of the picture, which is blurred first.
 * @typedef {'c9' | 'c25' | 'fr3' | 'dbh'} Pattern
 */
/** What is measured of a cell: all of it, its middle point, or the nine points there. @typedef {'cell' | 'px1' | 'px9'} Spot */
/**
 * @typedef {object} MotionOptions
 * @property {number} intervalMs between two looks
 * @property {number} fuzziness by how much a cell may differ and still count as the same, in percent
 * @property {number} allowed how many of the cells may change without it being motion, in percent
 * @property {Pattern} pattern
 * @property {number} blur radius in points, for dbh
 * @property {number} smoothing over how many looks the picture to compare with is averaged
 * @property {Spot} spot
 * @property {Metric} metric what is measured
 * @property {Comparison} comparison subtract: of the whole scale; percent: of what the cell was before
 */
/** @typedef {{changed: boolean[], percent: number, moved: boolean}} Verdict */
/** @typedef {{x: number, y: number, width: number, height: number}} Cell in points */

/** @type {MotionOptions} */
export const usualOptions = {
  intervalMs: 500,
  fuzziness: 4,
  allowed: 2,
  pattern: 'dbh',
  blur: 2,
  smoothing: 3,
  spot: 'cell',
  metric: 'green',
  comparison: 'subtract',
};

const FULL = 255;
/** fr3: the grid that its frames are taken from, and how many of them there are. */
const FRAME_GRID = 9;
const FRAMES = 3;

/**
 * The cells of a pattern, row after row; each has at least one point.
 * @param {Pattern} pattern @param {number} width @param {number} height @returns {Cell[]}
 */
export function cellsOf(pattern, width, height) {
  if (pattern === 'dbh') return grid(width, height, width, height);
  if (pattern !== 'fr3') {
    const side = pattern === 'c9' ? 3 : 5;
    return grid(side, side, width, height);
  }
  const last = FRAME_GRID - 1;
  const isInFrame = (/** @type {Cell} */ _, /** @type {number} */ i) => {
    const [column, row] = [i % FRAME_GRID, Math.floor(i / FRAME_GRID)];
    return Math.min(column, row, last - column, last - row) < FRAMES;
  };
  return grid(FRAME_GRID, FRAME_GRID, width, height).filter(isInFrame);
}

/** @param {number} columns @param {number} rows @param {number} width @param {number} height @returns {Cell[]} */
function grid(columns, rows, width, height) {
  return Array.from({ length: columns * rows }, (_, i) => {
    const [column, row] = [i % columns, Math.floor(i / columns)];
    const [x, y] = [Math.floor((column * width) / columns), Math.floor((row * height) / rows)];
    const [right, bottom] = [((column + 1) * width) / columns, ((row + 1) * height) / rows];
    return { x, y, width: Math.floor(right) - x, height: Math.floor(bottom) - y };
  });
}

/**
 * Measures each cell: 0 to 255, in the order of `cellsOf`.
 * @param {Uint8ClampedArray} pixels RGBA
 * @param {number} width
 * @param {number} height
 * @param {Pick<MotionOptions, 'pattern' | 'metric' | 'blur' | 'spot'>} options
 */
export function measure(pixels, width, height, { pattern, metric, blur, spot }) {
  const isWhole = pattern === 'dbh';
  const reach = isWhole ? Math.round(blur) : spot === 'px9' ? 1 : 0;
  return cellsOf(pattern, width, height).map((cell) => {
    const part = isWhole || spot !== 'cell' ? around(cell, reach, width, height) : cell;
    const [r, g, b] = mean(pixels, width, part);
    return metric === 'green' ? g : hue(r, g, b);
  });
}

/** The points up to `reach` from a cell's middle, within the picture. @param {Cell} cell @param {number} reach @param {number} width @param {number} height @returns {Cell} */
function around(cell, reach, width, height) {
  const middle = [cell.x + Math.floor(cell.width / 2), cell.y + Math.floor(cell.height / 2)];
  const [x, y] = middle.map((at) => Math.max(0, at - reach));
  const right = Math.min(width, middle[0] + reach + 1);
  const bottom = Math.min(height, middle[1] + reach + 1);
  return { x, y, width: right - x, height: bottom - y };
}

/** The mean colour of a part. @param {Uint8ClampedArray} pixels @param {number} across the picture's width @param {Cell} part */
function mean(pixels, across, { x, y, width, height }) {
  let [r, g, b] = [0, 0, 0];
  for (let row = y; row < y + height; row++) {
    for (let at = 4 * (row * across + x), end = at + 4 * width; at < end; at += 4) {
      r += pixels[at];
      g += pixels[at + 1];
      b += pixels[at + 2];
    }
  }
  const points = width * height;
  return [r / points, g / points, b / points];
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
