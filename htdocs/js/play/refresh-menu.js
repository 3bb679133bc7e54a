// @ts-check
// The menu that says how often the page looks for news: the usual choices, and the thread's own.
import { byId, make } from '../util/dom.js';
import { span } from '../util/format.js';
import { t } from '../util/i18n.js';

/** @typedef {import('../net/pace.js').Interval} Interval */

/** In tenths of a second. */
const USUAL = [10, 30, 100];

/** @param {string} value @param {string} words */
const option = (value, words) => make('option', { value }, words);

/** Fills the menu, in the page's language; what is chosen stays. @param {Interval} own the thread's pollFactor */
export function nameIntervals(own) {
  const menu = byId('refresh', HTMLSelectElement);
  const { value } = menu;
  const tenths = typeof own === 'number' ? [...new Set([...USUAL, own])] : [...USUAL];
  menu.replaceChildren(
    option('l', t('refresh.long')),
    ...tenths
      .sort((a, b) => a - b)
      .map((n) => option(String(n), t('refresh.every', { length: span(n / 10) }))),
    option('off', t('refresh.off')),
  );
  menu.value = value;
}

/** @param {Interval} own the thread's pollFactor @param {(interval: Interval) => void} choose */
export function bindRefresh(own, choose) {
  const menu = byId('refresh', HTMLSelectElement);
  nameIntervals(own);
  menu.value = String(own);
  menu.onchange = () => {
    const { value } = menu;
    choose(value === 'l' || value === 'off' ? value : Number(value));
  };
}
