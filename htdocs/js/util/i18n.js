// @ts-check
// The page's words in the person's language. English is always there; others load when needed.
import { en } from '../i18n/en.js';

/** @typedef {keyof typeof en} Key */
/** @typedef {Record<string, string | number>} Params */

/** @type {Record<string, () => Promise<typeof en>>} */
const languages = {
  en: async () => en,
  ru: async () => (await import('../i18n/ru.js')).ru,
};

let words = en;
let current = 'en';

/** The current language's code, for Intl. */
export const language = () => current;

/** The first of the wanted languages that there is a file for, else English. */
function choose(/** @type {readonly string[]} */ wanted) {
  const codes = wanted.map((one) => one.toLowerCase().split(/[-_]/)[0]);
  return codes.find((code) => Object.hasOwn(languages, code)) ?? 'en';
}

/**
 * Switches the page's language.
 * @param {readonly string[]} wanted language codes, the most wanted first
 */
export async function setLanguage(wanted) {
  current = choose(wanted);
  words = await languages[current]().catch(() => {
    // The file could not be loaded. Better English than nothing.
    current = 'en';
    return en;
  });
  document.documentElement.lang = current;
  translate(document);
}

/** Whether there are words under this key. @param {string} key @returns {key is Key} */
export const hasWords = (key) => key in en;

/**
 * The words for a key, with {name} replaced by params.name.
 * @param {Key} key
 * @param {Params} [params]
 */
export function t(key, params = {}) {
  return words[key].replace(/\{(\w+)\}/g, (whole, name) => String(params[name] ?? whole));
}

/** @type {[string, (at: Element, text: string) => void][]} */
const places = [
  ['data-t', (at, text) => (at.textContent = text)],
  ['data-t-label', (at, text) => at.setAttribute('aria-label', text)],
  ['data-t-title', (at, text) => at.setAttribute('title', text)],
  ['data-t-placeholder', (at, text) => at.setAttribute('placeholder', text)],
];

/** Fills in every element under `root` that names its words in a data-t attribute. */
export function translate(/** @type {ParentNode} */ root) {
  for (const [attribute, put] of places) {
    for (const at of root.querySelectorAll(`[${attribute}]`)) {
      const key = at.getAttribute(attribute) ?? '';
      if (hasWords(key)) put(at, t(key));
    }
  }
}
