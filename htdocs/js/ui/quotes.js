// @ts-check
// What answers something shows a line of it: whose, when and its first words. The line leads to what it quotes, and knows it
// as soon as that is in the conversation, which may be later than the answer.
import { make, setText } from '../util/dom.js';
import { timeOfDay } from '../util/format.js';
import { t } from '../util/i18n.js';

/** @typedef {{id: string, author: string, at: number, words: () => string}} Quotable at: milliseconds since 1970 */
/** @typedef {{row: HTMLElement, about: Quotable}} Known */

const MOST_LETTERS = 80;

export class Quotes {
  /** Somebody wants to see what is quoted. @type {(row: HTMLElement | null) => void} */
  onShow = () => {};

  /** What is in the conversation. @type {Map<string, Known>} */
  #known = new Map();
  /** The lines by what they quote. @type {Map<string, Set<HTMLElement>>} */
  #lines = new Map();

  /** It is in the conversation from now on. @param {HTMLElement} row @param {Quotable} about */
  know(row, about) {
    this.#known.set(about.id, { row, about });
    this.#showLines(about.id);
  }

  /** It is there no more; lines that had its words keep them. @param {HTMLElement} row */
  forget(row) {
    for (const [id, known] of this.#known) if (known.row === row) this.#known.delete(id);
    for (const lines of this.#lines.values()) {
      for (const line of lines) if (row.contains(line)) lines.delete(line);
    }
  }

  /** A line for whatever answers this. @param {string} id */
  line(id) {
    const line = make('button', { type: 'button', class: 'quote', dir: 'auto' });
    line.onclick = () => this.onShow(this.#known.get(id)?.row ?? null);
    const lines = this.#lines.get(id) ?? new Set();
    this.#lines.set(id, lines.add(line));
    setText(line, t('quote.gone'));
    this.#showLines(id);
    return line;
  }

  translate() {
    for (const id of this.#lines.keys()) this.#showLines(id);
  }

  clear() {
    this.#known.clear();
    this.#lines.clear();
  }

  /** @param {string} id */
  #showLines(id) {
    const about = this.#known.get(id)?.about;
    if (!about) return;
    for (const line of this.#lines.get(id) ?? []) {
      setText(line, inWords(about));
      line.setAttribute('aria-label', t('quote.answers', { what: inWords(about) }));
    }
  }
}

/** Whose it is, when it was said, and how it begins. @param {Quotable} about */
export function inWords({ author, at, words }) {
  const text = words().replace(/\s+/g, ' ').trim();
  const letters = [...text];
  const short =
    letters.length > MOST_LETTERS ? `${letters.slice(0, MOST_LETTERS).join('')}…` : text;
  return t('quote.words', { author, time: timeOfDay(at), words: short });
}
