// @ts-check
// Messages to other pages and from them. A call and the chat know only `send`, `sendAtClose`, `hurry` and
// `onMessage`, and not which way the feed takes.
import { ApiError, relayAtClose } from '../net/api.js';

/** @typedef {import('../net/api.js').Message} Message */
/** @typedef {Record<string, unknown> & {type: string}} Outgoing */

const LONGEST_PAUSE_MS = 4000;
const PATIENCE_MS = 20_000;
const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Signalling {
  /** A message, and how many seconds it waited for us. @type {(message: Message, ageSec: number) => void} */
  onMessage = () => {};

  #who;
  #feed;
  /** Who wants answers soon. @type {Set<string>} */
  #hurried = new Set();

  /** @param {import('../net/api.js').Who} who @param {import('../net/feed.js').Feed} feed */
  constructor(who, feed) {
    this.#who = who;
    this.#feed = feed;
    feed.onMessages = (messages, now) => {
      for (const message of messages) this.onMessage(message, ageOf(message, now));
    };
  }

  /**
   * Sends a message; resolves when the server has it. What a bad network spoils is tried again for a while.
   * @param {string} target a user, or * for all
   * @param {Outgoing} message
   * @param {{log?: boolean, patienceMs?: number}} [options] log: the call log is told
   */
  async send(target, message, { log = false, patienceMs = PATIENCE_MS } = {}) {
    const until = Date.now() + patienceMs;
    for (let wait = 300; ; wait = Math.min(LONGEST_PAUSE_MS, wait * 2)) {
      try {
        await this.#feed.relay(target, message, log);
        return;
      } catch (error) {
        const again = error instanceof ApiError && error.passing && Date.now() + wait < until;
        if (!again) throw error;
      }
      await pause(wait);
    }
  }

  /** Sends a message while the page is being closed. @param {string} target @param {Outgoing} message @param {{log?: boolean}} [options] */
  sendAtClose(target, message, { log = false } = {}) {
    relayAtClose(this.#who, target, message, log);
  }

  /** Leaves a message that came at the server, so that the person's other pages get it, too. @param {string} id */
  hold(id) {
    this.#feed.hold(id);
  }

  /** A message that was held need not wait any more. @param {string} id */
  release(id) {
    this.#feed.release(id);
  }

  /** Whether answers are awaited, so that they should come as soon as can be. @param {string} reason @param {boolean} on */
  hurry(reason, on) {
    if (on) this.#hurried.add(reason);
    else this.#hurried.delete(reason);
    this.#feed.setUrgent(this.#hurried.size > 0);
  }
}

/** @param {Message} message @param {number} now the server's time in seconds */
const ageOf = ({ received }, now) => (received && now ? Math.max(0, now - Number(received)) : 0);
