// @ts-check
// Everything that comes from the server by itself: clips, users, messages, and whether it is there.
// The rest of the page knows only start, stop, setInterval, refresh and the four callbacks, so that
// another way to hear news can take this one's place.
import { ApiError, longPoll, online, poll, pulse } from './api.js';
import { Inbox } from './inbox.js';
import { intervalMs, pauseAfter } from './pace.js';
import { whatChanged } from './pulse.js';

/** @typedef {import('./api.js').Pulse} Pulse */
/** @typedef {import('./api.js').Who} Who */
/** @typedef {import('./pace.js').Interval} Interval */
/** @typedef {'ok' | 'retrying' | 'off'} FeedState */

/** How long a word that messages have come may wait for a poll that takes it along. */
const ACK_MS = 1000;
/** A proxy on the way may add some time to a long poll's own. */
const LONG_POLL_GRACE_MS = 30_000;

export class Feed {
  /** @type {(list: import('./api.js').ListRow[], free: number | undefined, timestamp: number) => void} */
  onList = () => {};
  /** @type {(users: string[]) => void} */
  onUsers = () => {};
  /** Each message comes once; `timestamp` is the server's time in seconds. @type {(messages: import('./api.js').Message[], timestamp: number) => void} */
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
  /** When the server must hear which messages have come; 0: nothing to say. */
  #ackAt = 0;
  #urgent = false;
  #longPollMs;
  /** The id of the call that goes on, for the call log. */
  sid = '';
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
   * @property {number} [longPollPeriodS] how long the server lets a long poll wait
   * @property {() => boolean} quiet whether nobody sees or hears the page, so that it may ask less often
   */

  /** @param {Who & Options} options */
  constructor({ user, realm, pulseUrl, renewSec, interval, longPollPeriodS = 60, quiet }) {
    this.#quiet = quiet;
    this.#who = { user, realm };
    this.#pulseUrl = pulseUrl;
    this.#renewMs = Math.max(1, renewSec) * 1000;
    this.#interval = interval;
    this.#longPollMs = longPollPeriodS * 1000 + LONG_POLL_GRACE_MS;
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

  /** Looks several times a second, whatever the interval, while an answer is awaited. @param {boolean} on */
  setUrgent(on) {
    if (this.#urgent === on) return;
    this.#urgent = on;
    if (on) this.wake();
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
    const now = Date.now();
    if (now >= this.#renewAt || (this.#ackAt && now >= this.#ackAt)) await this.#renew();
    else if (!this.#wanted) await this.#look();
    while (this.#wanted && this.#running) await this.#poll();
  }

  /** Marks the user online and hears who else is, and the pulse. */
  async #renew() {
    const ack = this.#inbox.toAck();
    const answer = await online(this.#who, ack.join(','));
    this.#acknowledged(ack);
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
    if (this.#interval === 'off' && !this.#urgent) return;
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
      const have = { catCrc: this.#catCrc, ack: ack.join(','), sid: this.sid };
      this.#take(await poll(this.#who, have), ack);
    } catch (error) {
      this.#wanted = true;
      throw error;
    }
  }

  async #longPoll() {
    const ack = this.#inbox.toAck();
    const usersSeen = this.#users;
    const have = { catCrc: this.#catCrc, ack: ack.join(','), usersSeen, sid: this.sid };
    this.#waiting = new AbortController();
    try {
      this.#take(await longPoll(this.#who, have, this.#waiting.signal, this.#longPollMs), ack);
    } finally {
      this.#waiting = null;
    }
  }

  /** @param {import('./api.js').PollAnswer} answer @param {string[]} acked */
  #take(answer, acked) {
    if (!this.#running) return;
    this.#seen = answer.pulse;
    this.#me = answer.me ?? this.#me;
    this.#acknowledged(acked);
    // The program marked the user online, too.
    this.#renewAt = Date.now() + this.#renewMs;
    this.#takeUsers(answer.users);
    if (answer.list && answer.catCrc !== undefined) {
      this.#catCrc = answer.catCrc;
      this.onList(answer.list, answer.free, answer.timestamp);
    }
    const fresh = this.#inbox.take(answer.messages ?? []);
    if (fresh.length) this.onMessages(fresh, answer.timestamp);
    // Messages are kept for us until they are acknowledged: say soon that they have come.
    if (answer.messages?.length) this.#ackAt = Date.now() + ACK_MS;
  }

  /** The server has heard that these messages have come. @param {string[]} ids */
  #acknowledged(ids) {
    this.#inbox.acknowledged(ids);
    if (!this.#inbox.toAck().length) this.#ackAt = 0;
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
    if (this.#failures) return pauseAfter(this.#failures);
    if (this.#wanted) return 0;
    const due = Math.min(this.#renewAt, this.#ackAt || Infinity);
    const now = { urgent: this.#urgent, quiet: this.#quiet() };
    return Math.min(Math.max(0, due - Date.now()), intervalMs(this.#interval, now));
  }
}
