// @ts-check
// Text messages: sent until the server has them, shown once, and known to have arrived.
import { newUploadId } from '../util/names.js';
import { load, rememberedSet, save } from '../util/storage.js';
import { ApiError, areReached } from '../net/api.js';

/** @typedef {import('../net/api.js').Message} Message */
/**
 * sending: not yet at the server. sent: there. delivered: on the other's page. refused: the server won't take it.
 * filtered: something in front of the server won't let it through. received: from somebody else. note: the page's own words.
 * @typedef {'sending' | 'sent' | 'delivered' | 'refused' | 'filtered' | 'received' | 'note'} ChatState
 */
/**
 * @typedef {object} Entry
 * @property {string} id made by the author's page
 * @property {string} author
 * @property {string} target a user, or * for all
 * @property {string} text
 * @property {string} [re] the id of what it answers: another message's, or a clip's file name
 * @property {number} date milliseconds since 1970
 * @property {ChatState} state
 */

const MOST_KEPT = 200;
const LONGEST_PAUSE_MS = 30_000;
/** Receipts of a burst go together. */
const RECEIPT_MS = 250;
/** No id is longer. */
const LONGEST_ID = 100;

export class Chat {
  /** A new entry. @type {(entry: Entry) => void} */
  onEntry = () => {};
  /** An entry's state has changed. @type {(entry: Entry) => void} */
  onState = () => {};
  /** A message that the server won't take, or that does not get there. @type {(error: ApiError) => void} */
  onRefused = () => {};
  /** An entry is gone. @type {(entry: Entry) => void} */
  onGone = () => {};

  /** Oldest first. @type {Entry[]} */
  entries;
  #who;
  #signalling;
  #known;
  #busy = false;
  #closed = false;
  #failures = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** Ids of messages whose author should hear that they came. @type {Map<string, string[]>} */
  #receipts = new Map();

