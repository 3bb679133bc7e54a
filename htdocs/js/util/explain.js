// @ts-check
// An error in the person's words.
import { hasWords, t } from './i18n.js';

/** Our own kinds, which have no word on the wire. @type {Record<string, string>} */
const ours = { 'not-json': 'notJson' };

/** @typedef {{url: string, code: string, status: number}} Try */

/**
 * @param {{code: string, said: string, status?: number, url?: string, tried?: Try[]}} error
 * @returns {string}
 */
export function explain({ code, said, status = 0, url = '', tried }) {
  if (tried)
    return [t('error.noPrograms'), ...tried.map(outcome), t('error.noProgramsHelp')].join('\n');
  const key = `error.${ours[code] ?? code}`;
  if (hasWords(key)) return t(key, { url, status });
  return said || t('error.unknown', { reason: code });
}

/** An address that was tried, and what it says to whoever put the programs on the host. @param {Try} one */
function outcome({ url, code, status }) {
  const key = code === 'not-json' ? 'tried.notRun' : `tried.${status}`;
  return `${url} – ${t(hasWords(key) ? key : 'tried.other', { status })}`;
}
