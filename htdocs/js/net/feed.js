// @ts-check
// Everything that comes from the server by itself: clips, users, messages, and whether it is there.
// The rest of the page knows only start, stop, setInterval, refresh and the four callbacks, so that
// another way to hear news can take this one's place.
import { ApiError, longPoll, online, poll, pulse } from './api.js';
import { Inbox } from './inbox.js';
import { whatChanged } from './pulse.js';

/** @typedef {import('./api.js').Pulse} Pulse */
/** @typedef {import('./api.js').Who} Who */
/** @typedef {'l' | 'off' | number} Interval 'l': long poll; else tenths of a second */
/** @typedef {'ok' | 'retrying' | 'off'} FeedState */

const LONGEST_PAUSE_MS = 30_000;
const HIDDEN_INTERVAL_MS = 10_000;
/** A thread may answer a long poll at once; asking again at once would be a storm. */
const LONG_POLL_REST_MS = 250;

export class Feed {
  /** @type {(list: import('./api.js').ListRow[], free: number | undefined, timestamp: number) => void} */
  onList = () => {};
  /** @type {(users: string[]) => void} */
  onUsers = () => {};
  /** Each message comes once. @type {(messages: import('./api.js').Message[]) => void} */
  onMessages = () => {};
  /** @type {(state: FeedState, error?: ApiError) => void} */
  onState = () => {};

  #who;
  #pulseUrl;
  #renewMs;
  /** @type {Interval} */
  #interval;
  #quiet;
  #inbox;
  #running = false;
  #working = false;
  #wanted = false;
  #failures = 0;
  #renewAt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {AbortController | null} */
  #waiting = null;
  /** The pulse of the last answer. @type {Pulse | null} */
  #seen = null;
  /** The last pulse file that was acted upon: a cache that keeps giving it must not cost a poll each time. */
  #handled = '';
  #me = '';
  #catCrc = '';
  /** @type {string[]} */
  #users = [];

  /**
   * @typedef {object} Options
   * @property {string} pulseUrl
   * @property {number} renewSec how often the user must be marked online
   * @property {Interval} interval
   * @property {() => boolean} quiet whether nobody sees or hears the page, so that it may ask less often
   */

  /** @param {Who & Options} options */
  constructor({ user, realm, pulseUrl, renewSec, interval, quiet }) {
    this.#quiet = quiet;
    this.#who = { user, realm };
    this.#pulseUrl = pulseUrl;
    this.#renewMs = Math.max(1, renewSec) * 1000;
    this.#interval = interval;
    this.#inbox = new Inbox(this.#who);
  }

  start() {
    this.#running = true;
    this.#renewAt = 0;
    this.refresh();
  }

