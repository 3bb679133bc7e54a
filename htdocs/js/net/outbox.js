// @ts-check
// Clips that the server has not yet accepted. Each is stored while it is sent and forgotten only after the
// answer, so a closed tab or a lost network loses nothing; its uploadId makes sending again harmless.
import { ApiError, uploadClip } from './api.js';
import { openStore } from './store.js';

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
 * @property {string} code of the last failure
 * @property {string} said the server's own words for it
 */

const LOCK = 'mozchat-outbox';
const LONGEST_PAUSE_MS = 60_000;

/** Runs `work` in one tab at a time, where the browser can see to that. @param {() => Promise<void>} work */
const exclusively = (work) => (navigator.locks ? navigator.locks.request(LOCK, work) : work());

export class Outbox {
  /** The clips not yet accepted, oldest first. @type {(items: Item[]) => void} */
  onChange = () => {};
  /** @type {(item: Item, fraction: number) => void} */
  onProgress = () => {};
  /** @type {(item: Item, id: string, ms: number) => void} ms: how long it took */
  onSent = () => {};
  /** The clip was not sent: `item.state` says whether it will be tried again. @type {(item: Item, error: ApiError) => void} */
  onFailed = () => {};

  #store = openStore();
  #busy = false;
  #again = false;
  #closed = false;
  #failures = 0;
  #lastOrder = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** The clip that is on its way. */
  sendingId = '';
  #others = 'BroadcastChannel' in globalThis ? new BroadcastChannel(LOCK) : null;

  constructor() {
    if (!this.#others) return;
    this.#others.onmessage = async () => {
      (await this.#store).forget();
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

  /** Stores a clip and sends it as soon as it is its turn. @param {Omit<Item, 'order' | 'state' | 'code' | 'said'>} clip */
  async add(clip) {
    const about = /** @type {const} */ ({ state: 'waiting', code: '', said: '' });
    const kept = this.#keep({ ...clip, order: this.#nextOrder(), ...about });
    // Others want to hear it: they need not wait for the disk here.
    this.flush();
    await kept;
  }

  /** Stores a clip that can't be sent, for its maker to download or discard. @param {Parameters<Outbox['add']>[0]} clip @param {ApiError} error */
  async addRefused(clip, error) {
    const about = { code: error.code, said: error.said };
    const item = /** @type {const} */ ({ ...clip, ...about, order: 0, state: 'refused' });
    await this.#keep({ ...item, order: this.#nextOrder() });
    this.onFailed({ ...item, order: 0 }, error);
  }

  /** @param {string} uploadId */
  async discard(uploadId) {
    await (await this.#store).remove(uploadId);
    await this.#changed();
  }

  /** Tries a clip again at once, also one that was refused. @param {string} uploadId */
  async retry(uploadId) {
    const store = await this.#store;
    const item = (await store.all()).find((one) => one.uploadId === uploadId);
    if (item) await store.put({ ...item, state: 'waiting' });
    this.flush();
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
    } finally {
      this.#busy = false;
    }
  }

  /** One pass over the clips in their order; a clip that must wait holds up its own thread only. */
  async #sendAll() {
    await this.#show();
    const store = await this.#store;
    const held = new Set();
    let failed = false;
    const next = async () =>
      (await store.all()).find((item) => item.state !== 'refused' && !held.has(item.realm));
    for (let item = await next(); item && !this.#closed; item = await next()) {
      const error = await this.#send(item);
      if (error?.passing) {
        failed = true;
        held.add(item.realm);
      }
    }
    this.#failures = failed ? this.#failures + 1 : 0;
    if (failed && !this.#closed) this.#timer = setTimeout(() => this.flush(), this.#pause());
  }

  /** Sends one clip; returns what went wrong, if anything did. @param {Item} item @returns {Promise<ApiError | null>} */
  async #send(item) {
    const { uploadId, description, mime, ext, duration } = item;
    this.sendingId = uploadId;
    await this.#show();
    try {
      const fields = { uploadId, description, mime, ext, duration: duration.toFixed(2) };
      const progress = (/** @type {number} */ part) => this.onProgress(item, part);
      const begun = performance.now();
      const { id } = await uploadClip(item, fields, item.blob, progress);
      const removed = (await this.#store).remove(uploadId);
      this.onSent(item, id, performance.now() - begun);
      await removed;
      return null;
    } catch (thrown) {
      const error = thrown instanceof ApiError ? thrown : new ApiError('unknown', String(thrown));
      await this.#markFailed(item, error);
      return error;
    } finally {
      this.sendingId = '';
      await this.#changed();
    }
  }

  /** @param {Item} item @param {ApiError} error */
  async #markFailed(item, error) {
    const state = error.passing ? 'kept' : 'refused';
    const marked = /** @type {Item} */ ({ ...item, state, code: error.code, said: error.said });
    const store = await this.#store;
    // It may have been discarded while it was on its way.
    if (!(await store.all()).some(({ uploadId }) => uploadId === item.uploadId)) return;
    await store.put(marked);
    this.onFailed(marked, error);
  }

  /** @param {Item} item */
  async #keep(item) {
    await (await this.#store).put(item);
    await this.#changed();
  }

  async #changed() {
    if (!this.#closed) this.#others?.postMessage('changed');
    await this.#show();
  }

  async #show() {
    this.onChange(await (await this.#store).all());
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
