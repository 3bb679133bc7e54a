// @ts-check
// Who is online, and to whom one writes or whom one calls. Who is away can be written to, and finds it on coming back.
import { arrange, byId, endsWord, make, setText } from '../util/dom.js';
import { t } from '../util/i18n.js';
import { wrongUser } from '../util/names.js';
import { load, save } from '../util/storage.js';

/** @typedef {import('../net/api.js').Who} Who */

export const EVERYBODY = '*';
/** The menu's way to type a name; no person can be called that. */
const OTHER = ':';
/** How many of those seen lately are remembered. */
const MOST_SEEN = 30;

export class PeoplePanel {
  /** @type {() => void} */
  onChoice = () => {};

  /** A user, or * for all. */
  chosen = EVERYBODY;
  #me;
  /** @type {string[]} */
  #users = [];
  #list = byId('online', HTMLElement);
  #panel = byId('phone', HTMLElement);
  #select = byId('recipient', HTMLSelectElement);
  #name = byId('recipient-name', HTMLInputElement);
  #seenKey;
  /** Who was here or has said something, the latest first. @type {string[]} */
  #seen;

  /** @param {Who} who */
  constructor({ user, realm }) {
    this.#me = user;
    this.#seenKey = `seen.${realm}`;
    this.#seen = load(this.#seenKey, /** @type {string[]} */ ([]));
    this.#select.onchange = () => {
      if (this.#select.value === OTHER) this.#askForName(true);
      else this.choose(this.#select.value);
    };
    this.#name.onchange = () => this.#named();
    this.#name.oninput = () => this.#name.setCustomValidity('');
    this.#name.onkeydown = (event) => {
      if (event.key === 'Enter' && !endsWord(event)) this.#named();
      else if (event.key === 'Escape') this.#askForName(false);
      else return;
      event.preventDefault();
      // Esc would stop the player, too.
      event.stopPropagation();
    };
    this.#askForName(false);
    byId('recipient-open', HTMLButtonElement).onclick = () => {
      const isOpen = this.#panel.dataset.open === 'true';
      this.#panel.dataset.open = String(!isOpen);
    };
    this.#panel.dataset.open = 'false';
  }

  /** @param {string} user */
  isOnline(user) {
    return this.#users.includes(user);
  }

  /** How many others are here. */
  get others() {
    return this.#users.filter((user) => user !== this.#me).length;
  }

  /** @param {string[]} users */
  showUsers(users) {
    this.#users = users;
    this.saw(users);
    const had = new Map([...this.#list.children].map((li) => [li.getAttribute('data-user'), li]));
    const items = users.map((user) => had.get(user) ?? this.#item(user));
    const hadFocus = this.#list.contains(document.activeElement);
    arrange(this.#list, items);
    // Whose button had the focus has left. On a phone only the first of these may be there.
    if (hadFocus && !this.#list.contains(document.activeElement)) {
      byId('recipient-open', HTMLButtonElement).focus();
      this.#select.focus();
    }
    this.#showChoice();
    this.onChoice();
  }

  /** Remembers people, so that they can be written to when they have gone. @param {string[]} users the latest last */
  saw(users) {
    const latest = [...new Set(users)].filter((user) => user !== this.#me).reverse();
    const seen = [...latest, ...this.#seen.filter((user) => !latest.includes(user))];
    if (seen.slice(0, MOST_SEEN).every((user, i) => this.#seen[i] === user)) return;
    this.#seen = seen.slice(0, MOST_SEEN);
    save(this.#seenKey, this.#seen);
    this.#showChoice();
  }

  /** @param {string} user */
  choose(user) {
    this.chosen = user;
    this.#askForName(false);
    this.onChoice();
  }

  /** Marks whose clip sounds. @param {string} name empty: nobody's */
  showTalking(name) {
    for (const item of this.#list.children) {
      const isTalking = name !== '' && item.getAttribute('data-user') === name;
      item.setAttribute('data-talking', String(isTalking));
    }
  }

  close() {
    this.#list.replaceChildren();
    this.#select.replaceChildren();
    this.#name.onchange = this.#name.oninput = this.#name.onkeydown = null;
  }

  /** @param {boolean} on */
  #askForName(on) {
    this.#name.hidden = !on;
    this.#name.value = '';
    this.#name.setCustomValidity('');
    if (on) this.#name.focus();
    else this.#showChoice();
  }

  /** A name was typed. */
  #named() {
    const name = this.#name.value.trim();
    if (!name || name === this.#me) return this.#askForName(false);
    const wrong = wrongUser(name);
    this.#name.setCustomValidity(wrong ? t(wrong) : '');
    if (!this.#name.reportValidity()) return;
    this.choose(name);
  }

  /** @param {string} user */
  #item(user) {
    if (user === this.#me) {
      return make('li', { 'data-user': user, class: 'me' }, t('online.you', { name: user }));
    }
    const label = t('recipient.choose', { name: user });
    const attributes = { type: 'button', title: label, 'aria-pressed': 'false' };
    const button = make('button', attributes, make('bdi', {}, user));
    // A second press takes the choice back.
    button.onclick = () => this.choose(this.chosen === user ? EVERYBODY : user);
    return make('li', { 'data-user': user }, button);
  }

  #showChoice() {
    for (const button of this.#list.querySelectorAll('button')) {
      const user = button.parentElement?.dataset.user;
      button.setAttribute('aria-pressed', String(user === this.chosen));
    }
    const others = this.#users.filter((user) => user !== this.#me);
    const known = this.chosen === EVERYBODY ? this.#seen : [this.chosen, ...this.#seen];
    const away = [...new Set(known)].filter((user) => !this.#users.includes(user));
    const names = [EVERYBODY, ...others, ...away, OTHER];
    const options = [...this.#select.options];
    if (names.length !== options.length || names.some((name, i) => options[i].value !== name)) {
      this.#select.replaceChildren(...names.map((name) => make('option', { value: name })));
    }
    for (const option of this.#select.options) setText(option, this.#words(option.value, away));
    if (this.#name.hidden) this.#select.value = this.chosen;
    else this.#select.value = OTHER;
  }

  /** @param {string} name @param {string[]} away */
  #words(name, away) {
    if (name === EVERYBODY) return t('recipient.all');
    if (name === OTHER) return t('recipient.other');
    return away.includes(name) ? t('recipient.away', { name }) : name;
  }
}
