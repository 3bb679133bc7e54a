// @ts-check
// Clips that are not sent yet, each with what can be done about it.
import { byId, make, setText } from '../util/dom.js';
import { clipLength, size, timeOfDay } from '../util/format.js';
import { t } from '../util/i18n.js';
import { isDraft } from '../net/outbox.js';

/** @typedef {import('../net/outbox.js').Item} Item */
/** @typedef {import('../net/outbox.js').Outbox} Outbox */
/**
 * @typedef {object} Actions
 * @property {(item: Item) => string} reason why one was not sent, in words
 * @property {(item: Item) => void} discard
 * @property {(item: Item) => void} listen to a draft: it goes back into the recorder
 */

/** @type {Record<string, import('../util/i18n.js').Key>} */
const RETRY = { refused: 'outbox.again', draft: 'outbox.send' };

export class OutboxPanel {
  #outbox;
  #realm;
  #actions;
  /** The draft that is in the recorder. */
  #hidden = '';
  /** @type {Item[]} */
  #items = [];
  #list = byId('outbox', HTMLElement);
  /** @type {Map<string, HTMLElement>} */
  #rows = new Map();
  /** Addresses of the blobs, to be given back. @type {Map<string, string>} */
  #urls = new Map();

  /** @param {Outbox} outbox @param {string} realm @param {Actions} actions */
  constructor(outbox, realm, actions) {
    this.#outbox = outbox;
    this.#realm = realm;
    this.#actions = actions;
    this.#list.replaceChildren();
  }

  /** Only this one of the drafts is not listed. @param {string} uploadId */
  set hidden(uploadId) {
    this.#hidden = uploadId;
    this.show(this.#items);
  }

  /** Shows what is kept. A clip on its way for the first time needs no row, unless one before it has to wait. @param {Item[]} all */
  show(all) {
    this.#items = all;
    const first = all.findIndex(({ state }) => state === 'kept');
    const items = all.filter(
      (item, n) =>
        item.uploadId !== this.#hidden &&
        (item.state !== 'waiting' || item.code || (first >= 0 && n > first)),
    );
    const shown = new Set(items.map(({ uploadId }) => uploadId));
    for (const uploadId of this.#rows.keys()) if (!shown.has(uploadId)) this.#remove(uploadId);
    for (const item of items) this.#showRow(item);
    byId('outbox-box', HTMLElement).hidden = items.length === 0;
  }

  /** @param {number | null} fraction null: nothing is being sent */
  showProgress(fraction) {
    const bar = byId('upload-progress', HTMLProgressElement);
    bar.hidden = fraction === null;
    bar.value = fraction ?? 0;
  }

  close() {
    for (const uploadId of this.#rows.keys()) this.#remove(uploadId);
  }

  /** @param {string} uploadId */
  #remove(uploadId) {
    this.#rows.get(uploadId)?.remove();
    this.#rows.delete(uploadId);
    URL.revokeObjectURL(this.#urls.get(uploadId) ?? '');
    this.#urls.delete(uploadId);
  }

  /** @param {Item} item */
  #showRow(item) {
    const row = this.#rows.get(item.uploadId) ?? this.#addRow(item);
    const isSending = this.#outbox.sendingId === item.uploadId;
    const state = isSending ? 'sending' : isDraft(item) ? 'draft' : item.state;
    row.dataset.state = state;
    put(row, '.outbox-retry', t(RETRY[state] ?? 'outbox.retry'));
    put(row, '.outbox-state', this.#words(item, state));
  }

  /** @param {Item} item @param {'sending' | 'draft' | Item['state']} state */
  #words(item, state) {
    const isKept = this.#outbox.isKept(item.uploadId);
    if (state === 'draft')
      return [item.description, isKept ? '' : t('outbox.draftUnkept')].join(' ').trim();
    const words = t(state === 'kept' && !isKept ? 'outbox.unkept' : `outbox.${state}`);
    return item.code && state !== 'sending' ? `${words}: ${this.#actions.reason(item)}` : words;
  }

  /** @param {Item} item */
  #addRow(item) {
    const { uploadId, name } = item;
    const href = URL.createObjectURL(item.blob);
    this.#urls.set(uploadId, href);
    const retry = make('button', { type: 'button', class: 'outbox-retry' }, t('outbox.retry'));
    const discard = make(
      'button',
      { type: 'button', class: 'outbox-discard' },
      t('outbox.discard'),
    );
    retry.onclick = () => this.#outbox.retry(uploadId);
    discard.onclick = () => this.#actions.discard(item);
    const listen = make('button', { type: 'button', class: 'outbox-listen' }, t('outbox.listen'));
    listen.onclick = () => this.#actions.listen(item);
    const link = { class: 'button outbox-download', href, download: name };
    const row = make(
      'li',
      { 'data-upload-id': uploadId },
      make('p', { class: 'outbox-what' }, this.#describe(item)),
      make('p', { class: 'outbox-state' }),
      make(
        'div',
        { class: 'outbox-actions' },
        retry,
        listen,
        make('a', link, t('download')),
        discard,
      ),
    );
    this.#rows.set(uploadId, row);
    this.#list.append(row);
    return row;
  }

  /** @param {Item} item */
  #describe({ realm, order, duration, blob }) {
    const facts = {
      time: timeOfDay(order),
      length: clipLength(duration),
      size: size(blob.size),
      realm,
    };
    return t(realm === this.#realm ? 'outbox.item' : 'outbox.itemElsewhere', facts);
  }
}

/** @param {HTMLElement} row @param {string} selector @param {string} text */
function put(row, selector, text) {
  const at = row.querySelector(selector);
  if (at instanceof HTMLElement) setText(at, text);
}