  /** @param {import('../net/api.js').Who} who @param {import('../call/signalling.js').Signalling} signalling */
  constructor(who, signalling) {
    this.#who = who;
    this.#signalling = signalling;
    this.#known = rememberedSet(`chat.${who.realm}.${who.user}`, 2 * MOST_KEPT);
    const here = /** @type {Entry[]} */ (load(this.#historyKey, [], 'sessionStorage'));
    const had = new Set(here.map(({ id }) => id));
    // What another tab could not send before it was closed.
    const unsent = /** @type {Entry[]} */ (load(this.#unsentKey, []));
    this.entries = [...here, ...unsent.filter(({ id }) => !had.has(id))];
  }

  get #historyKey() {
    return `history.${this.#who.realm}.${this.#who.user}`;
  }

  get #unsentKey() {
    return `unsent.${this.#who.realm}.${this.#who.user}`;
  }

  /** Messages that the server does not have yet. */
  get unsent() {
    return this.entries.filter(({ state }) => state === 'sending');
  }

  /** Sends a message that was set aside once more. @param {Entry} entry */
  retry(entry) {
    this.#set(entry, 'sending');
    this.flush();
  }

  /** Forgets a message that was set aside. @param {Entry} entry */
  discard(entry) {
    this.entries = this.entries.filter((one) => one !== entry);
    this.#keep();
    this.onGone(entry);
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** @param {string} target a user, or * @param {string} text @param {string} [re] the id of what it answers */
  send(target, text, re = '') {
    const { user } = this.#who;
    this.#add({
      id: newUploadId(),
      author: user,
      target,
      text,
      date: Date.now(),
      state: 'sending',
      ...(re && { re }),
    });
    this.flush();
  }

  /** Puts in a line of the page's own. @param {string} author whom it is about @param {string} text @param {number} date */
  note(author, text, date) {
    const { user } = this.#who;
    this.#add({ id: newUploadId(), author, target: user, text, date, state: 'note' });
  }

  /** Takes what came, if it is for the chat. @param {Message} message @returns {Entry | null} the new entry, if there is one */
  take(message) {
    if (message.type === 'received') this.#delivered(String(message.cid ?? '').split(','));
    if (message.type !== 'message') return null;
    const { id, user, target, text, cid, received, date, re } = message;
    const own = String(cid || id);
    // The author's page asks again for a receipt when it sends again.
    if (cid && target === this.#who.user) this.#receipt(user, own);
    if (this.#known.has(`${user}/${own}`)) return null;
    this.#known.add(`${user}/${own}`);
    const when = Number(received) * 1000 || Number(date) || Date.now();
    const entry = { id: own, author: user, target: String(target), text: String(text ?? '') };
    const isId = typeof re === 'string' && re !== '' && re.length <= LONGEST_ID;
    const at = Math.max(when, this.#after(isId ? re : ''));
    return this.#add({ ...entry, date: at, state: 'received', ...(isId && { re }) });
  }

  /** The first moment after what has this id: an answer is later, whatever the two clocks say. @param {string} id */
  #after(id) {
    const answered = this.entries.find((entry) => entry.id === id);
    return answered ? answered.date + 1 : 0;
  }

  /** Sends what waits, oldest first; called at the start and when the network comes back. */
  async flush() {
    clearTimeout(this.#timer);
    if (this.#busy || this.#closed) return;
    this.#busy = true;
    try {
      for (let [next] = this.unsent; next && !this.#closed; [next] = this.unsent) {
        await this.#sendOne(next);
      }
      this.#failures = 0;
    } catch {
      this.#failures += 1;
      const wait = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** Math.min(this.#failures, 10));
      this.#timer = setTimeout(() => this.flush(), wait);
    } finally {
      this.#busy = false;
    }
  }

  /** Throws when it should be tried again. @param {Entry} entry */
  async #sendOne(entry) {
    try {
      await this.#pass(entry);
      this.#set(entry, 'sent');
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.passing && error.code !== 'filtered') throw error;
      this.#set(entry, error.code === 'filtered' ? 'filtered' : 'refused');
      this.onRefused(error);
    }
  }

  /** Gives a message to the server. `filtered` is thrown when it alone does not get through. @param {Entry} entry */
  async #pass({ id: cid, target, text, date, re }) {
    const message = { type: 'message', text, date, cid, ...(re && { re }) };
    const send = () => this.#signalling.send(target, message, { patienceMs: 0 });
    const isFiltered = (/** @type {unknown} */ error) =>
      error instanceof ApiError && error.isFiltered;
    try {
      await send();
    } catch (error) {
      // Where nothing gets through, it is not to blame.
      if (!isFiltered(error) || !(await areReached(this.#who))) throw error;
      await send().catch((again) => {
        throw isFiltered(again) ? new ApiError('filtered', '', again) : again;
      });
    }
  }

  /** @param {string[]} ids */
  #delivered(ids) {
    for (const entry of this.entries) {
      if (entry.author === this.#who.user && ids.includes(entry.id)) this.#set(entry, 'delivered');
    }
  }

  /** @param {string} author @param {string} id */
  #receipt(author, id) {
    const waiting = this.#receipts.get(author);
    if (waiting) return void waiting.push(id);
    this.#receipts.set(author, [id]);
    setTimeout(() => {
      const cid = (this.#receipts.get(author) ?? []).join(',');
      this.#receipts.delete(author);
      // A receipt that is lost leaves the mark at "sent", which is true.
      this.#signalling.send(author, { type: 'received', cid }).catch(() => {});
    }, RECEIPT_MS);
  }

  /** @param {Entry} entry */
  #add(entry) {
    this.entries = [...this.entries, entry].slice(-MOST_KEPT);
    this.#keep();
    this.onEntry(entry);
    return entry;
  }

  /** @param {Entry} entry @param {ChatState} state */
  #set(entry, state) {
    // The receipt may come before the answer to the sending.
    if (entry.state === state || (entry.state === 'delivered' && state === 'sent')) return;
    entry.state = state;
    this.#keep();
    this.onState(entry);
  }

  #keep() {
    save(this.#historyKey, this.entries, 'sessionStorage');
    const isKept = (/** @type {Entry} */ { state }) => state === 'sending' || state === 'filtered';
    save(this.#unsentKey, this.entries.filter(isKept));
  }
}
