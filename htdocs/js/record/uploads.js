// @ts-check
// From the recorder to the server: puts recordings into the outbox and tells what became of them.
import { savesData } from '../util/save-data.js';
import { AdaptiveBitrate } from './adaptive-bitrate.js';
import { ApiError } from '../net/api.js';
import { Outbox } from '../net/outbox.js';
import { OutboxPanel } from './outbox-panel.js';
import { notice } from '../ui/status.js';
import { explain } from '../util/explain.js';
import { size } from '../util/format.js';
import { t } from '../util/i18n.js';
import { downloadName, newUploadId } from '../util/names.js';

/** @typedef {import('./recorder.js').Clip} Recording */
/** @typedef {import('../net/outbox.js').Item} Item */

export class Uploads {
  /** The server took a clip. @type {() => void} */
  onSent = () => {};
  /** No recording of this stay is on its way any more. @type {() => void} */
  onIdle = () => {};
  /** Somebody wants to listen to a draft again. @type {(draft: import('./drafts.js').Draft) => void} */
  onListen = () => {};
  /** How often the bits of what is recorded are to be halved. @type {(level: number) => void} */
  onBitrate = () => {};

  outbox = new Outbox();
  #panel;
  #who;
  #limits;
  /** Recordings of this stay that are on their way. @type {Set<string>} */
  #underway = new Set();
  #bitrate = new AdaptiveBitrate(savesData());
  /** @type {Item[]} */
  #items = [];

  /** @param {import('../net/api.js').Who} who @param {import('../net/api.js').Limits} limits */
  constructor(who, limits) {
    this.#who = who;
    this.#limits = limits;
    this.#panel = new OutboxPanel(this.outbox, who.realm, {
      reason: (item) => this.#reason(item),
      discard: (item) => this.#discardItem(item),
      listen: (item) => this.#listen(item),
    });
    this.#tie();
  }

  get isIdle() {
    return this.#underway.size === 0;
  }

  /** Whether what waits here is there when the page is opened again, or on its way. */
  get isSafe() {
    return this.isIdle && !this.hasUnkept;
  }

  /** Whether something waits that the browser does not keep. */
  get hasUnkept() {
    return this.#items.some(({ uploadId }) => !this.outbox.isKept(uploadId));
  }

  get halvings() {
    return this.#bitrate.level;
  }

  close() {
    this.outbox.close();
    this.#panel.close();
    this.#panel.showProgress(null);
  }

  /** Why a recording can't be sent at all, in words; null: it can. @param {Recording} recording */
  refusal({ blob }) {
    const { maxBlobBytes } = this.#limits;
    if (!blob.size) return new ApiError('empty', t('error.empty'));
    if (blob.size <= maxBlobBytes) return null;
    const sizes = { size: size(blob.size), max: size(maxBlobBytes) };
    return new ApiError('too-large', t('error.tooLarge', sizes));
  }

  /** The file name under which a person saves it. @param {Recording} recording */
  nameOf({ startedAt, ext }) {
    return downloadName({ ...this.#who, date: startedAt, ext });
  }

  /**
   * Puts a recording into the outbox, which sends it.
   * @param {Recording} recording @param {string} description
   * @param {string} [uploadId] of its draft
   */
  send(recording, description, uploadId = newUploadId()) {
    const item = this.#item(recording, description, uploadId);
    const wrong = this.refusal(recording);
    if (wrong) return this.outbox.addRefused(item, wrong);
    this.#underway.add(uploadId);
    return this.outbox.add(item);
  }

  /**
   * Stores a recording whose maker has not decided yet.
   * @param {import('./drafts.js').Draft} draft
   * @param {boolean} [hidden] it is in the recorder, and needs no row in the list
   */
  keepDraft({ clip, description, uploadId }, hidden = false) {
    if (hidden) this.hideDraft(uploadId);
    return this.outbox.addDraft(this.#item(clip, description, uploadId));
  }

  /** Only this one of the drafts is not listed. @param {string} uploadId or empty */
  hideDraft(uploadId) {
    this.#panel.hidden = uploadId;
  }

  /** @param {string} uploadId */
  discard(uploadId) {
    return this.outbox.discard(uploadId);
  }

  /** @param {Recording} recording @param {string} description @param {string} uploadId */
  #item(recording, description, uploadId) {
    const { blob, duration, mime, ext } = recording;
    const name = this.nameOf(recording);
    return { ...this.#who, uploadId, description, blob, duration, mime, ext, name };
  }

  #tie() {
    const { outbox } = this;
    const panel = this.#panel;
    outbox.onChange = (items) => {
      panel.show(items);
      this.#weigh(items);
      this.#items = items;
      if (!outbox.sendingId) panel.showProgress(null);
    };
    outbox.onProgress = (_item, fraction) => panel.showProgress(fraction);
    outbox.onSent = ({ uploadId, duration }, _id, ms) => {
      this.#measure((now) => this.#bitrate.sent(now, ms / 1000, duration));
      this.#over(uploadId);
      this.onSent();
    };
    outbox.onFailed = (item, error) => {
      this.#tell(item, error);
      this.#over(item.uploadId);
    };
  }

  /** Why a clip was not sent, in words. @param {Item} item @param {{code: string, said: string, status?: number, url?: string}} [error] */
  #reason(item, error = item) {
    const facts = { size: size(item.blob.size), max: size(this.#limits.maxBlobBytes) };
    const { status = 0 } = error;
    return error.code === 'filtered' ? t('outbox.filtered', { status }) : explain(error, facts);
  }

  /** @param {Item} item */
  async #discardItem({ uploadId }) {
    const item = await this.outbox.discard(uploadId);
    const undo = () => item && this.outbox.putBack(item);
    notice(t('draft.discarded'), 'info', { label: t('undo'), act: undo });
  }

  /** @param {Item} item */
  #listen({ uploadId, blob, duration, order, mime, ext, description }) {
    const clip = { blob, duration, startedAt: new Date(order), mime, ext };
    this.onListen({ uploadId, clip, description });
  }

  /** @param {Item} item @param {ApiError} error */
  #tell(item, error) {
    const reason = this.#reason(item, error);
    if (item.state === 'refused') return notice(t('outbox.refusedNotice', { reason }), 'error');
    // What is kept, and goes by itself, is no alarm.
    if (!this.outbox.isKept(item.uploadId)) notice(t('outbox.unkeptNotice', { reason }), 'error');
    else if (error.code === 'network') notice(t('outbox.keptOffline'), 'lasting');
    else notice(t('outbox.keptNotice', { reason }), 'lasting');
  }

  /** Whether the line keeps up with what is recorded. @param {Item[]} items */
  #weigh(items) {
    const waiting = items.filter(({ uploadId }) => this.#underway.has(uploadId));
    if (!waiting.length) return;
    const seconds = waiting.reduce((sum, { duration }) => sum + duration, 0);
    this.#measure(() => this.#bitrate.waits(seconds, seconds / waiting.length));
  }

  /** @param {(now: number) => void} note */
  #measure(note) {
    const { level } = this.#bitrate;
    note(performance.now() / 1000);
    if (this.#bitrate.level !== level) this.onBitrate(this.#bitrate.level);
  }

  /** @param {string} uploadId */
  #over(uploadId) {
    this.#underway.delete(uploadId);
    if (this.isIdle) this.onIdle();
  }
}
