// @ts-check
// Calls a person back to a hidden tab: a number in its title and who is talking, a sound, a notification if that is allowed.
import { byId } from '../util/dom.js';
import { load, save } from '../util/storage.js';

const LONGEST_BODY = 140;

export class Attention {
  #sound;
  #url;
  #count = 0;
  #title = document.title;
  #talking = '';
  #sounds = byId('chat-sounds', HTMLInputElement);
  #ask = byId('notify', HTMLButtonElement);
  /** @type {Set<Notification>} */
  #shown = new Set();

  /** @param {() => void} sound of a message @param {string} url where a notification leads if the page is gone */
  constructor(sound, url) {
    this.#sound = sound;
    this.#url = url;
    this.#sounds.checked = load('chatSounds', true);
    this.#sounds.onchange = () => save('chatSounds', this.#sounds.checked);
    this.#ask.onclick = async () => {
      try {
        await Notification.requestPermission();
      } catch {
        // The browser does not even ask: the button stays.
      }
      this.#showButton();
    };
    this.#showButton();
  }

  /** What stands in the title when nothing has happened. @param {string} text */
  set title(text) {
    this.#title = text;
    this.#showTitle();
  }

  /** Whose clip sounds; empty: nobody's. @param {string} name */
  set talking(name) {
    this.#talking = name;
    this.#showTitle();
  }

  /** A clip has come that will be heard by itself. */
  clip() {
    if (!document.hidden) return;
    this.#count += 1;
    this.#showTitle();
  }

  /** Somebody has written. @param {string} author @param {string} text */
  message(author, text) {
    if (!document.hidden) return;
    this.#count += 1;
    this.#showTitle();
    if (this.#sounds.checked) this.#sound();
    this.notify(author, text);
  }

  /** Shows a notification while the tab is hidden. @param {string} title @param {string} body @param {{call?: boolean, silent?: boolean}} [how] call: it stays until somebody reacts */
  notify(title, body, { call = false, silent = false } = {}) {
    if (!document.hidden || !allowed()) return;
    const options = {
      body: body.slice(0, LONGEST_BODY),
      icon: new URL('img/icon-192.png', document.baseURI).href,
      tag: `mozchat ${title}`,
      data: { url: this.#url },
      requireInteraction: call,
      silent,
    };
    try {
      this.#keep(new Notification(title, options));
    } catch {
      // Phones allow them only from a service worker, which brings the person back (service-worker.js).
      this.#fromWorker(title, options);
    }
  }

  /** @param {Notification} note */
  #keep(note) {
    this.#shown.add(note);
    note.onclick = () => {
      window.focus();
      note.close();
    };
  }

  /** @param {string} title @param {NotificationOptions} options */
  async #fromWorker(title, options) {
    try {
      const worker = await navigator.serviceWorker?.getRegistration();
      await worker?.showNotification(title, options);
      const shown = (await worker?.getNotifications({ tag: options.tag })) ?? [];
      for (const note of shown) this.#shown.add(note);
    } catch {
      // Where storage is forbidden there is no worker, and a person may forbid notifications at any time.
    }
    // The person may have come back meanwhile.
    if (!document.hidden) this.clear();
  }

  /** What was told is over: nobody rings any more. @param {string} title */
  withdraw(title) {
    for (const note of this.#shown) if (note.title === title) note.close();
  }

  /** The person looks at the page. */
  clear() {
    this.#count = 0;
    this.#showTitle();
    for (const note of this.#shown) note.close();
    this.#shown.clear();
  }

  #showTitle() {
    const count = this.#count ? `(${this.#count}) ` : '';
    const talking = this.#talking && document.hidden ? `▶ ${this.#talking} · ` : '';
    document.title = count + talking + this.#title;
  }

  #showButton() {
    // Asked once and decided: the browser would not ask again.
    const undecided = 'Notification' in window && Notification.permission === 'default';
    this.#ask.hidden = !undecided || !window.isSecureContext;
  }
}

const allowed = () => 'Notification' in window && Notification.permission === 'granted';
