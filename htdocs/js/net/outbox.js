// @ts-check
// Clips that the server has not yet accepted. Each is stored while it is sent and forgotten only after the
// answer, so a closed tab or a lost network loses nothing; its uploadId makes sending again harmless.
import { ApiError, uploadClip } from './api.js';
import { ClipStore, inTime } from './store.js';
import { verdict } from './upload-failures.js';

/**
 * @typedef {object} Item
 * @property {string} uploadId
 * @property {number} order
 * @property {string} user
 * @property {string} realm
 * @property {string} description
 * @property {string} mime
 * @property {string} ext
 * @property {number} duration seconds
 * @property {Blob} blob
 * @property {string} name for saving it as a file
 * @property {'waiting' | 'kept' | 'refused'} state kept: sending has failed and will be repeated
 * @property {string} code of the last failure; `draft` (with `refused`, so that an older page in another tab does not send
 *   it): its maker has not decided yet
 * @property {string} said the server's own words for it
 * @property {number} [status] of the answer
 * @property {string} [url] of the program that was asked
 */
/** @typedef {Omit<Item, 'order' | 'state' | 'code' | 'said' | 'status' | 'url'>} NewClip */

const LOCK = 'mozchat-outbox';
const LONGEST_PAUSE_MS = 60_000;

/** @param {Item} item */
export const isDraft = ({ state, code }) => state === 'refused' && code === 'draft';

/** Runs `work` in one tab at a time, where the browser can see to that. @param {() => Promise<void>} work */
async function exclusively(work) {
  let begun = false;
  const once = () => {
    begun = true;
    return work();
  };
  try {
    await (navigator.locks ? navigator.locks.request(LOCK, once) : once());
  } catch (error) {
    if (begun) throw error;
    // Where cookies are forbidden there are no locks. A clip that two tabs send is stored once all the same.
    await once();
  }
}

/** How tabs tell each other what has changed; null where the browser has no such thing, or forbids it with its cookies. */
function channel() {
  try {
    return new BroadcastChannel(LOCK);
  } catch {
    return null;
  }
}

export class Outbox {
  /** The clips not yet accepted, oldest first. @type {(items: Item[]) => void} */
  onChange = () => {};
  /** @type {(item: Item, fraction: number) => void} */
  onProgress = () => {};
  /** @type {(item: Item, id: string, ms: number) => void} ms: how long it took */
  onSent = () => {};
  /** The clip was not sent: `item.state` says whether it will be tried again. @type {(item: Item, error: ApiError) => void} */
  onFailed = () => {};

  #store = new ClipStore('mozchat-outbox');
  #busy = false;
  #again = false;
  #closed = false;
  #failures = 0;
  #lastOrder = 0;
  /** How often each has failed in this page. @type {Map<string, number>} */
  #tries = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** The clip that is on its way. */
  sendingId = '';
  #others = channel();

  constructor() {
    this.#store.onLate = () => this.flush();
    if (!this.#others) return;
    this.#others.onmessage = () => {
      this.#store.forget();
      this.#show();
    };
  }

