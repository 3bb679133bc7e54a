// @ts-check
// Network candidates collected, so that a message carries many: each message is a request to the server.

const COLLECT_MS = 200;

export class Candidates {
  /** @type {RTCIceCandidateInit[]} */
  #waiting = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #send;
  #held = false;

  /** @param {(candidates: RTCIceCandidateInit[]) => void} send */
  constructor(send) {
    this.#send = send;
  }

  /** @param {RTCIceCandidate | null} candidate null: there are no more */
  add(candidate) {
    if (this.#held) return;
    if (!candidate?.candidate) return this.flush();
    this.#waiting.push(candidate.toJSON());
    this.#timer ??= setTimeout(() => this.flush(), COLLECT_MS);
  }

  flush() {
    const ready = this.#waiting;
    this.clear();
    if (ready.length) this.#send(ready);
  }

  /** A description is being made that will have them all. */
  hold() {
    this.#held = true;
    this.clear();
  }

  /** From now on they go by themselves. */
  release() {
    this.#held = false;
  }

  clear() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting = [];
  }
}

/** The candidates in a message, also in one from an old page, which sends them singly. @param {Record<string, unknown>} message @returns {RTCIceCandidateInit[]} */
export function candidatesIn({ candidates, candidate }) {
  if (Array.isArray(candidates)) return candidates;
  return candidate && typeof candidate === 'object' ? [candidate] : [];
}

/** A message with many candidates as messages with one each. @template {Record<string, unknown>} T @param {T} word @returns {T[]} */
export function singly(word) {
  const { candidates, ...rest } = word;
  if (!Array.isArray(candidates)) return [word];
  return candidates.map((candidate) => /** @type {any} */ ({ ...rest, candidate }));
}
