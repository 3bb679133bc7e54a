// @ts-check
// Asks what is new: looks at the pulse at its interval, runs a program only when something has changed or the user's
// presence must be renewed.
import { ApiError, longPoll, online, poll } from './api.js';
import { ACK_MS } from './news.js';
import { intervalMs, isDue, pauseAfter } from './pace.js';
import { PulseFile } from './pulse-file.js';
import { isSame, seenText, whatChanged } from './pulse.js';

/** @typedef {import('./api.js').Visitor} Visitor */
/** @typedef {import('./pace.js').Interval} Interval */
/** @typedef {import('./news.js').News} News */

/** When the thread holds as many long polls as it may, for how long the page looks at the pulse instead, and how often. */
const CROWDED_MS = 60_000;
const CROWDED_INTERVAL = 30;
/** A proxy on the way may add some time to a long poll's own. */
const LONG_POLL_GRACE_MS = 30_000;
/** A long poll that something on the way ends early has waited for at least so long. */
const CUT_OFF_MS = 1000;
/** After so many of those in a row the page looks at the pulse instead, so often, and for so long. */
const MOST_CUT_OFF = 2;
const CUT_OFF_INTERVAL = 10;
const CUT_OFF_PAUSE_MS = 600_000;
/** Where the pulse is of no use, a program is asked, but not more often than this. */
const PROGRAM_LEAST_MS = 3000;
/** Refusals that asking again does not change. */
const FINAL = new Set(
  'banned password moderator name-taken bad-user no-thread reserved-thread'.split(' '),
);
/** So often it must be said: a thread may be missing for a moment while it is replaced. */
const FINAL_TIMES = 2;

/**
 * @typedef {object} Options
 * @property {string} pulseUrl
 * @property {number} renewSec how often the user must be marked online
 * @property {Interval} interval
 * @property {number} [longPollPeriodS] how long the server lets a long poll wait
 * @property {() => boolean} quiet whether nobody sees or hears the page, so that it may ask less often
 * @property {() => boolean} lively whether somebody speaks, so that it should ask more often
 */

export class Polling {
  /** @type {(state: import('./feed.js').FeedState, error?: ApiError) => void} */
  onState = () => {};

  /** @type {Interval} */
  interval;
  /** The id of the call that goes on, for the call log. */
  sid = '';

  #who;
  #news;
  #file;
  #leastRenewMs;
  #longPollMs;
  #quiet;
  #lively;
  #running = false;
  /** Counts starts: what was asked for before the last one is not taken any more. */
  #run = 0;
  #working = false;
  #wanted = false;
  #urgent = false;
  #failures = 0;
  #renewAt = 0;
  #longPolledAt = 0;
  /** The last pulse file that was acted upon: a cache that keeps giving it must not cost a poll each time. */
  #handled = '';
  /** Until when no long poll is tried. */
  #crowdedUntil = 0;
  /** How often meanwhile the pulse is looked at. */
  #crowdedInterval = CROWDED_INTERVAL;
  /** Long polls in a row that ended early. */
  #cutOff = 0;
  /** Final refusals in a row. */
  #refusals = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {AbortController | null} */
  #waiting = null;

  /** @param {Visitor} who its visit changes with each start @param {News} news @param {Options} options */
  constructor(who, news, { pulseUrl, renewSec, interval, longPollPeriodS = 60, quiet, lively }) {
    this.#who = who;
    this.#news = news;
    this.#file = new PulseFile(pulseUrl);
    this.#leastRenewMs = Math.max(1, renewSec) * 1000;
    this.#longPollMs = longPollPeriodS * 1000 + LONG_POLL_GRACE_MS;
    this.#quiet = quiet;
    this.#lively = lively;
    this.interval = interval;
  }

