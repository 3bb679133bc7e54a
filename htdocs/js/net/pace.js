// @ts-check
// How often the feed looks for news, as pure functions.

/** @typedef {'l' | 'off' | number} Interval 'l': long poll; else tenths of a second */

const LONGEST_PAUSE_MS = 30_000;
const HIDDEN_INTERVAL_MS = 10_000;
/** A thread may answer a long poll at once; asking again at once would be a storm. */
const LONG_POLL_REST_MS = 250;
/** While a call is being set up. */
const URGENT_MS = 300;
/** While people talk in clips, a page asks so much more often, but not more often than the next says. */
const LIVELY = 8;
const LIVELY_LEAST_MS = 150;
/** Whoever wants a longer pause than this does not want to talk. */
const LIVELY_MOST_MS = 10_000;

/**
 * The pause between two looks; Infinity: it does not look by itself.
 * @param {Interval} interval
 * @param {{urgent: boolean, quiet: boolean, lively: boolean}} now
 */
export function intervalMs(interval, { urgent, quiet, lively }) {
  if (urgent) return interval === 'l' && !quiet ? LONG_POLL_REST_MS : URGENT_MS;
  if (interval === 'off') return Infinity;
  const chosen = interval === 'l' ? LONG_POLL_REST_MS : interval * 100;
  if (quiet) return Math.max(HIDDEN_INTERVAL_MS, chosen);
  return lively && chosen <= LIVELY_MOST_MS
    ? Math.min(chosen, Math.max(LIVELY_LEAST_MS, chosen / LIVELY))
    : chosen;
}

/**
 * The pause after so many failures in a row: short while a call is being mended, longer while nobody looks.
 * @param {number} failures
 * @param {{urgent: boolean, quiet: boolean}} now
 */
export function pauseAfter(failures, { urgent, quiet }) {
  const longest = urgent ? 2000 : quiet ? LONGEST_PAUSE_MS : 10_000;
  return Math.min(longest, 500 * 2 ** Math.min(failures, 10));
}

/**
 * Whether a time has come. Also if it is further away than it was ever set: somebody has set the clock back.
 * @param {number} at @param {number} now @param {number} most
 */
export const isDue = (at, now, most) => now >= at || at - now > most;

const LONGEST_HUB_PAUSE_MS = 60_000;

/**
 * The pause before a hub that is gone is tried again, after so many failures in a row. With some chance in it, so
 * that not everybody comes at once.
 * @param {number} failures
 */
export const hubPause = (failures) =>
  Math.min(LONGEST_HUB_PAUSE_MS, 1000 * 2 ** failures) * (0.5 + Math.random() / 2);
