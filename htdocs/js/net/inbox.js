// @ts-check
// Messages come at least once; this makes it once, also across a reload, and knows what to acknowledge.
import { rememberedSet } from '../util/storage.js';

/** @typedef {import('./api.js').Message} Message */

const REMEMBERED = 300;

export class Inbox {
  #shown;
  /** @type {Set<string>} */
  #toAck = new Set();
  /** What came, and is neither acknowledged nor remembered yet. @type {Set<string>} */
  #held = new Set();

  /** @param {import('./api.js').Who} who */
  constructor({ user, realm }) {
    this.#shown = rememberedSet(`messages.${realm}.${user}`, REMEMBERED);
  }

  /** Ids that the server does not yet know to have arrived. */
  toAck() {
    return [...this.#toAck];
  }

  /** The server has heard these. @param {string[]} ids */
  acknowledged(ids) {
    for (const id of ids) this.#toAck.delete(id);
  }

  /** The messages among these that have not come before. @param {Message[]} messages */
  take(messages) {
    const fresh = messages.filter(({ id }) => !this.#shown.has(id) && !this.#held.has(id));
    for (const { id } of messages) {
      if (this.#held.has(id)) continue;
      this.#toAck.add(id);
      this.#shown.add(id);
    }
    return fresh;
  }

  /** Leaves a message that came waiting at the server, for the same person's other pages and for this one after a reload. @param {string} id */
  hold(id) {
    if (!this.#shown.has(id)) return;
    this.#held.add(id);
    this.#toAck.delete(id);
    this.#shown.delete(id);
  }

  /** It need not wait any more. @param {string} id @returns {boolean} whether it was held */
  release(id) {
    if (!this.#held.delete(id)) return false;
    this.#toAck.add(id);
    this.#shown.add(id);
    return true;
  }
}
