// @ts-check
// localStorage as JSON that never throws: a browser may refuse it, or hold what an older page wrote.

const PREFIX = 'mozchat.';

/** @typedef {'localStorage' | 'sessionStorage'} Place sessionStorage: for this tab, and only as long as it lives */

/** @template T @param {string} key @param {T} fallback @param {Place} [place] @returns {T} */
export function load(key, fallback, place = 'localStorage') {
  try {
    const text = globalThis[place].getItem(PREFIX + key);
    return text === null ? fallback : JSON.parse(text);
  } catch {
    return fallback;
  }
}

/** @param {string} key @param {unknown} value @param {Place} [place] */
export function save(key, value, place = 'localStorage') {
  try {
    globalThis[place].setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // Remembering is a convenience; the page works without it.
  }
}

/**
 * A remembered set of strings that keeps only its newest entries.
 * @param {string} key
 * @param {number} most
 */
export function rememberedSet(key, most) {
  const stored = load(key, /** @type {unknown} */ ([]));
  const known = new Set(Array.isArray(stored) ? stored.map(String) : []);
  return {
    has: (/** @type {string} */ one) => known.has(one),
    add(/** @type {string} */ one) {
      if (known.has(one)) return;
      known.add(one);
      save(key, [...known].slice(-most));
    },
    delete(/** @type {string} */ one) {
      if (known.delete(one)) save(key, [...known].slice(-most));
    },
  };
}
