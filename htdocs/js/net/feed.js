// @ts-check
// Everything that comes from the server by itself: clips, users, messages, and whether it is there. Where there is a
// hub, it tells; while it is away, and where there is none, polling asks. The rest of the page does not know which.
import { ApiError, bye, relay } from './api.js';
import { newVisitId } from '../util/names.js';
import { Hub } from './hub.js';
import { News } from './news.js';
import { Polling } from './polling.js';

/** @typedef {import('./pace.js').Interval} Interval */
/** refused: for good; it does not ask any more. @typedef {'ok' | 'retrying' | 'off' | 'refused'} FeedState */

/** A hub that is there has said everything by then, and nobody needs to ask. */
const HUB_FIRST_MS = 1500;
/** Pages that lose the hub at the same moment must not all ask at the same moment: some hosts run 20 programs at a time. */
const SPREAD_MS = 1000;

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
  #news;
  #polling;
  /** @type {Hub | null} */
  #hub = null;
  #running = false;
  #wasPushed = false;

  /**
   * @param {import('./api.js').Who & import('./polling.js').Options & {hubUrl?: string}} options
   * hubUrl: ws://… or wss://…; absent: there is no hub
   */
  constructor({ user, realm, hubUrl, ...options }) {
    this.#who = { user, realm, visit: '' };
    const news = (this.#news = new News(this.#who, {
      list: (...list) => this.onList(...list),
      users: (users) => this.onUsers(users),
      messages: (...messages) => this.onMessages(...messages),
    }));
    this.#polling = new Polling(this.#who, news, options);
    this.#polling.onState = (state, error) => {
      if (state === 'refused') this.stop();
      this.onState(state, error);
    };
    if (!hubUrl) return;
    this.#hub = new Hub(hubUrl, this.#who, news);
    this.#hub.onChange = (on) => this.#hubIs(on);
  }

  /** Whether news come by themselves, so that nobody has to ask. */
  get isPushed() {
    return !!this.#hub?.isOn;
  }

  /** The id of the call that goes on, for the call log. @param {string} sid */
  set sid(sid) {
    this.#polling.sid = sid;
    if (this.#hub) this.#hub.sid = sid;
  }

  start() {
    this.#running = true;
    this.#who.visit = newVisitId();
    const isHubFirst = this.#hub && this.#polling.interval !== 'off';
    this.#polling.start(isHubFirst ? HUB_FIRST_MS : 0);
    if (isHubFirst) this.#hub?.start();
  }

  stop() {
    this.#running = false;
    this.#polling.stop();
    this.#hub?.stop();
  }

  /** The user leaves; works while the page is being closed. */
  bye() {
    if (!this.#running) return;
    const wasPushed = this.isPushed;
    this.stop();
    // The hub knows it already.
    if (!wasPushed) bye(this.#who);
  }

  /** @param {Interval} interval */
  setInterval(interval) {
    this.#polling.setInterval(interval);
    // Who wants no news by themselves wants none from the hub.
    if (interval === 'off') this.#hub?.stop();
    else if (this.#running) this.#hub?.start();
  }

  /** Leaves a message that came at the server, for the person's other pages. @param {string} id */
  hold(id) {
    this.#news.hold(id);
  }

  /** A message that was held is settled. @param {string} id */
  release(id) {
    this.#news.release(id);
    this.#hub?.ackSoon();
  }

  /** Asks several times a second, whatever the interval, while an answer is awaited. @param {boolean} on */
  setUrgent(on) {
    this.#polling.setUrgent(on);
  }

  /** Makes sure that everything new is here soon. */
  refresh() {
    this.#hub?.check();
    this.#polling.refresh();
  }

  /** Ends all waiting: the network is back, or somebody looks. */
  wake() {
    this.#hub?.check();
    this.#polling.wake();
  }

  /**
   * Sends a message; resolves when the server has it.
   * @param {string} target a user, or *
   * @param {Record<string, unknown>} message with its type
   * @param {boolean} log whether the call log is told
   */
  async relay(target, message, log) {
    if (this.#hub?.isOn) {
      try {
        return await this.#hub.relay(target, message, log);
      } catch (error) {
        if (!(error instanceof ApiError && error.code.startsWith('hub-'))) throw error;
        // It may have got there: who gets it twice tells by what is in it.
      }
    }
    await relay(this.#who, target, message, log);
  }

  /** @param {boolean} on */
  #hubIs(on) {
    if (!this.#running) return;
    if (on) {
      this.#polling.stop();
      this.onState('ok');
    } else this.#polling.start(this.#wasPushed ? Math.random() * SPREAD_MS : 0);
    this.#wasPushed = on;
  }
}
