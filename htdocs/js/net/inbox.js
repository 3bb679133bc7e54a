// @ts-check
// Messages come at least once; this makes it once, also across a reload, and knows what to acknowledge.
import { rememberedSet } from '../util/storage.js';

/** @typedef {import('./api.js').Message} Message */

const REMEMBERED = 300;

export class Inbox {
  #shown;
  /** @type {Set<string>} */
  #toAck = new Set();

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
    const fresh = messages.filter(({ id }) => !this.#shown.has(id));
    for (const { id } of messages) {
      this.#toAck.add(id);
      this.#shown.add(id);
    }
    return fresh;
  }
}
