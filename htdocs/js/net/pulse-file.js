// @ts-check
// The pulse as the web server gives it. Caches and filters in front may give an old one: who notices says so, and then
// the file is asked for past them, and in the end not at all.
import { load, save } from '../util/storage.js';
import { pulse } from './api.js';

/** cached: answered 304 while nothing changes. fresh: past all caches. program: the file is of no use here. */
/** @typedef {'cached' | 'fresh' | 'program'} Way */

/** For so long a way is remembered, also by the next visit. */
const REMEMBERED_MS = 86_400_000;
/** So many lies in spite of asking past all caches, and the file is given up. */
const MOST_LIES = 2;

export class PulseFile {
  #url;
  /** @type {Way} */
  #way = 'cached';
  #lies = 0;

  /** @param {string} url */
  constructor(url) {
    this.#url = url;
    const { way, until } = load(this.#key, { way: this.#way, until: 0 });
    if (until > Date.now()) this.#way = way;
  }

  get #key() {
    return `pulse.${this.#url}`;
  }

  /** Whether looking at it tells what is new. */
  get isUseful() {
    return this.#way !== 'program';
  }

  /** What the file says; null if it was not understood. */
  async look() {
    const { said, isMarked } = await pulse(this.#url, this.#way === 'fresh');
    // Without an ETag a server takes two changes within a second for one.
    if (!isMarked && this.#way === 'cached') this.#way = 'fresh';
    return said;
  }

  /** It has given something else than what the programs said before it and after it. */
  lied() {
    this.#lies += 1;
    if (this.#way === 'cached') this.#go('fresh');
    else if (this.#lies > MOST_LIES) this.#go('program');
  }

  /** It has told the truth about a change. */
  wasRight() {
    this.#lies = 0;
  }

  /** @param {Way} way */
  #go(way) {
    this.#way = way;
    this.#lies = 0;
    save(this.#key, { way, until: Date.now() + REMEMBERED_MS });
  }
}