  /** @param {number} [inMs] the first question waits for so long, unless an answer is awaited */
  start(inMs = 0) {
    this.#running = this.#wanted = true;
    this.#run += 1;
    this.#renewAt = this.#failures = this.#refusals = 0;
    this.#handled = '';
    clearTimeout(this.#timer);
    if (inMs && !this.#urgent) this.#timer = setTimeout(() => this.wake(), inMs);
    else this.wake();
  }

  stop() {
    this.#running = this.#wanted = false;
    clearTimeout(this.#timer);
    this.#waiting?.abort();
  }

  /** @param {Interval} interval */
  setInterval(interval) {
    this.interval = interval;
    this.#tellState();
    this.wake();
  }

  /** @param {boolean} on */
  setUrgent(on) {
    if (this.#urgent === on) return;
    this.#urgent = on;
    if (on) this.wake();
  }

  /** Asks now; during a request: once more after it. */
  refresh() {
    this.#wanted = this.#running;
    this.wake();
  }

  /** Ends the current pause. */
  wake() {
    if (!this.#running) return;
    this.#waiting?.abort();
    clearTimeout(this.#timer);
    if (!this.#working) this.#step();
  }

  async #step() {
    this.#working = true;
    const run = this.#run;
    try {
      await this.#work();
      this.#failures = this.#refusals = 0;
    } catch (error) {
      // A long poll that was broken off for something more urgent is no failure.
      if (error instanceof ApiError) this.#fail(error, run);
      else if (!(error instanceof DOMException)) console.error(error);
    }
    this.#working = false;
    if (!this.#running) return;
    if (!this.#failures) this.#tellState();
    this.#timer = setTimeout(() => this.#step(), this.#pause());
  }

  async #work() {
    const [now, { ackAt }] = [Date.now(), this.#news];
    const isTime = isDue(this.#renewAt, now, this.#renewMs) || (ackAt && isDue(ackAt, now, ACK_MS));
    // A poll does what a renewal does.
    if (!this.#wanted) await (isTime ? this.#renew() : this.#look());
    while (this.#wanted && this.#running) await this.#poll();
  }

  /** Marks the user online and hears who else is, and the pulse. */
  async #renew() {
    const news = this.#news;
    const [ack, run] = [news.toAck(), this.#run];
    const answer = await online(this.#who, ack.join(','), this.#pace);
    news.acknowledged(ack);
    if (!this.#isAwaited(run)) return;
    this.#renewAt = Date.now() + this.#renewMs;
    news.me = answer.me ?? news.me;
    news.takeUsers(answer.users);
    if (this.interval === 'off' && news.seen) return;
    const changed = whatChanged(news.seen, answer.pulse, news.me);
    if (changed.clips || changed.mail) this.#wanted = true;
    else news.seen = { ...news.seen, users: answer.pulse.users };
  }

  /** Looks whether anything has changed, in the way that the interval asks for. */
  async #look() {
    if (this.interval === 'off' && !this.#urgent) return;
    if (this.#intervalNow() === 'l' && !this.#quiet()) await this.#longPoll();
    else if (this.#file.isUseful) await this.#lookAtPulse();
    else await this.#renew();
  }

  async #lookAtPulse() {
    const [run, before, { me }] = [this.#run, this.#news.seen, this.#news];
    const now = await this.#file.look();
    const text = JSON.stringify(now);
    if (!now || text === this.#handled || !this.#isAwaited(run)) return;
    const changed = whatChanged(before, now, me);
    this.#handled = text;
    if (changed.clips || changed.mail) await this.#poll();
    else if (changed.users) await this.#renew();
    else return;
    this.#judge(before);
  }

  /** Whether the file was right that something has changed since. @param {import('./api.js').Pulse | null} before */
  #judge(before) {
    const { seen, me } = this.#news;
    // Where a renewal has heard of more, the poll for that comes yet.
    if (!before || !seen || this.#wanted) return;
    if (!isSame(before, seen, me)) return this.#file.wasRight();
    this.#file.lied();
    this.#handled = '';
  }

  async #poll() {
    const run = this.#run;
    this.#wanted = false;
    try {
      await this.#ask((have) => poll(this.#who, have));
    } catch (error) {
      this.#wanted ||= this.#isAwaited(run);
      throw error;
    }
  }

  async #longPoll() {
    const began = (this.#longPolledAt = Date.now());
    const { signal } = (this.#waiting = new AbortController());
    const usersSeen = this.#news.users;
    try {
      await this.#ask((have) =>
        longPoll(this.#who, { ...have, usersSeen }, signal, this.#longPollMs),
      );
      this.#cutOff = 0;
    } catch (error) {
      const waited = Date.now() - began;
      if (!(error instanceof ApiError && error.passing) || waited < CUT_OFF_MS) throw error;
      this.#wasCutOff();
    } finally {
      this.#waiting = null;
    }
  }

  /** Something on the way does not wait as long as the server does. A plain poll tells whether that is all. */
  #wasCutOff() {
    this.#wanted = true;
    this.#cutOff += 1;
    if (this.#cutOff < MOST_CUT_OFF) return;
    this.#crowdedUntil = Date.now() + CUT_OFF_PAUSE_MS;
    this.#crowdedInterval = CUT_OFF_INTERVAL;
  }

  /** @param {(have: import('./api.js').Have) => Promise<import('./api.js').PollAnswer>} request */
  async #ask(request) {
    const news = this.#news;
    const [ack, run] = [news.toAck(), this.#run];
    const seen = seenText(news.seen, news.me);
    const have = { catCrc: news.catCrc, ack: ack.join(','), seen, sid: this.sid };
    const answer = await request({ ...have, ...this.#pace });
    news.acknowledged(ack);
    if (!this.#isAwaited(run)) return;
    // The program marked the user online, too.
    this.#renewAt = Date.now() + this.#renewMs;
    // What the file says is looked at anew: it may be older than this.
    if (!isSame(news.seen, answer.pulse, news.me)) this.#handled = '';
    if (answer.waited === false) {
      this.#crowdedUntil = Date.now() + CROWDED_MS;
      this.#crowdedInterval = CROWDED_INTERVAL;
    }
    news.take(answer);
  }

  #intervalNow() {
    const isCrowded = this.interval === 'l' && Date.now() < this.#crowdedUntil;
    return isCrowded ? this.#crowdedInterval : this.interval;
  }

  /** So often the user is marked online: not more often than the page is to ask. */
  get #renewMs() {
    const own = typeof this.interval === 'number' ? this.interval * 100 : 0;
    return Math.max(this.#leastRenewMs, own);
  }

  /** What the server must know of a page that asks so rarely that its user would be thought gone. */
  get #pace() {
    return this.#renewMs > this.#leastRenewMs ? { pollFactor: String(this.interval) } : {};
  }

  /** Whether an answer is still wanted: the hub may have said something newer. @param {number} run */
  #isAwaited(run) {
    return this.#running && run === this.#run;
  }

  /** @param {ApiError} error @param {number} run */
  #fail(error, run) {
    if (!this.#isAwaited(run)) return;
    this.#failures += 1;
    this.#handled = '';
    this.#refusals = FINAL.has(error.code) ? this.#refusals + 1 : 0;
    this.onState(this.#refusals < FINAL_TIMES ? 'retrying' : 'refused', error);
  }

  #tellState() {
    this.onState(this.interval === 'off' ? 'off' : 'ok');
  }

  /** Milliseconds until the next step. */
  #pause() {
    const now = { urgent: this.#urgent, quiet: this.#quiet(), lively: this.#lively() };
    if (this.#failures) return pauseAfter(this.#failures, now);
    if (this.#wanted) return 0;
    const due = Math.min(this.#renewAt, this.#news.ackAt || Infinity);
    const least = this.#file.isUseful || now.urgent ? 0 : PROGRAM_LEAST_MS;
    const pause = Math.max(least, intervalMs(this.#intervalNow(), now));
    // A long poll that took its time was rest enough.
    const rested = this.#intervalNow() === 'l' && !now.quiet ? Date.now() - this.#longPolledAt : 0;
    return Math.max(0, Math.min(due - Date.now(), this.#renewMs, pause - rested));
  }
}
