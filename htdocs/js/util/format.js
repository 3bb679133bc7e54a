// @ts-check
// Numbers and times as people read them, in the page's language.
import { locale } from './i18n.js';

/** Seconds as a clock: 0:07, 12:40, 1:02:03. */
export function clock(/** @type {number} */ seconds) {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0;
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** A clip's length: as a clock, but with tenths when it is short. */
export const clipLength = (/** @type {number} */ seconds) =>
  seconds < 10 ? unit(Math.round(seconds * 10) / 10, 'second', 'narrow') : clock(seconds);

/** @param {number} value @param {string} name @param {'long' | 'short' | 'narrow'} [display] */
function unit(value, name, display = 'short') {
  const style = { style: 'unit', unit: name, unitDisplay: display, maximumFractionDigits: 1 };
  return new Intl.NumberFormat(locale(), /** @type {any} */ (style)).format(value);
}

/** Bytes: 850 B, 27 kB, 1.4 MB. */
export function size(/** @type {number} */ bytes) {
  if (bytes < 1000) return unit(bytes, 'byte', 'long');
  if (bytes < 999_500) return unit(Math.round(bytes / 1000), 'kilobyte');
  return unit(bytes / 1_000_000, 'megabyte');
}

/** A span of seconds in its natural unit: 5 seconds, 15 minutes, 2.5 hours, 417 days. */
export function span(/** @type {number} */ seconds) {
  const units = /** @type {const} */ ([
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
  ]);
  const fits = units.find(([, length]) => seconds >= 2 * length || seconds === length);
  const [name, length] = fits ?? ['second', 1];
  const count = seconds / length;
  // A fraction of many tells nobody anything.
  return unit(count < 10 ? count : Math.round(count), name, 'long');
}

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';

/**
 * A server's "Nov_23_15:46:28", which has no year, as the last such moment.
 * @param {string} text
 * @param {Date} now
 */
export function parseTime(text, now) {
  const match = /^([A-Z][a-z]{2})_(\d\d?)_(\d\d):(\d\d):(\d\d)$/.exec(text);
  if (!match) return null;
  const month = MONTHS.indexOf(match[1]) / 3;
  const [day, hour, minute, second] = match.slice(2).map(Number);
  const date = new Date(now.getFullYear(), month, day, hour, minute, second);
  // A day's grace: the server's clock may be ahead of ours, or in another time zone.
  if (date.getTime() > now.getTime() + 86_400_000) date.setFullYear(now.getFullYear() - 1);
  return date;
}

/**
 * @typedef {object} FriendlyTime
 * @property {string} short the time of day, with the date unless it is today
 * @property {string} full everything that is known
 * @property {string} iso for <time datetime>
 */

/**
 * @param {string} text as the server gives it, by its own clock's zone
 * @param {number} ms since 1970, where that is known; 0: it is not
 * @param {Date} [now]
 * @returns {FriendlyTime}
 */
export function friendlyTime(text, ms, now = new Date()) {
  const date = ms ? new Date(ms) : parseTime(text, now);
  if (!date) return { short: text, full: text, iso: '' };
  const today = date.toDateString() === now.toDateString();
  /** @type {Intl.DateTimeFormatOptions} */
  const day = today ? {} : { day: 'numeric', month: 'short' };
  const short = { ...day, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  const full = { dateStyle: 'long', timeStyle: 'medium', hourCycle: 'h23' };
  const format = (/** @type {any} */ options) =>
    new Intl.DateTimeFormat(locale(), options).format(date);
  return { short: format(short), full: format(full), iso: localIso(date) };
}

/** Local date and time without a zone, as in 2026-11-23T15:46:28. */
export function localIso(/** @type {Date} */ date) {
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

/** The time of day of a moment that this page knows itself. */
export const timeOfDay = (/** @type {number} */ ms) =>
  new Intl.DateTimeFormat(locale(), { timeStyle: 'short', hourCycle: 'h23' }).format(ms);
