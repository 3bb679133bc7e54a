// @ts-check
// An error in the person's words.
import { hasWords, t } from './i18n.js';

/** Our own kinds, which have no word on the wire. @type {Record<string, string>} */
const ours = { 'not-json': 'notJson' };

/**
 * @param {{code: string, said: string, status?: number, url?: string}} error
 * @returns {string}
 */
export function explain({ code, said, status = 0, url = '' }) {
  const key = `error.${ours[code] ?? code}`;
  if (hasWords(key)) return t(key, { url, status });
  return said || t('error.unknown', { reason: code });
}
