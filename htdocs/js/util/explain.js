// @ts-check
// An error in the person's words.
import { hasWords, t } from './i18n.js';

/** Our own kinds, which have no word on the wire. @type {Record<string, string>} */
const ours = { 'not-json': 'notJson' };

/** What came instead of a program's answer. @type {Record<string, string>} */
const kinds = { 'not-json': 'tried.notRun', portal: 'tried.page' };

/** Their words are complete without the address, which is added where it is known. */
const unheard = ['network', 'timeout'];

/** What only the admin can mend. */
const admins = ['host', 'settings', 'disk'];

/** @typedef {{url: string, code: string, status: number}} Try */

/**
 * @param {{code: string, said: string, status?: number, url?: string, tried?: Try[]}} error
 * @param {import('./i18n.js').Params} [facts] what else its words may name
 * @returns {string}
 */
export function explain({ code, said, status = 0, url = '', tried }, facts = {}) {
  if (tried) {
    const help = [t('error.noProgramsHelp'), toTheAdmin(tried[0]?.url)];
    return [t('error.noPrograms'), ...tried.map(outcome), ...help].join('\n');
  }
  const key = `error.${ours[code] ?? code}`;
  const words = wordsFor(key, { status, ...facts, ...(url && { url }) }) ?? said;
  if (unheard.includes(code) && url) return `${words} ${t('tried.at', { url })}`;
  if (admins.includes(code) && url) return [words || code, toTheAdmin(url)].join('\n');
  return words || t('error.unknown', { reason: code });
}

/** null: there are none, or they would have a gap. @param {string} key @param {import('./i18n.js').Params} facts */
function wordsFor(key, facts) {
  const words = hasWords(key) ? t(key, facts) : '{}';
  return /\{\w*\}/.test(words) ? null : words;
}

/** Where whoever looks after the site reads more. @param {string} program the address of a program */
const toTheAdmin = (program) => t('error.toTheAdmin', { url: new URL('check.cgi', program).href });

/** An address that was tried, and what it says to whoever put the programs on the host. @param {Try} one */
function outcome({ url, code, status }) {
  const key = kinds[code] ?? `tried.${status}`;
  return `${url} – ${t(hasWords(key) ? key : 'tried.other', { status })}`;
}