  stop() {
    this.#running = false;
    clearTimeout(this.#timer);
    this.#waiting?.abort();
  }

  /** @param {Interval} interval */
  setInterval(interval) {
    this.#interval = interval;
    this.#tellState();
    this.wake();
  }

  /** Asks what is new, now; during a request: once more after it. */
  refresh() {
    this.#wanted = true;
    this.wake();
  }

  /** Ends the current pause: the network is back, or somebody looks. */
  wake() {
    if (!this.#running) return;
    this.#waiting?.abort();
    clearTimeout(this.#timer);
    if (!this.#working) this.#step();
  }

  async #step() {
    this.#working = true;
    try {
      await this.#work();
      this.#failures = 0;
    } catch (error) {
      // A long poll that was broken off for something more urgent is no failure.
      if (error instanceof ApiError) this.#fail(error);
      else if (!(error instanceof DOMException)) console.error(error);
    }
    this.#working = false;
    if (!this.#running) return;
    if (!this.#failures) this.#tellState();
    this.#timer = setTimeout(() => this.#step(), this.#pause());
  }

  async #work() {
    if (Date.now() >= this.#renewAt) await this.#renew();
    else if (!this.#wanted) await this.#look();
    while (this.#wanted && this.#running) await this.#poll();
  }

  /** Marks the user online and hears who else is, and the pulse. */
  async #renew() {
    const answer = await online(this.#who);
    this.#renewAt = Date.now() + this.#renewMs;
    this.#me = answer.me ?? this.#me;
    this.#takeUsers(answer.users);
    if (this.#interval === 'off' && this.#seen) return;
    const changed = whatChanged(this.#seen, answer.pulse, this.#me);
    if (changed.clips || changed.mail) this.#wanted = true;
    else this.#seen = { ...this.#seen, users: answer.pulse.users };
  }

  /** Looks whether anything has changed, in the way that the interval asks for. */
  async #look() {
    if (this.#interval === 'off') return;
    if (this.#interval === 'l' && !this.#quiet()) await this.#longPoll();
    else await this.#lookAtPulse();
  }

  async #lookAtPulse() {
    const now = await pulse(this.#pulseUrl);
    const text = JSON.stringify(now);
    if (!now || text === this.#handled) return;
    const changed = whatChanged(this.#seen, now, this.#me);
    this.#handled = text;
    if (changed.clips || changed.mail) this.#wanted = true;
    else if (changed.users) await this.#renew();
  }

  async #poll() {
    this.#wanted = false;
    const ack = this.#inbox.toAck();
    try {
      this.#take(await poll(this.#who, { catCrc: this.#catCrc, ack: ack.join(',') }), ack);
    } catch (error) {
      this.#wanted = true;
      throw error;
    }
  }

  async #longPoll() {
    const ack = this.#inbox.toAck();
    const have = { catCrc: this.#catCrc, ack: ack.join(','), usersSeen: this.#users };
    this.#waiting = new AbortController();
    try {
      this.#take(await longPoll(this.#who, have, this.#waiting.signal), ack);
      // The program kept the user online while it waited.
      this.#renewAt = Date.now() + this.#renewMs;
    } finally {
      this.#waiting = null;
    }
  }

  /** @param {import('./api.js').PollAnswer} answer @param {string[]} acked */
  #take(answer, acked) {
    if (!this.#running) return;
    this.#seen = answer.pulse;
    this.#me = answer.me ?? this.#me;
    this.#inbox.acknowledged(acked);
    this.#takeUsers(answer.users);
    if (answer.list && answer.catCrc !== undefined) {
      this.#catCrc = answer.catCrc;
      this.onList(answer.list, answer.free, answer.timestamp);
    }
    const fresh = this.#inbox.take(answer.messages ?? []);
    if (fresh.length) this.onMessages(fresh);
    // Messages are kept for us until they are acknowledged: say soon that they have come.
    if (answer.messages?.length) setTimeout(() => this.refresh(), 1000);
  }

  /** @param {string[] | undefined} users */
  #takeUsers(users) {
    if (!users || !this.#running) return;
    const same = users.length === this.#users.length && users.every((u, i) => u === this.#users[i]);
    this.#users = users;
    if (!same) this.onUsers(users);
  }

  /** @param {ApiError} error */
  #fail(error) {
    this.#failures += 1;
    this.#handled = '';
    if (this.#running) this.onState('retrying', error);
  }

  #tellState() {
    this.onState(this.#interval === 'off' ? 'off' : 'ok');
  }

  /** Milliseconds until the next step. */
  #pause() {
    if (this.#failures) return Math.min(LONGEST_PAUSE_MS, 500 * 2 ** Math.min(this.#failures, 10));
    if (this.#wanted) return 0;
    const untilRenewal = Math.max(0, this.#renewAt - Date.now());
    return this.#interval === 'off' ? untilRenewal : Math.min(untilRenewal, this.#intervalMs());
  }

  #intervalMs() {
    if (this.#interval === 'off') return HIDDEN_INTERVAL_MS;
    const chosen = this.#interval === 'l' ? LONG_POLL_REST_MS : this.#interval * 100;
    return this.#quiet() ? Math.max(HIDDEN_INTERVAL_MS, chosen) : chosen;
  }
}
