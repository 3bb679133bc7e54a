// @ts-check
// The rules for names, the same as the server's, and names that the page makes itself.
import { localIso } from './format.js';

/** @typedef {import('./i18n.js').Key} Key */

/** What is wrong with a person's name, as a key of words; null: nothing. @returns {Key | null} */
export function wrongUser(/** @type {string} */ name) {
  if (!name) return 'entry.noUser';
  if ([...name].length > 30) return 'entry.longUser';
  return /[<>&"':;()\p{Cc}]/u.test(name) ? 'entry.badUser' : null;
}

/** What is wrong with a thread's name, as a key of words; null: nothing. @returns {Key | null} */
export function wrongRealm(/** @type {string} */ name) {
  if (!name) return 'entry.noRealm';
  return /^[. ]| $|[<>"/\\\p{Cc}]/u.test(name) ? 'entry.badRealm' : null;
}

/** The colour that goes with a name, on every page the same: a hue of so many degrees. @param {string} name */
export function hueOf(name) {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 997;
  return (sum * 47) % 360;
}

/** A new id for an upload or a message: 32 hex digits, also where crypto.randomUUID is missing (plain http). */
export function newUploadId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param {number} length */
const letters = (length) =>
  Array.from(crypto.getRandomValues(new Uint8Array(length)), (n) =>
    String.fromCharCode(97 + (n % 26)),
  ).join('');

/** A new id for a call: 16 letters, as the original made them. */
export const newCallId = () => letters(16);

/** A new id for a stay of a person in a thread. */
export const newVisitId = () => letters(12);

/**
 * The name under which a person saves a clip: mozchat-mediaForum-Ann-2026-11-23-154628.webm
 * @param {{realm: string, user: string, date: Date, ext: string}} clip
 */
export function downloadName({ realm, user, date, ext }) {
  const when = localIso(date).replace('T', '-').replaceAll(':', '');
  const safe = (/** @type {string} */ text) => text.replace(/[^\p{L}\p{N}_.-]+/gu, '_');
  return `mozchat-${safe(realm)}-${safe(user)}-${when}.${ext}`;
}
