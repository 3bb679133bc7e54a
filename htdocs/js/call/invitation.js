// @ts-check
// The message that invited us. It waits at the server while it rings, so that a page that is reloaded rings again.

/** @typedef {import('../net/api.js').Message} Message */

export class Invitation {
  /** Of the message; empty: none waits. */
  id = '';
  /** What came with it; null: an old page's brings nothing. @type {RTCSessionDescriptionInit | null} */
  offer = null;
  #signalling;

  /** @param {import('./signalling.js').Signalling} signalling */
  constructor(signalling) {
    this.#signalling = signalling;
  }

  /** Lets it wait. @param {Message} message */
  hold({ id, sdp }) {
    this.offer = /** @type {RTCSessionDescriptionInit} */ (sdp ?? null);
    this.id = id;
    this.#signalling.hold(id);
  }

  /** It is over: the server need not keep it. */
  release() {
    if (this.id) this.#signalling.release(this.id);
    this.id = '';
  }

  /** Leaves it at the server, for this page when it is there again. */
  leave() {
    this.id = '';
  }
}
