// @ts-check
// The messages, and the field where one writes.
import { byId, make, setText } from '../util/dom.js';
import { timeOfDay } from '../util/format.js';
import { t } from '../util/i18n.js';
import { pieces } from '../util/links.js';
import { showUnseen } from '../ui/jump.js';
import { EVERYBODY } from '../ui/people.js';
import { Tail } from '../ui/tail.js';

/** @typedef {import('./chat.js').Entry} Entry */

const MOST_SHOWN = 200;
const DAY_MS = 86_400_000;

export class ChatPanel {
  #me;
  #list = byId('message-list', HTMLElement);
  #none = byId('messages-none', HTMLElement);
  #tail = new Tail(
    byId('messages', HTMLElement),
    this.#list,
    byId('messages-new', HTMLButtonElement),
  );
  #field = byId('chat-text', HTMLTextAreaElement);
  #form = byId('chat-form', HTMLFormElement);
  /** @type {Map<string, HTMLElement>} */
  #rows = new Map();

  /** @param {string} me @param {(text: string) => void} send */
  constructor(me, send) {
    this.#me = me;
    this.#list.replaceChildren();
    this.#none.hidden = false;
    this.#tail.onUnseen = (count) => showUnseen('phone', count);
    this.#field.value = '';
    this.#form.onsubmit = (event) => {
      event.preventDefault();
      this.#submit(send);
    };
    this.#field.oninput = () => this.#fit();
    this.#field.onkeydown = (event) => {
      // During composition (Chinese, Japanese, …) Enter ends a word.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit(send);
    };
  }

  /** @param {string} target */
  showTarget(target) {
    const words = target === EVERYBODY ? t('chat.toAll') : t('chat.to', { name: target });
    setText(byId('chat-label', HTMLElement), words);
    this.#field.placeholder = words;
  }

  /** @param {Entry} entry */
  add(entry) {
    const row = this.#row(entry);
    this.#rows.set(entry.id, row);
    this.#list.append(row);
    this.#none.hidden = true;
    this.showState(entry);
    for (const [id, old] of [...this.#rows].slice(0, -MOST_SHOWN)) {
      old.remove();
      this.#rows.delete(id);
    }
    this.#tail.grown(entry.author === this.#me);
  }

  /** @param {Entry} entry */
  showState({ id, state }) {
    const row = this.#rows.get(id);
    if (!row) return;
    row.dataset.state = state;
    const mark = row.querySelector('.message-mark');
    if (mark instanceof HTMLElement) setText(mark, t(`chat.${state}`));
  }

  close() {
    this.#rows.clear();
    this.#list.replaceChildren();
    this.#tail.close();
    this.#form.onsubmit = this.#field.onkeydown = this.#field.oninput = null;
  }

  /** @param {(text: string) => void} send */
  #submit(send) {
    const text = this.#field.value.trim();
    if (!text) return this.#field.focus();
    this.#field.value = '';
    this.#fit();
    send(text);
  }

  /** Makes the field as high as what is written, within limits. */
  #fit() {
    const lines = this.#field.value.split('\n').length;
    this.#field.rows = Math.min(5, Math.max(1, lines));
  }

  /** @param {Entry} entry */
  #row({ id, author, target, text, date, state }) {
    const mine = author === this.#me;
    const time = new Date(date);
    const old = Date.now() - date > DAY_MS;
    const when =
      (old ? `${time.toLocaleDateString(document.documentElement.lang)} ` : '') + timeOfDay(date);
    const head = make(
      'p',
      { class: 'message-head' },
      make('strong', { class: 'message-author' }, this.#route({ author, target, mine })),
      make(
        'time',
        { datetime: time.toISOString(), title: time.toLocaleString(document.documentElement.lang) },
        when,
      ),
      make('span', { class: 'message-mark' }),
    );
    const attributes = { 'data-id': id, 'data-author': author, 'data-mine': String(mine) };
    const body = make('p', { class: 'message-text' }, ...linked(text));
    return make('li', { ...attributes, class: 'message', 'data-state': state }, head, body);
  }

  /** From whom, and to whom if not to all. @param {{author: string, target: string, mine: boolean}} entry */
  #route({ author, target, mine }) {
    const from = mine ? t('chat.you') : author;
    if (target === EVERYBODY || target === this.#me) return from;
    return t('chat.route', { author: from, target });
  }
}

/** A text with its addresses as links. @param {string} text */
const linked = (text) =>
  pieces(text).map(({ text: words, href }) =>
    href ? make('a', { href, target: '_blank', rel: 'noopener noreferrer' }, words) : words,
  );