  /** Ends sending after the clip that is on its way, and tells nobody any more. */
  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#others?.close();
    this.onChange = this.onProgress = this.onSent = this.onFailed = () => {};
  }

  /** Whether a clip will be here when the page is opened again. @param {string} uploadId */
  isKept(uploadId) {
    return this.#store.isKept(uploadId);
  }

  /** Stores a clip and sends it as soon as it is its turn. @param {NewClip} clip */
  async add(clip) {
    const kept = this.#keep({ ...clip, state: 'waiting', code: '', said: '' });
    // Others want to hear it: they need not wait for the disk here.
    this.flush();
    await kept;
  }

  /** Stores a clip that can't be sent, for its maker to download or discard. @param {NewClip} clip @param {ApiError} error */
  async addRefused(clip, error) {
    const { code, said } = error;
    const item = await this.#keep({ ...clip, state: 'refused', code, said });
    this.onFailed(item, error);
  }

  /** Stores a clip that is not to be sent yet; one that is there already gets this form. @param {NewClip} clip */
  async addDraft(clip) {
    await this.#keep({ ...clip, state: 'refused', code: 'draft', said: '' });
  }

  /** Takes a clip away for good. @param {string} uploadId @returns {Promise<Item | undefined>} what it was */
  async discard(uploadId) {
    const item = await this.#find(uploadId);
    const removed = this.#store.remove(uploadId);
    await this.#show();
    await inTime(removed);
    this.#tell();
    return item;
  }

  /** Puts back what was discarded. @param {Item} item */
  async putBack(item) {
    await this.#keep(item);
    this.flush();
  }

  /** Tries a clip again at once, also one that was refused, or a draft. @param {string} uploadId */
  async retry(uploadId) {
    const item = await this.#find(uploadId);
    if (!item) return;
    this.#tries.delete(uploadId);
    const code = isDraft(item) ? '' : item.code;
    const kept = this.#keep({ ...item, state: 'waiting', code });
    this.flush();
    await kept;
  }

  /** Sends what waits; called at the start, after a pause, and when the network comes back. */
  async flush() {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    if (this.#busy) {
      this.#again = true;
      return;
    }
    this.#busy = true;
    try {
      do {
        this.#again = false;
        await exclusively(() => this.#sendAll());
      } while (this.#again);
    } catch (error) {
      console.warn('Sending is interrupted:', error);
      this.#flushLater();
    } finally {
      this.#busy = false;
    }
  }

  #flushLater() {
    this.#failures += 1;
    if (!this.#closed) this.#timer = setTimeout(() => this.flush(), this.#pause());
  }

  /** One pass over the clips in their order; a clip that must wait holds up its own thread at most. */
  async #sendAll() {
    await this.#show();
    /** Threads and clips that wait for the next pass. @type {Set<string>} */
    const held = new Set();
    /** @type {Set<string>} */
    const aside = new Set();
    const next = async () =>
      (await this.#store.all()).find(
        (item) => this.#isDue(item) && !held.has(item.realm) && !aside.has(item.uploadId),
      );
    /** Threads with a clip in `aside`. */
    const others = new Set();
    for (let item = await next(); item && !this.#closed; item = await next()) {
      const { realm, uploadId } = item;
      const fate = await this.#send(item, others.has(realm));
      if (fate === 'hold') held.add(realm);
      if (fate !== 'aside') continue;
      aside.add(uploadId);
      others.add(realm);
    }
    if (held.size || aside.size) this.#flushLater();
    else this.#failures = 0;
  }

  /** Whether a clip is to be sent. One that a bad line kept from going is tried anew by each new page. @param {Item} item */
  #isDue({ state, code, uploadId }) {
    return state !== 'refused' || (code === 'broken' && !this.#tries.has(uploadId));
  }

  /**
   * Sends one clip.
   * @param {Item} item
   * @param {boolean} others whether one of its thread is aside
   * @returns {Promise<'sent' | import('./upload-failures.js').Verdict>}
   */
  async #send(item, others) {
    const { uploadId, description, mime, ext, duration } = item;
    this.sendingId = uploadId;
    await this.#show();
    try {
      const fields = { uploadId, description, mime, ext, duration: duration.toFixed(2) };
      const progress = (/** @type {number} */ part) => this.onProgress(item, part);
      const begun = performance.now();
      const { id } = await uploadClip(item, fields, item.blob, progress);
      const removed = this.#store.remove(uploadId);
      this.#tries.delete(uploadId);
      this.onSent(item, id, performance.now() - begun);
      await inTime(removed);
      return 'sent';
    } catch (thrown) {
      const error = thrown instanceof ApiError ? thrown : new ApiError('unknown', String(thrown));
      const tries = (this.#tries.get(uploadId) ?? 0) + 1;
      this.#tries.set(uploadId, tries);
      const fate = verdict(error, { tries, others });
      await this.#markFailed(item, error, fate);
      return fate;
    } finally {
      this.sendingId = '';
      await this.#show();
      this.#tell();
    }
  }

  /** @param {Item} item @param {ApiError} error @param {import('./upload-failures.js').Verdict} fate */
  async #markFailed(item, error, fate) {
    const { code, said, status, url } = error;
    const state = fate === 'refused' ? 'refused' : 'kept';
    // It may have been discarded while it was on its way.
    if (!(await this.#find(item.uploadId))) return;
    const marked = /** @type {Item} */ ({ ...item, state, code, said, status, url });
    await inTime(this.#store.put(marked));
    this.onFailed(marked, error);
  }

  /** @param {string} uploadId */
  async #find(uploadId) {
    return (await this.#store.all()).find((item) => item.uploadId === uploadId);
  }

  /** @param {Omit<Item, 'order'> & {order?: number}} clip */
  async #keep(clip) {
    const item = /** @type {Item} */ ({ ...clip, order: clip.order ?? this.#nextOrder() });
    const kept = this.#store.put(item);
    await this.#show();
    await inTime(kept);
    // Others see it when the disk has it, and not before; and here, too, one sees whether it has.
    this.#tell();
    await this.#show();
    return item;
  }

  #tell() {
    if (!this.#closed) this.#others?.postMessage('changed');
  }

  async #show() {
    this.onChange(await this.#store.all());
  }

  /** Time of making, but never twice the same. */
  #nextOrder() {
    this.#lastOrder = Math.max(Date.now(), this.#lastOrder + 1);
    return this.#lastOrder;
  }

  #pause() {
    return Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** Math.min(this.#failures, 6));
  }
}
