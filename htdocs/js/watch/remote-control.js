// @ts-check
// Commands that come by chat, as pure functions: "123456 mdset ci=500 mf=hue".

/** @typedef {import('./motion-maths.js').MotionOptions} MotionOptions */
/** @typedef {'echo' | 'on' | 'off' | 'mdon' | 'mdoff' | 'mdset'} Name */
/** name is '' if the word is no command. @typedef {{pin: string, name: Name | '', word: string, rest: string}} Command */

const NAMES = new Set(['echo', 'on', 'off', 'mdon', 'mdoff', 'mdset']);
const PIN = /^\d{6}$/;

/** The command in a message; null: it is none. @param {string} text @returns {Command | null} */
export function readCommand(text) {
  const [pin = '', word = '', ...rest] = text.trim().split(/\s+/);
  const name = word.toLowerCase();
  const isName = NAMES.has(name);
  // Whatever follows something like a PIN counts as a guess.
  if (!PIN.test(pin) && !(isName && /^\d{4,}$/.test(pin))) return null;
  return { pin, name: isName ? /** @type {Name} */ (name) : '', word, rest: rest.join(' ') };
}

/** @param {number} least @param {number} most */
const number = (least, most) => (/** @type {string} */ text) => {
  const value = Number(text);
  return text !== '' && value >= least && value <= most ? value : undefined;
};
/** @param {(string | number)[]} choices */
const oneOf = (choices) => (/** @type {string} */ text) =>
  choices.find((choice) => String(choice) === text);

/** @typedef {(text: string) => Partial<MotionOptions> | undefined} Read undefined: it is no such value */

/** One option. @param {keyof MotionOptions} key @param {(text: string) => unknown} read @returns {{key: keyof MotionOptions, read: Read}} */
const one = (key, read) => ({
  key,
  read: (text) => {
    const value = read(text);
    return value === undefined ? undefined : { [key]: value };
  },
});

const HOUR_MS = 3_600_000;
const looks = one('smoothing', number(1, 100));
const spots = one('spot', oneOf(['cell', 'px1', 'px9']));

/** The settings by their names on the wire. @type {Record<string, {key: keyof MotionOptions, read: Read}>} */
export const motionSettings = {
  ci: one('intervalMs', number(30, HOUR_MS)),
  fu: one('fuzziness', number(0, 100)),
  ac: one('allowed', number(0, 100)),
  // 9 and 25 are what earlier versions of this page said.
  pf: one('pattern', (text) =>
    oneOf(['c9', 'c25', 'fr3', 'dbh'])(/^\d+$/.test(text) ? `c${text}` : text),
  ),
  br: one('blur', number(0, 100)),
  // A number of looks, or which points of a cell are measured, each look for itself.
  sf: {
    key: 'smoothing',
    read: (text) => looks.read(text) ?? (text === 'cell' ? undefined : withOneLook(text)),
  },
  sp: spots,
  mf: one('metric', oneOf(['green', 'hue'])),
  cf: one('comparison', oneOf(['subtract', 'percent'])),
};

/** @param {string} text @returns {Partial<MotionOptions> | undefined} */
function withOneLook(text) {
  const spot = spots.read(text);
  return spot && { ...spot, smoothing: 1 };
}

/**
 * The settings in "ci=500,mf=hue". `done` and `bad` are the parts that were understood, and those that were not.
 * @param {string} text @returns {{options: Partial<MotionOptions>, done: string[], bad: string[]}}
 */
export function readSettings(text) {
  const parts = text.split(/[\s,;]+/).filter(Boolean);
  const found = parts.map((part) => {
    const [name, value = ''] = part.split('=');
    const key = name.toLowerCase();
    const known = Object.hasOwn(motionSettings, key) ? motionSettings[key] : undefined;
    return { part, options: known?.read(value.toLowerCase()) };
  });
  return {
    options: Object.assign({}, ...found.map(({ options }) => options)),
    done: found.filter(({ options }) => options).map(({ part }) => part),
    bad: found.filter(({ options }) => !options).map(({ part }) => part),
  };
}
