// @ts-check
// One WebSocket to the hub: requests with their answers, and whether the other end is still there.
import { ApiError, count } from './http.js';

/** @typedef {Record<string, any>} Frame */
/** @typedef {{resolve: (answer: Frame) => void, reject: (error: ApiError) => void}} Waiting */

const CONNECT_MS = 10_000;
/** After so long a silence the hub is asked whether it is there … */
const SILENCE_MS = 12_000;
/** … and has this long to answer anything. */
const ANSWER_MS = 4000;
/** Whoever asks wants to know sooner. */
const SHORT_SILENCE_MS = 1000;
/** The hub is there, but what was asked for takes too long. */
const PATIENCE_MS = 10_000;
/** The hub takes frames of 256 kB; one of these has up to three bytes. */
const LONGEST_TEXT = 60_000;

export class HubLine {
  /** What comes and is no answer. @type {(frame: Frame) => void} */
  onFrame = () => {};
  /** The connection is there. @type {() => void} */
  onOpen = () => {};
  /** There is no connection, or not any more. Comes once. @type {() => void} */
  onEnd = () => {};

  #socket;
  /** Requests without an answer, by what they are called. @type {Map<number, Waiting>} */
  #waiting = new Map();
  #number = 0;
  #ended = false;
  #doubted = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {string} url ws://… or wss://…; throws where the browser forbids it */
  constructor(url) {
    count('hub');
    this.#socket = new WebSocket(url);
    this.#socket.onopen = () => {
      this.#heard();
      this.onOpen();
    };
    this.#socket.onmessage = ({ data }) => this.#take(String(data));
    this.#socket.onclose = () => this.close();
    this.#timer = setTimeout(() => this.close(), CONNECT_MS);
  }

  /** @param {Frame} frame */
  say(frame) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  /**
   * Asks for something and waits for the answer. A refusal is thrown with the hub's word for it; `hub-silent`: there
   * was no answer, `hub-size`: it is too large for the hub.
   * @param {Frame} frame @returns {Promise<Frame>}
   */
  ask(frame) {
    const rid = ++this.#number;
    const text = JSON.stringify({ ...frame, rid });
    if (text.length > LONGEST_TEXT) return Promise.reject(new ApiError('hub-size', ''));
    if (this.#socket.readyState !== WebSocket.OPEN) return Promise.reject(silent());
    return new Promise((resolve, reject) => {
      this.#waiting.set(rid, { resolve, reject });
      setTimeout(() => this.#waiting.delete(rid) && reject(silent()), PATIENCE_MS);
      this.#socket.send(text);
      this.#listen(SHORT_SILENCE_MS);
    });
  }

  /** Makes sure that the other end is there: anything must come from it soon. */
  check() {
    if (this.#doubted || this.#socket.readyState !== WebSocket.OPEN) return;
    this.#doubted = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.close(), ANSWER_MS);
    this.say({ act: 'echo', rid: 0 });
  }

  /** Ends it; what waits for an answer gets none. */
  close() {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    const socket = this.#socket;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    for (const { reject } of this.#waiting.values()) reject(silent());
    this.#waiting.clear();
    this.onEnd();
  }

  /** Doubts the other end after so long a silence. @param {number} ms */
  #listen(ms) {
    if (this.#doubted) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.check(), ms);
  }

  #heard() {
    this.#doubted = false;
    this.#listen(SILENCE_MS);
  }

  /** @param {string} text */
  #take(text) {
    this.#heard();
    const frame = parse(text);
    if (!frame || frame.rid === 0) return;
    const waiting = this.#waiting.get(frame.rid);
    if (!waiting) return this.onFrame(frame);
    this.#waiting.delete(frame.rid);
    if (frame.error === undefined) waiting.resolve(frame);
    else waiting.reject(new ApiError(String(frame.code ?? 'unknown'), String(frame.error)));
  }
}

const silent = () => new ApiError('hub-silent', '');

/** @param {string} text @returns {Frame | null} */
function parse(text) {
  try {
    const frame = JSON.parse(text);
    return frame && typeof frame === 'object' ? frame : null;
  } catch {
    return null;
  }
}
