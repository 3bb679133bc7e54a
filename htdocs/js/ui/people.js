// @ts-check
// Who is online, and to whom one writes or whom one calls.
import { byId, make, setText } from '../util/dom.js';
import { t } from '../util/i18n.js';

export const EVERYBODY = '*';

export class PeoplePanel {
  /** @type {() => void} */
  onChoice = () => {};

  /** A user, or * for all. */
  chosen = EVERYBODY;
  #me;
  /** @type {string[]} */
  #users = [];
  #list = byId('online', HTMLElement);
  #select = byId('recipient', HTMLSelectElement);

  /** @param {string} me */
  constructor(me) {
    this.#me = me;
    this.#select.onchange = () => this.choose(this.#select.value);
    this.#showChoice();
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
    const had = new Map([...this.#list.children].map((li) => [li.getAttribute('data-user'), li]));
    const focused = document.activeElement;
    this.#list.replaceChildren(...users.map((user) => had.get(user) ?? this.#item(user)));
    // Moving a node takes the focus from it.
    if (focused instanceof HTMLElement && this.#list.contains(focused)) focused.focus();
    this.#showChoice();
    this.onChoice();
  }

  /** @param {string} user */
  choose(user) {
    this.chosen = user;
    this.#showChoice();
    this.onChoice();
  }

  close() {
    this.#list.replaceChildren();
    this.#select.replaceChildren();
  }

  /** @param {string} user */
  #item(user) {
    if (user === this.#me) {
      return make('li', { 'data-user': user, class: 'me' }, t('online.you', { name: user }));
    }
    const label = t('recipient.choose', { name: user });
    const button = make('button', { type: 'button', title: label, 'aria-pressed': 'false' }, user);
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
    // Who is away can be written to, and finds it on coming back.
    const away = this.chosen !== EVERYBODY && !others.includes(this.chosen) ? [this.chosen] : [];
    const names = [EVERYBODY, ...others, ...away];
    const options = [...this.#select.options];
    if (names.length !== options.length || names.some((name, i) => options[i].value !== name)) {
      this.#select.replaceChildren(...names.map((name) => make('option', { value: name })));
    }
    for (const option of this.#select.options) setText(option, this.#words(option.value, away));
    this.#select.value = this.chosen;
  }

  /** @param {string} name @param {string[]} away */
  #words(name, away) {
    if (name === EVERYBODY) return t('recipient.all');
    return away.includes(name) ? t('recipient.away', { name }) : name;
  }
}
