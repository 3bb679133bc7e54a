// @ts-check
// What the message that is being written answers, above the field: it can be taken away again.
import { byId, setText } from '../util/dom.js';
import { inWords } from '../ui/quotes.js';

/** @typedef {import('../ui/quotes.js').Quotable} Quotable */

export class Answering {
  #box = byId('answering', HTMLElement);
  #what = byId('answering-what', HTMLElement);
  #field;
  /** @type {Quotable | null} */
  #about = null;

  /** @param {HTMLTextAreaElement} field where one writes */
  constructor(field) {
    this.#field = field;
    byId('answering-cancel', HTMLButtonElement).onclick = () => this.drop();
    this.show(null);
  }

  /** The id of what is answered; empty: nothing. */
  get id() {
    return this.#about?.id ?? '';
  }

  /** @param {Quotable | null} about null: nothing is answered */
  show(about) {
    this.#about = about;
    this.#box.hidden = !about;
    setText(this.#what, about ? inWords(about) : '');
    if (about) this.#field.setAttribute('aria-describedby', this.#what.id);
    else this.#field.removeAttribute('aria-describedby');
  }

  /** The person does not want to answer it after all. */
  drop() {
    this.show(null);
    this.#field.focus();
  }
}
