// @ts-check
// The messages, and the field where one writes.
import { byId, endsWord, make, setText } from '../util/dom.js';
import { hueOf } from '../util/names.js';
import { timeOfDay } from '../util/format.js';
import { locale, t } from '../util/i18n.js';
import { pieces } from '../util/links.js';
import { EVERYBODY } from '../ui/people.js';
import { Answering } from './answering.js';

/** @typedef {import('./chat.js').Entry} Entry */

const MOST_SHOWN = 200;

/**
 * @typedef {object} Actions
 * @property {(text: string, re: string) => void} send re: the id of what it answers, or empty
 * @property {(about: import('../ui/quotes.js').Quotable, isPrivate: boolean) => void} reply
 * @property {(entry: Entry) => void} retry
 * @property {(entry: Entry) => void} discard
 */

export class ChatPanel {
  #me;
  #actions;
  #conversation;
  #field = byId('chat-text', HTMLTextAreaElement);
  #form = byId('chat-form', HTMLFormElement);
  #answering = new Answering(this.#field);
  /** @type {Map<string, HTMLElement>} */
  #rows = new Map();

  /** @param {string} me @param {import('../ui/conversation.js').Conversation} conversation @param {Actions} actions */
  constructor(me, conversation, actions) {
    this.#me = me;
    this.#conversation = conversation;
    this.#actions = actions;
    this.#field.value = '';
    this.#form.onsubmit = (event) => {
      event.preventDefault();
      this.#submit();
    };
    this.#field.oninput = () => this.#fit();
    this.#field.onkeydown = (event) => {
      if (event.key === 'Escape' && this.#answering.id) {
        this.#answering.drop();
        // It would stop the player, too.
        return event.stopPropagation();
      }
      if (event.key !== 'Enter' || event.shiftKey || endsWord(event)) return;
      event.preventDefault();
      this.#submit();
    };
  }

  /** Whether a message is being written. */
  get isWriting() {
    return this.#field.value.trim() !== '';
  }

  /** @param {string} target */
  showTarget(target) {
    const words = target === EVERYBODY ? t('chat.toAll') : t('chat.to', { name: target });
    setText(byId('chat-label', HTMLElement), words);
    this.#field.placeholder = words;
  }

  /** @param {Entry} entry @param {boolean} isNews it has just come */
  add(entry, isNews) {
    const row = this.#row(entry);
    this.#rows.set(entry.id, row);
    this.showState(entry);
    for (const [id, old] of [...this.#rows].slice(0, -MOST_SHOWN)) {
      this.#conversation.remove(old);
      this.#rows.delete(id);
    }
    const isOwn = entry.author === this.#me;
    const { about, at } = aboutEntry(entry);
    this.#conversation.add([{ row, at, about }], { isOwn, isNews });
    if (isNews && !isOwn) {
      this.#conversation.announce(t('chat.news', { author: entry.author, text: entry.text }));
    }
  }

  /** Lets the person write an answer. @param {import('../ui/quotes.js').Quotable} about */
  answer(about) {
    this.#answering.show(about);
    this.#field.focus();
  }

  /** @param {Entry} entry */
  showState({ id, state }) {
    const row = this.#rows.get(id);
    if (!row) return;
    row.dataset.state = state;
    const mark = row.querySelector('.message-mark');
    if (mark instanceof HTMLElement) setText(mark, t(`chat.${state}`));
    const aside = row.querySelector('.message-aside');
    if (aside instanceof HTMLElement) aside.hidden = !['refused', 'filtered'].includes(state);
  }

  /** @param {Entry} entry */
  remove({ id }) {
    const row = this.#rows.get(id);
    // The focus must not be lost with its button.
    if (row?.contains(document.activeElement)) this.#field.focus({ preventScroll: true });
    if (row) this.#conversation.remove(row);
    this.#rows.delete(id);
  }

  close() {
    this.#rows.clear();
    this.#answering.show(null);
    this.#form.onsubmit = this.#field.onkeydown = this.#field.oninput = null;
  }

  #submit() {
    const text = this.#field.value.trim();
    if (!text) return this.#field.focus();
    this.#field.value = '';
    this.#fit();
    const { id } = this.#answering;
    this.#answering.show(null);
    this.#actions.send(text, id);
  }

  /** Makes the field as high as what is written, within limits. */
  #fit() {
    const lines = this.#field.value.split('\n').length;
    this.#field.rows = Math.min(5, Math.max(1, lines));
  }

  /** @param {Entry} entry */
  #row(entry) {
    const { id, author, target, text, state } = entry;
    const mine = author === this.#me;
    const isPrivate = target !== EVERYBODY && state !== 'note';
    const attributes = {
      'data-id': id,
      'data-author': author,
      'data-mine': String(mine),
      'data-private': String(isPrivate),
    };
    const body = make('p', { class: 'message-text', dir: 'auto' }, ...linked(text));
    const row = make('li', { ...attributes, class: 'message', 'data-state': state });
    row.style.setProperty('--hue', String(hueOf(author)));
    row.append(this.#head(entry, mine, isPrivate));
    if (entry.re) row.append(this.#conversation.quote(entry.re));
    row.append(body);
    if (mine) row.append(this.#aside(entry));
    return row;
  }

  /** @param {Entry} entry @param {boolean} mine @param {boolean} isPrivate */
  #head(entry, mine, isPrivate) {
    const { author, target, date, state } = entry;
    const time = new Date(date);
    const head = make(
      'p',
      { class: 'message-head' },
      make('strong', { class: 'message-author' }, this.#route({ author, target, mine })),
      make(
        'time',
        { datetime: time.toISOString(), title: time.toLocaleString(locale()) },
        timeOfDay(date),
      ),
      make('span', { class: 'message-mark' }),
    );
    if (isPrivate) head.append(make('span', { class: 'message-private' }, t('chat.private')));
    if (!mine && state !== 'note') head.append(this.#button('reply', () => this.#reply(entry)));
    return head;
  }

  /** @param {Entry} entry */
  #reply(entry) {
    const { about, at } = aboutEntry(entry);
    this.#actions.reply({ ...about, at }, entry.target !== EVERYBODY);
  }

  /** What can be done with a message that was not taken. @param {Entry} entry */
  #aside(entry) {
    return make(
      'p',
      { class: 'message-aside', hidden: '' },
      this.#button('retry', () => this.#actions.retry(entry)),
      this.#button('discard', () => this.#actions.discard(entry)),
    );
  }

  /** @param {'reply' | 'retry' | 'discard'} name @param {() => void} act */
  #button(name, act) {
    const words = t(`chat.${name}`);
    const button = make('button', { type: 'button', class: `quiet message-${name}` }, words);
    button.onclick = act;
    return button;
  }

  /** From whom, and to whom if not to all. @param {{author: string, target: string, mine: boolean}} entry */
  #route({ author, target, mine }) {
    const from = mine ? t('chat.you') : author;
    if (target === EVERYBODY || target === this.#me) return from;
    return t('chat.route', { author: from, target });
  }
}

/** What a line says that quotes a message. @param {Entry} entry */
const aboutEntry = ({ id, author, text, date }) => ({
  at: date,
  about: { id, author, words: () => text },
});

/** A text with its addresses as links. @param {string} text */
const linked = (text) =>
  pieces(text).map(({ text: words, href }) =>
    href ? make('a', { href, target: '_blank', rel: 'noopener noreferrer' }, words) : words,
  );
