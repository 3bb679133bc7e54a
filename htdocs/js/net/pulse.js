// @ts-check
// What a pulse says, as pure functions.

/** @typedef {import('./api.js').Pulse} Pulse */

/**
 * What differs between the pulse of the last answer and a newer one.
 * @param {Pulse | null} seen
 * @param {Pulse} now
 * @param {string} me the user's key in pulse.to
 */
export function whatChanged(seen, now, me) {
  if (!seen) return { clips: true, users: true, mail: true };
  const mine = now.to?.[me];
  return {
    clips: differs(seen.clips, now.clips),
    users: differs(seen.users, now.users),
    // No number for me means no mail: after the mail was taken there is nothing to ask for.
    mail: differs(seen.all, now.all) || (mine !== undefined && mine !== seen.to?.[me]),
  };
}

/** Whether nothing that concerns the page differs. @param {Pulse | null} seen @param {Pulse} now @param {string} me */
export const isSame = (seen, now, me) => !Object.values(whatChanged(seen, now, me)).some(Boolean);

/**
 * What the page says of its last answer, so that the next has only what came since.
 * @param {Pulse | null} seen the pulse of that answer
 * @param {string} me
 */
export function seenText(seen, me) {
  if (!seen) return '';
  const { clips = 0, users = 0, all = 0, to = {} } = seen;
  return [clips, users, all, to[me] ?? 0].join('.');
}

/** @param {number | undefined} a @param {number | undefined} b */
const differs = (a = 0, b = 0) => a !== b;
