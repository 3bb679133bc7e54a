// @ts-check
// The page's words in the person's language. English is always there; others load when they are chosen. What one of them
// lacks is said in English.
import { en } from '../i18n/en.js';

/** @typedef {import('../i18n/en.js').Key} Key */
/** @typedef {import('../i18n/en.js').Words} Words */
/** @typedef {import('../i18n/en.js').Forms} Forms */
/** @typedef {Record<string, string | number>} Params */

/** Each language by its own name, as the menu shows them. @type {Record<string, string>} */
export const LANGUAGES = {
  de: 'Deutsch',
  en: 'English',
  es: 'Español',
  fr: 'Français',
  pt: 'Português',
  ru: 'Русский',
  uk: 'Українська',
  ar: 'العربية',
};

/** @type {Record<string, () => Promise<Words>>} */
const files = {
  de: async () => (await import('../i18n/de.js')).de,
  en: async () => en,
  es: async () => (await import('../i18n/es.js')).es,
  fr: async () => (await import('../i18n/fr.js')).fr,
  pt: async () => (await import('../i18n/pt.js')).pt,
  ru: async () => (await import('../i18n/ru.js')).ru,
  uk: async () => (await import('../i18n/uk.js')).uk,
  ar: async () => (await import('../i18n/ar.js')).ar,
};

const RIGHT_TO_LEFT = ['ar'];
/** For Intl, where it isn't the code: clocks and sizes have the same digits. @type {Record<string, string>} */
const LOCALES = { ar: 'ar-u-nu-latn' };

/** @type {Words} */
let words = en;
let current = 'en';
let plurals = new Intl.PluralRules(current);

/** The current language's code. */
export const language = () => current;

/** The current language, for Intl. */
export const locale = () => LOCALES[current] ?? current;

/** The first of the wanted languages that there is a file for, else English. */
function choose(/** @type {readonly string[]} */ wanted) {
  const codes = wanted.map((one) => one.toLowerCase().split(/[-_]/)[0]);
  return codes.find((code) => Object.hasOwn(files, code)) ?? 'en';
}

/**
 * Switches the page's language.
 * @param {readonly string[]} wanted language codes, the most wanted first
 */
export async function setLanguage(wanted) {
  const code = choose(wanted);
  // Where the file can't be loaded: better English than nothing.
  const loaded = await files[code]().catch(() => null);
  current = loaded ? code : 'en';
  words = loaded ?? en;
  plurals = new Intl.PluralRules(current);
  document.documentElement.lang = current;
  document.documentElement.dir = RIGHT_TO_LEFT.includes(current) ? 'rtl' : 'ltr';
  translate(document);
}

/** Whether there are words under this key. @param {string} key @returns {key is Key} */
export const hasWords = (key) => key in en;

/**
 * The words for a key, with {name} replaced by params.name. Where they have plural forms, params.count chooses.
 * @param {Key} key
 * @param {Params} [params]
 */
export function t(key, params = {}) {
  const text = form(words[key] ?? en[key], Number(params.count ?? 0));
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = params[name] ?? whole;
    return typeof value === 'string' ? isolated(value) : String(value);
  });
}

/** @param {string | Forms} text @param {number} count */
function form(text, count) {
  if (typeof text === 'string') return text;
  return text[plurals.select(count)] ?? text.other ?? text.many ?? '';
}

const FROM_RIGHT =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** A text put into others that may run the other way: kept from turning what stands beside it. @param {string} text */
function isolated(text) {
  const turns = RIGHT_TO_LEFT.includes(current) || FROM_RIGHT.test(text);
  return turns && text ? `\u2068${text}\u2069` : text;
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
