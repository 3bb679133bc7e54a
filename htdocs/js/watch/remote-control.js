// @ts-check
// Commands that come by chat, as pure functions: "123456 mdset ci=500 mf=hue".

/** @typedef {import('./motion-maths.js').MotionOptions} MotionOptions */
/** @typedef {'echo' | 'on' | 'off' | 'mdon' | 'mdoff' | 'mdset'} Name */
/** @typedef {{pin: string, name: Name, rest: string}} Command */

const NAMES = new Set(['echo', 'on', 'off', 'mdon', 'mdoff', 'mdset']);

/** The command in a message; null: it is none. @param {string} text @returns {Command | null} */
export function readCommand(text) {
  const [pin = '', word = '', ...rest] = text.trim().split(/\s+/);
  const name = word.toLowerCase();
  if (!/^\d{4,}$/.test(pin) || !NAMES.has(name)) return null;
  return { pin, name: /** @type {Name} */ (name), rest: rest.join(' ') };
}

/** @param {number} least @param {number} most */
const number = (least, most) => (/** @type {string} */ text) => {
  const value = Number(text);
  return text !== '' && value >= least && value <= most ? value : undefined;
};
/** @param {(string | number)[]} choices */
const oneOf = (choices) => (/** @type {string} */ text) =>
  choices.find((choice) => String(choice) === text.toLowerCase());

/** The settings by their names on the wire, each with what reads its value. @type {Record<string, [keyof MotionOptions, (text: string) => unknown]>} */
export const motionSettings = {
  ci: ['intervalMs', number(100, 60_000)],
  fu: ['fuzziness', number(0, 100)],
  ac: ['allowed', number(0, 100)],
  pf: ['pattern', oneOf([9, 25])],
  sf: ['smoothing', number(1, 100)],
  mf: ['metric', oneOf(['green', 'hue'])],
  cf: ['comparison', oneOf(['subtract', 'percent'])],
};

/** The settings in "ci=500 mf=hue"; null: one of them is not understood. @param {string} text @returns {Partial<MotionOptions> | null} */
export function readSettings(text) {
  /** @type {Record<string, unknown>} */
  const options = {};
  for (const part of text.split(/[\s,;]+/).filter(Boolean)) {
    const [name, value = ''] = part.split('=');
    const known = motionSettings[name.toLowerCase()];
    const read = known?.[1](value);
    if (read === undefined) return null;
    options[known[0]] = read;
  }
  return options;
}
