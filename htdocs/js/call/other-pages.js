// @ts-check
// A person may have the page open more than once, and so may whoever is talked to: what a page says to the others of a
// call that one of them has, and what it leaves for them at the server. No DOM.
import { newCallId } from '../util/names.js';

/** @typedef {import('../net/api.js').Message} Message */

/** How long what another page of the same person may wait for is left at the server. */
const FOR_OTHERS_MS = 15_000;
const MOST_REMEMBERED = 50;

export class OtherPages {
  /** This page, among those that the same person may have open. */
  here = newCallId();

  #me;
  #signalling;
  /** Ids of calls that are over, and which page of the other had them. @type {Map<string, string>} */
  #past = new Map();

  /** @param {string} me @param {import('./signalling.js').Signalling} signalling */
  constructor(me, signalling) {
    this.#me = me;
    this.#signalling = signalling;
  }

  /** Whether a call is over. @param {string} sid */
  isOver(sid) {
    return this.#past.has(sid);
  }

  /** Which page of the other had a call that is over; empty: none; undefined: no such call is known. @param {string} sid */
  pageOf(sid) {
    return this.#past.get(sid);
  }

  /** @param {string} sid @param {string} page which page of the other had it */
  remember(sid, page) {
    this.#past.set(sid, page);
    for (const old of [...this.#past.keys()].slice(0, -MOST_REMEMBERED)) this.#past.delete(old);
  }

  /**
   * Leaves a message at the server for the person's other pages, for a while.
   * @param {Message} message @param {() => boolean} isKept whether this page needs it there for longer
   */
  leave({ id }, isKept) {
    this.#signalling.hold(id);
    setTimeout(() => !isKept() && this.#signalling.release(id), FOR_OTHERS_MS);
  }

  /** Tells all pages of the other which of them has a call; empty: none, it is over. @param {string} user @param {string} sid @param {string} had */
  tell(user, sid, had) {
    const word = { type: 'taken', sid, page: this.here, had };
    this.#signalling.send(user, word).catch(() => {});
  }

  /** Tells this person's other pages that a call is none of theirs. The original's caller can't. @param {Record<string, unknown>} which */
  tellOwn(which) {
    const word = { type: 'taken', page: this.here, had: this.here, ...which };
    this.#signalling.send(this.#me, word).catch(() => {});
  }
}
