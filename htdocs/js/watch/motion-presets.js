// @ts-check
// What a person wants to notice, as settings of the motion detector: pure.
import { usualOptions } from './motion-maths.js';

/** @typedef {import('./motion-maths.js').MotionOptions} MotionOptions */

/** By their names in the menu. @type {Record<string, MotionOptions>} */
export const presets = {
  person: usualOptions,
  // More often, and less has to change.
  small: { ...usualOptions, intervalMs: 300, fuzziness: 3, allowed: 0.3 },
  large: { ...usualOptions, fuzziness: 6, allowed: 12, blur: 3 },
};
/** Settings that are no preset's. */
export const CUSTOM = 'custom';

/** Whose settings these are. @param {MotionOptions} options @returns {string} a preset's name, or `CUSTOM` */
export function presetOf(options) {
  const keys = /** @type {(keyof MotionOptions)[]} */ (Object.keys(usualOptions));
  const isSame = (/** @type {MotionOptions} */ preset) =>
    keys.every((key) => preset[key] === options[key]);
  return Object.keys(presets).find((name) => isSame(presets[name])) ?? CUSTOM;
}
