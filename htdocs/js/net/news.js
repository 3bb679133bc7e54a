// @ts-check
// What the page has heard of its thread, whichever way it came. Who asks for news says with this what is old.
import { Inbox } from './inbox.js';

/** @typedef {import('./api.js').ListRow} ListRow */
/** @typedef {import('./api.js').Message} Message */
/** @typedef {import('./api.js').Pulse} Pulse */
/** @typedef {Partial<import('./api.js').PollAnswer> & {timestamp: number, pulse: Pulse}} Answer a poll's, or a part of it */

/**
 * @typedef {object} Readers
 * @property {(list: ListRow[], free: number | undefined, timestamp: number) => void} list
 * @property {(users: string[]) => void} users
 * @property {(messages: Message[], timestamp: number) => void} messages each comes once
 */

/** How long a word that messages have come may wait for a request that takes it along. */
export const ACK_MS = 1000;

export class News {
  /** The pulse of the last answer. @type {Pulse | null} */
  seen = null;
  /** The user's key in the pulse. */
  me = '';
  catCrc = '';
  /** @type {string[]} */
  users = [];
  /** When the server must hear which messages have come; 0: nothing to say. */
  ackAt = 0;

  #inbox;
  #readers;

  /** @param {import('./api.js').Who} who @param {Readers} readers */
  constructor(who, readers) {
    this.#inbox = new Inbox(who);
    this.#readers = readers;
  }

  /** @param {Answer} answer */
  take(answer) {
    this.me = answer.me ?? this.me;
    this.takeUsers(answer.users);
    if (answer.list && answer.catCrc !== undefined) {
      this.catCrc = answer.catCrc;
      this.#readers.list(answer.list, answer.free, answer.timestamp);
    }
    this.takeMessages(answer);
    // Last: what goes wrong before comes again.
    this.seen = answer.pulse;
  }

  /** The messages alone: what else the answer says is older than what is known. @param {Answer} answer */
  takeMessages({ messages, timestamp }) {
    if (!messages?.length) return;
    const fresh = this.#inbox.take(messages);
    if (fresh.length) this.#readers.messages(fresh, timestamp);
    this.#ackSoon();
  }

  /** Leaves a message at the server for now. @param {string} id */
  hold(id) {
    this.#inbox.hold(id);
  }

  /** A message that was held need not wait any more. @param {string} id */
  release(id) {
    if (this.#inbox.release(id)) this.#ackSoon();
  }

  /** Messages are kept for us until they are acknowledged: say soon that they have come, but not all pages at once. */
  #ackSoon() {
    if (this.#inbox.toAck().length) {
      this.ackAt ||= Date.now() + ACK_MS * (0.5 + Math.random() / 2);
    }
  }

  /** @param {string[] | undefined} users */
  takeUsers(users) {
    if (!users) return;
    const same = users.length === this.users.length && users.every((u, i) => u === this.users[i]);
    this.users = users;
    if (!same) this.#readers.users(users);
  }

  /** Ids of messages that the server does not yet know to have come. */
  toAck() {
    return this.#inbox.toAck();
  }

  /** The server has heard that these messages have come. @param {string[]} ids */
  acknowledged(ids) {
    this.#inbox.acknowledged(ids);
    if (!this.#inbox.toAck().length) this.ackAt = 0;
  }
}
