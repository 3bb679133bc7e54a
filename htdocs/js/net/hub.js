// @ts-check
// News over a WebSocket, where the host has a hub (HUB.md). It comes and goes; whoever owns this polls meanwhile.
import { HubLine } from './hub-line.js';
import { ACK_MS } from './news.js';
import { hubPause } from './pace.js';

/** @typedef {import('./api.js').Who} Who */
/** @typedef {import('./hub-line.js').Frame} Frame */

/** How often the hub is told that a call goes on. */
const STAY_MS = 10_000;
/** For this long a hub must have been there to be tried again at once when it goes. */
const STEADY_MS = 10_000;

export class Hub {
  /** News come from the hub from now on, or not any more. @type {(on: boolean) => void} */
  onChange = () => {};

  /** Whether news come from the hub. */
  isOn = false;
  /** The id of the call that goes on, for the call log. */
  sid = '';

  #url;
  #who;
  #news;
  #wanted = false;
  /** @type {HubLine | null} */
  #line = null;
  #failures = 0;
  #onSince = 0;
  /** When the hub asked us to come again, in milliseconds from its goodbye. @type {number | null} */
  #retryMs = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #acking;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #staying;

  /** @param {string} url ws://… or wss://… @param {Who} who @param {import('./news.js').News} news */
  constructor(url, who, news) {
    this.#url = url;
    this.#who = who;
    this.#news = news;
  }

  start() {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#connect();
  }

  /** Ends it; a hub that is there hears that the user has left. */
  stop() {
    this.#wanted = false;
    clearTimeout(this.#retry);
    if (this.isOn) this.#line?.say({ act: 'bye' });
    this.#line?.close();
  }

  /** Makes sure that the hub is there, or tries again now. */
  check() {
    if (this.#line) this.#line.check();
    else if (this.#wanted) this.#connect();
  }

  /**
   * Sends a message; resolves when the hub has it in the mailbox.
   * @param {string} target @param {Record<string, unknown>} message @param {boolean} log
   */
  async relay(target, message, log) {
    await this.#line?.ask({ ...message, target, act: log ? 'logNrelay' : 'relay' });
  }

  #connect() {
    clearTimeout(this.#retry);
    this.#retryMs = null;
    try {
      this.#line = new HubLine(this.#url);
    } catch {
      // A page that came over https must not use ws://, and the admin wrote that: polling will do.
      this.#wanted = false;
      this.onChange(false);
      return;
    }
    this.#line.onOpen = () => this.#hello();
    this.#line.onFrame = (frame) => this.#take(frame);
    this.#line.onEnd = () => this.#ended();
  }

  #hello() {
    const { catCrc } = this.#news;
    const ids = this.#news.toAck();
    this.#line?.say({ act: 'userHello', ...this.#who, catCrc, ack: ids.join(',') });
    this.#news.acknowledged(ids);
  }

  /** @param {Frame} frame */
  #take(frame) {
    if (frame.act === 'bye') {
      this.#retryMs = frame.retryMs ?? Infinity;
      // Its word counts, and not the close code that follows: WebKit says 1006 whatever it was.
      this.#line?.close();
    } else if (frame.pulse) this.#takeNews(/** @type {import('./news.js').Answer} */ (frame));
    // A hello that was refused. Polling is refused as well, if it is for a reason that the person should hear.
    else if (frame.error !== undefined && !this.isOn) this.#line?.close();
  }

  /** @param {import('./news.js').Answer} answer */
  #takeNews(answer) {
    if (!this.isOn) this.#turnOn();
    this.#news.take(answer);
    this.ackSoon();
  }

  /** Says before long what has come. */
  ackSoon() {
    if (!this.#news.ackAt || !this.isOn) return;
    clearTimeout(this.#acking);
    const wait = Math.min(this.#news.ackAt - Date.now(), ACK_MS);
    this.#acking = setTimeout(() => this.#ack(), wait);
  }

  #turnOn() {
    this.isOn = true;
    this.#onSince = performance.now();
    this.#staying = setInterval(() => {
      if (this.sid) this.#line?.say({ act: 'stay', sid: this.sid });
    }, STAY_MS);
    this.onChange(true);
  }

  /** What gets lost on the way comes again, and is acknowledged again. */
  #ack() {
    const ids = this.#news.toAck();
    if (!ids.length || !this.isOn) return;
    this.#line?.say({ act: 'ack', ids });
    this.#news.acknowledged(ids);
  }

  #ended() {
    this.#line = null;
    clearInterval(this.#staying);
    clearTimeout(this.#acking);
    const wasOn = this.isOn;
    this.isOn = false;
    const wasSteady = wasOn && performance.now() - this.#onSince > STEADY_MS;
    this.#failures = wasSteady ? 0 : this.#failures + 1;
    if (this.#wanted) {
      const pause = this.#retryMs ?? hubPause(this.#failures);
      // Infinity: the hub does not serve this thread any more. The admin may change that again.
      this.#retry = setTimeout(() => this.#connect(), Math.min(pause, hubPause(Infinity)));
    }
    if (wasOn || this.#failures === 1) this.onChange(false);
  }
}
