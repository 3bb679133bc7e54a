// @ts-check
// Clips that are not sent yet, each with what can be done about it.
import { byId, make, setText } from '../util/dom.js';
import { clipLength, size, timeOfDay } from '../util/format.js';
import { t } from '../util/i18n.js';

/** @typedef {import('../net/outbox.js').Item} Item */
/** @typedef {import('../net/outbox.js').Outbox} Outbox */

/** @type {Record<string, 'outbox.again'>} */
const RETRY = { refused: 'outbox.again' };

export class OutboxPanel {
  #outbox;
  #realm;
  #reason;
  #list = byId('outbox', HTMLElement);
  /** @type {Map<string, HTMLElement>} */
  #rows = new Map();
  /** Addresses of the blobs, to be given back. @type {Map<string, string>} */
  #urls = new Map();

  /** @param {Outbox} outbox @param {string} realm @param {(item: Item) => string} reason why one was not sent, in words */
  constructor(outbox, realm, reason) {
    this.#outbox = outbox;
    this.#realm = realm;
    this.#reason = reason;
    this.#list.replaceChildren();
  }

  /** Shows what is kept. A clip on its way for the first time needs no row. @param {Item[]} all */
  show(all) {
    const first = all.findIndex(({ state, code }) => state !== 'waiting' || code);
    const items = first < 0 ? [] : all.slice(first);
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
    const state = isSending ? 'sending' : item.state;
    row.dataset.state = state;
    const isKept = this.#outbox.isKept(item.uploadId);
    const words = t(state === 'kept' && !isKept ? 'outbox.unkept' : `outbox.${state}`);
    const reason = item.code && !isSending ? `: ${this.#reason(item)}` : '';
    const retry = row.querySelector('.outbox-retry');
    if (retry instanceof HTMLElement) setText(retry, t(RETRY[state] ?? 'outbox.retry'));
    const at = row.querySelector('.outbox-state');
    if (at instanceof HTMLElement) setText(at, words + reason);
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
    discard.onclick = () => this.#outbox.discard(uploadId);
    const link = { class: 'button outbox-download', href, download: name };
    const row = make(
      'li',
      { 'data-upload-id': uploadId },
      make('p', { class: 'outbox-what' }, this.#describe(item)),
      make('p', { class: 'outbox-state' }),
      make('div', { class: 'outbox-actions' }, retry, make('a', link, t('download')), discard),
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
