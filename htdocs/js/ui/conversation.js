// @ts-check
// The one list of all that was said: clips, messages and missed calls in the order in which they happened, with a line for
// each day and one where the person left off. Its rows are made by those who know what is in them.
import { byId, make } from '../util/dom.js';
import { locale, t } from '../util/i18n.js';
import { load, save } from '../util/storage.js';
import { Quotes } from './quotes.js';
import { notice } from './status.js';
import { Tail } from './tail.js';

/** @typedef {Omit<import('./quotes.js').Quotable, 'at'>} About what one says of it who answers it */
/** @typedef {{row: HTMLElement, at: number, about?: About}} Item at: milliseconds since 1970 */

export class Conversation {
  #list = byId('clips', HTMLElement);
  #empty = byId('clips-empty', HTMLElement);
  #news = byId('clip-news', HTMLElement);
  #filter = byId('conversation-filter', HTMLSelectElement);
  #tail = new Tail(
    byId('messages', HTMLElement),
    this.#list,
    byId('messages-new', HTMLButtonElement),
  );
  #quotes = new Quotes();
  /** What is in the list, lines too, oldest first. @type {Item[]} */
  #items = [];
  /** @type {Map<number, HTMLElement>} */
  #days = new Map();
  #leftKey;
  /** When the last thing happened that the person has seen. */
  #leftAt;
  #left = make('li', { class: 'left-off' });
  #listening = new AbortController();

  /** @param {string} realm */
  constructor(realm) {
    this.#leftKey = `left.${realm}`;
    this.#leftAt = Number(load(this.#leftKey, 0)) || 0;
    this.#left.textContent = t('conversation.new');
    this.#list.replaceChildren();
    this.#empty.hidden = true;
    this.#filter.value = 'all';
    this.#filter.onchange = () => this.#showFilter();
    this.#showFilter();
    this.#quotes.onShow = (row) => this.#show(row);
    const { signal } = this.#listening;
    document.addEventListener('visibilitychange', () => this.#seen(), { signal });
    addEventListener('pagehide', () => this.#remember(), { signal });
  }

  /**
   * Puts rows in where they belong by time.
   * @param {Item[]} items
   * @param {{isOwn?: boolean, isNews?: boolean}} [what] isOwn: the person has just made it, and wants to see it; isNews: it
   * has just happened
   */
  add(items, { isOwn = false, isNews = true } = {}) {
    for (const item of items) {
      this.#insert(item);
      this.#day(item.at);
      const { row, at, about } = item;
      if (about) this.#quotes.know(row, { ...about, at });
    }
    // Whoever looks at the page sees what is new.
    if (!isNews || document.hidden) this.#showLeft();
    this.showEmpty();
    for (let i = 0; i < (isNews ? items.length : 1); i += 1) this.#tail.grown(isOwn || !isNews);
  }

  /** @param {HTMLElement} row */
  remove(row) {
    const at = this.#items.findIndex((item) => item.row === row);
    if (at < 0) return;
    this.#leaveFocus(row);
    this.#quotes.forget(row);
    this.#take(at);
    this.#dropEmptyDay(at - 1);
    this.showEmpty();
  }

  /** Whether there is nothing yet; to be called once that is known. */
  showEmpty() {
    this.#empty.hidden = this.#items.length > 0;
  }

  /** A line that quotes what has this id, and leads to it. @param {string} id */
  quote(id) {
    return this.#quotes.line(id);
  }

  /** Says something to screen readers, also when it is the same as the last time. @param {string} text */
  announce(text) {
    this.#news.textContent = '';
    requestAnimationFrame(() => (this.#news.textContent = text));
  }

  /** Says everything again, in the page's language. */
  translate() {
    for (const [begin, row] of this.#days) row.textContent = dayName(begin);
    this.#left.textContent = t('conversation.new');
    this.#quotes.translate();
  }

  close() {
    this.#remember();
    this.#listening.abort();
    this.#tail.close();
    this.#filter.onchange = null;
    this.#items = [];
    this.#days.clear();
    this.#quotes.clear();
    this.#list.replaceChildren();
  }

  /** Puts it behind, or before, what happened at the same moment. @param {Item} item @param {boolean} [isFirst] */
  #insert(item, isFirst = false) {
    const isLater = (/** @type {Item} */ { at }) => (isFirst ? at >= item.at : at > item.at);
    // What comes is nearly always the newest.
    let place = this.#items.length;
    while (place > 0 && isLater(this.#items[place - 1])) place -= 1;
    this.#list.insertBefore(item.row, this.#items[place]?.row ?? null);
    this.#items.splice(place, 0, item);
  }

  /** @param {number} at */
  #take(at) {
    const [{ row }] = this.#items.splice(at, 1);
    row.remove();
  }

  /** The line of a day, before the first that happened in it. @param {number} at */
  #day(at) {
    const begin = new Date(at).setHours(0, 0, 0, 0);
    if (this.#days.has(begin)) return;
    const row = make('li', { class: 'day' }, dayName(begin));
    this.#days.set(begin, row);
    this.#insert({ row, at: begin }, true);
  }

  /** A day of which nothing is left has no line. @param {number} at where it might be in the list */
  #dropEmptyDay(at) {
    const item = this.#items[at];
    if (!item || this.#days.get(item.at) !== item.row) return;
    const next = this.#items[at + 1];
    if (next && this.#days.get(next.at) !== next.row) return;
    this.#days.delete(item.at);
    this.#take(at);
  }

  /** The line where the person left off, before what came since. */
  #showLeft() {
    if (!this.#leftAt || this.#left.isConnected) return;
    const isLine = (/** @type {Item} */ { row, at }) => this.#days.get(at) === row;
    const newer = this.#items.filter((item) => item.at > this.#leftAt && !isLine(item));
    const isNews = newer.some(({ row }) => row.dataset.mine !== 'true');
    const isAll = newer.length === this.#items.filter((item) => !isLine(item)).length;
    if (isNews && !isAll) this.#insert({ row: this.#left, at: this.#leftAt });
  }

  get #newest() {
    return this.#items.at(-1)?.at ?? 0;
  }

  #remember() {
    if (!document.hidden || !this.#leftAt) this.#leftAt = Math.max(this.#leftAt, this.#newest);
    save(this.#leftKey, this.#leftAt);
  }

  /** The tab was hidden or shown: what comes while it is hidden comes below the line. */
  #seen() {
    if (!document.hidden) return;
    this.#leftAt = this.#newest;
    save(this.#leftKey, this.#leftAt);
    const at = this.#items.findIndex(({ row }) => row === this.#left);
    if (at >= 0) this.#take(at);
  }

  #showFilter() {
    this.#list.dataset.filter = this.#filter.value;
    this.#tail.again();
  }

  /** Brings a row into view, whatever is filtered out, and the focus to it. @param {HTMLElement | null} row null: it is gone */
  #show(row) {
    if (!row) return notice(t('quote.gone'));
    if (!row.offsetParent) {
      this.#filter.value = 'all';
      this.#showFilter();
    }
    row.tabIndex = -1;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: 'center' });
  }

  /** A row that goes away hands the focus to its neighbour. @param {HTMLElement} row */
  #leaveFocus(row) {
    if (!row.contains(document.activeElement)) return;
    const neighbour = row.nextElementSibling ?? row.previousElementSibling;
    const button = neighbour?.querySelector('button') ?? document.getElementById('record');
    button?.focus({ preventScroll: true });
  }
}

/** Today, yesterday, or the date. @param {number} begin of the day */
function dayName(begin) {
  const now = new Date();
  const days = Math.round((now.setHours(0, 0, 0, 0) - begin) / 86_400_000);
  if (days === 0 || days === 1) {
    const words = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' }).format(-days, 'day');
    return words.charAt(0).toLocaleUpperCase(locale()) + words.slice(1);
  }
  const year = new Date(begin).getFullYear() === now.getFullYear() ? {} : { year: 'numeric' };
  /** @type {any} */
  const style = { weekday: 'long', day: 'numeric', month: 'long', ...year };
  return new Intl.DateTimeFormat(locale(), style).format(begin);
}
