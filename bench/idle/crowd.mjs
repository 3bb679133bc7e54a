// Two hundred pages in one thread, which ask as the page does, with its own code.
import { setTimeout as pause } from 'node:timers/promises';
import { inPage } from './browser.mjs';
import { ask, foundPrograms } from '../../htdocs/js/net/http.js';
import { Feed } from '../../htdocs/js/net/feed.js';
import { nearestInterval } from '../../htdocs/js/net/pace.js';

/** Pages open one after the other; all at once would be another test. */
const OPENING_MS = 40;

export class Crowd {
  /** When each page has last heard of a clip. @type {Map<number, {id: string, at: number}>} */
  #heard = new Map();
  /** @type {{feed: Feed, stop: () => void}[]} */
  #pages = [];
  #troubles = new Set();

  /** @param {string} url of the site @param {string} realm @param {number} count */
  static async open(url, realm, count) {
    foundPrograms(`${url}cgi-bin/`);
    const crowd = new Crowd();
    for (let n = 0; n < count; n += 1) {
      const { page, result } = inPage(() => crowd.#enter(n, url, realm));
      const feed = await result;
      crowd.#pages.push({ feed, stop: () => page.agent.destroy() });
      await pause(OPENING_MS);
    }
    return crowd;
  }

  /** @param {number} n @param {string} url @param {string} realm */
  async #enter(n, url, realm) {
    const user = `listener${n}`;
    const settings = await ask('thread', 'thread', { realm, user }, { method: 'GET' });
    const feed = new Feed({
      user,
      realm,
      pulseUrl: new URL(settings.pulse, url).href,
      renewSec: settings.renewSec,
      interval: nearestInterval(settings.pollFactor),
      longPollPeriodS: settings.longPollPeriodS,
      hubUrl: settings.hub,
      quiet: () => false,
      lively: () => false,
    });
    feed.onList = (list) => {
      const [id = ''] = list.at(-1) ?? [];
      this.#heard.set(n, { id, at: performance.now() });
    };
    feed.onState = (state, error) => error && this.#troubles.add(`${state}: ${error.code}`);
    feed.start();
    return feed;
  }

  /** Waits until every page has heard of a clip; returns how long after `since` each has. @param {string} id @param {number} since */
  async hears(id, since) {
    while (![...this.#heard.values()].every((one) => one.id === id)) await pause(1);
    return [...this.#heard.values()].map(({ at }) => Math.max(0, at - since));
  }

  /** How many have heard of anything. */
  get informed() {
    return this.#heard.size;
  }

  /** What went wrong with questions, in words. */
  get troubles() {
    return [...this.#troubles];
  }

  close() {
    for (const { feed, stop } of this.#pages) {
      feed.stop();
      stop();
    }
  }
}
