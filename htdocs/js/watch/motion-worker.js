// @ts-check
// The motion detector's arithmetic, beside the page's own thread.
import { compare, measure, smooth } from './motion-maths.js';

/** @typedef {{pixels: ArrayBuffer, width: number, height: number, options: import('./motion-maths.js').MotionOptions}} Look */

/** @type {number[] | null} */
let reference = null;

onmessage = (/** @type {MessageEvent<Look>} */ { data }) => {
  const { pixels, width, height, options } = data;
  const now = measure(new Uint8ClampedArray(pixels), width, height, options);
  const before = reference?.length === now.length ? reference : now;
  reference = smooth(reference, now, options.smoothing);
  postMessage(compare(before, now, options));
};
