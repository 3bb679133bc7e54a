// @ts-check
// What the messages about a call mean: pure.

/** @typedef {'ready' | 'calling' | 'ringing' | 'connecting' | 'talking' | 'reconnecting'} State */
/**
 * Why the last call ended, or did not begin.
 * elsewhere: another page of the same person has it.
 * @typedef {'' | 'ended' | 'hungUp' | 'busy' | 'declined' | 'noAnswer' | 'missed' | 'lost' | 'failed' | 'mic' | 'unable' | 'elsewhere'} Why
 */
/** @typedef {import('../net/api.js').Message} Message */
/** The call that there is, as far as it matters here. @typedef {{sid: string, other: string, page: string, isOld: boolean}} Call */

/** Whether the two are connected, or about to be. */
const BUSY = new Set(['connecting', 'talking', 'reconnecting']);
/** Answers are awaited while a call is being made or mended. */
const HURRIED = new Set(['calling', 'ringing', 'connecting', 'reconnecting']);
/** What a rejection's reason means to the caller; an old page gives none. @type {Record<string, Why>} */
const REASONS = { busy: 'busy', network: 'failed', unable: 'unable' };
/** Why a page does not ring that says nothing about the person, who may have another one. */
const PAGE_ONLY = new Set(['closed', 'unable']);

/** Whether the two are connected, or about to be. @param {State} state */
export const isInCall = (state) => BUSY.has(state);

/** Whether the next message matters at once. @param {State} state */
export const isHurried = (state) => HURRIED.has(state);

/** Why a call ends that was rejected. @param {string} reason as the other page gave it @returns {Why} */
export const whyRejected = (reason) => REASONS[reason] ?? 'declined';

/** Whether a rejection is one page's alone, while the person's others may ring. @param {string} reason */
export const isOfPageAlone = (reason) => PAGE_ONLY.has(reason);

/** Whether whoever calls wishes to be seen; pages of the original say it in their own way. @param {Message} invitation */
export const wishesPicture = ({ video }) =>
  ['1', true, 'video'].includes(/** @type {any} */ (video));

/**
 * Whether a message is about the call that there is.
 * @param {State} state @param {Call | null} call @param {Message} message
 * @returns {boolean}
 */
export function isOfCall(state, call, message) {
  if (!call || message.user !== call.other) return false;
  const isIts = message.sid === call.sid || isOldPages(state, call, message);
  return isIts && isFromItsPage(call, message);
}

/** Whether it is about this call though it carries an id of an old page's own. @param {State} state @param {Call} call @param {Message} message */
function isOldPages(state, { isOld }, { type, sdp, reason }) {
  if (state === 'calling') return (type === 'accept' && !sdp) || (type === 'rejectCall' && !reason);
  return state === 'ringing' && type === 'hang-up' && isOld;
}

/** Whether it comes from the page that has the call, and not from another one of the same person. @param {Call} call @param {Message} message */
const isFromItsPage = ({ page }, message) => !page || !message.page || message.page === page;
