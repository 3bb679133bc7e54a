// @ts-check
// Ties the chat to its panel, and messages to whom they are for.
import { Chat } from './chat.js';
import { Attention } from '../ui/attention.js';
import { EVERYBODY } from '../ui/people.js';
import { ChatPanel } from './chat-panel.js';
import { notice } from '../ui/status.js';
import { explain } from '../util/explain.js';
import { t } from '../util/i18n.js';
import { threadUrl } from '../util/links.js';

export class Talk {
  /** A message came. @type {(entry: import('./chat.js').Entry) => void} */
  onMessage = () => {};

  chat;
  attention;
  #panel;
  #people;
  #me;

  /**
   * @param {import('../net/api.js').Who} who
   * @param {import('../call/signalling.js').Signalling} signalling
   * @param {import('../ui/people.js').PeoplePanel} people
   * @param {import('../ui/conversation.js').Conversation} conversation
   * @param {() => void} sound of a message
   */
  constructor(who, signalling, people, conversation, sound) {
    this.#people = people;
    this.chat = new Chat(who, signalling);
    this.attention = new Attention(sound, threadUrl(who.realm, who.user));
    this.#panel = new ChatPanel(who.user, conversation, {
      send: (text, re) => this.chat.send(people.chosen, text, re),
      reply: (about, isPrivate) => this.answer(about, isPrivate),
      retry: (entry) => this.chat.retry(entry),
      discard: (entry) => this.chat.discard(entry),
    });
    this.#me = who.user;
    this.chat.onEntry = (entry) => this.#panel.add(entry, true);
    this.chat.onState = (entry) => this.#panel.showState(entry);
    this.chat.onGone = (entry) => this.#panel.remove(entry);
    this.chat.onRefused = (error) => notice(explain(error), 'error');
    for (const entry of this.chat.entries) this.#panel.add(entry, false);
    this.showChoice();
  }

  /** @param {import('../net/api.js').Message} message */
  take(message) {
    const entry = this.chat.take(message);
    if (!entry) return;
    this.attention.message(entry.author, entry.text);
    this.#people.saw([entry.author]);
    // What was said to one alone is answered to its sender alone, unless something is being written to somebody else.
    if (entry.target === this.#me && !this.#panel.isWriting) this.#people.choose(entry.author);
    this.onMessage(entry);
  }

  /** @param {string} name @param {number} ageSec */
  missed(name, ageSec) {
    this.chat.note(name, t('chat.missed'), Date.now() - ageSec * 1000);
    this.attention.message(name, t('chat.missed'));
  }

  /**
   * Answers what somebody has said: to all if it was said to all.
   * @param {import('../ui/quotes.js').Quotable} about @param {boolean} [isPrivate] whether it was said to this person alone
   */
  answer(about, isPrivate = false) {
    this.#people.choose(isPrivate ? about.author : EVERYBODY);
    this.#panel.answer(about);
  }

  showChoice() {
    this.#panel.showTarget(this.#people.chosen);
  }

  close() {
    this.chat.close();
    this.#panel.close();
    this.attention.clear();
  }
}
