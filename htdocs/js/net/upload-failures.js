// @ts-check
// What becomes of a clip whose upload has failed, and of those that wait behind it: a pure rule.

/** @typedef {import('./http.js').ApiError} ApiError */
/**
 * refused: set aside until its author decides. aside: tried again later, and the others go first. hold: the others wait, too,
 * since they would fare no better.
 * @typedef {'refused' | 'aside' | 'hold'} Verdict
 */

/** What a connection that breaks has to do with the clip shows after so many tries. */
const MOST_BROKEN = 3;
/** An answer that blames nobody (500 from a firewall, say) may be about this one clip. */
const SUSPECT = 2;

/**
 * @param {ApiError} error
 * @param {{tries: number, others: boolean}} facts tries: how often it has failed in this page; others: one of its thread has
 *   already been put aside in this pass
 * @returns {Verdict}
 */
export function verdict(error, { tries, others }) {
  if (!error.passing || error.code === 'filtered') return 'refused';
  if (error.code === 'broken') return tries >= MOST_BROKEN ? 'refused' : 'aside';
  const isAnswer = error.status > 0;
  return isAnswer && tries >= SUSPECT && !others ? 'aside' : 'hold';
}
