// @ts-check
// What goes wrong in the page is told to who runs the site, where the thread wants it.
import { logError } from './api.js';

/** One broken page must not fill the admin's log. */
const MOST_REPORTS = 10;

/**
 * Reports errors that nobody has caught.
 * @param {import('./api.js').Who} who
 * @param {AbortSignal} signal ends it
 */
export function reportErrors(who, signal) {
  let left = MOST_REPORTS;
  const report = (
    /** @type {unknown} */ error,
    /** @type {string} */ url,
    /** @type {number} */ line,
  ) => {
    if (left-- <= 0) return;
    const { message = String(error), stack = '' } = /** @type {Partial<Error>} */ (error ?? {});
    logError(who, { errorMsg: message, url, lineNumber: line, errorObj: stack });
  };
  addEventListener(
    'error',
    ({ error, message, filename, lineno }) => report(error ?? message, filename, lineno),
    { signal },
  );
  addEventListener('unhandledrejection', ({ reason }) => report(reason, location.href, 0), {
    signal,
  });
}
