// @ts-check
// Clips that must not be lost: in memory at once, and on the disk as soon as it has them. A disk that is missing, dies,
// hangs or is full keeps nobody from sending; who asks hears what it really keeps.
import { Disk } from './disk.js';

/** @typedef {import('./outbox.js').Item} Item */

/** So long the disk may take to say what it has; later it is still listened to. */
const PATIENCE_MS = 2000;

/** Resolves with the promise, fulfilled or not, but no later than this. @param {Promise<unknown>} promise */
export const inTime = (promise) =>
  Promise.race([
    promise.catch(() => {}),
    new Promise((resolve) => setTimeout(resolve, PATIENCE_MS)),
  ]);

/** A clip as the disk has it. @typedef {Omit<Item, 'blob'> & {blob: Blob | {bytes: ArrayBuffer, type: string}}} Row */

/** Safari stores no Blob in a private window, but its bytes. @param {Item} item @returns {Promise<Row>} */
const asBytes = async (item) => ({
  ...item,
  blob: { bytes: await item.blob.arrayBuffer(), type: item.blob.type },
});

/** @param {Row} row @returns {Item} */
const asItem = ({ blob, ...rest }) => ({
  ...rest,
  blob: blob instanceof Blob ? blob : new Blob([blob.bytes], { type: blob.type }),
});

export class ClipStore {
  /** What the disk has came late. @type {() => void} */
  onLate = () => {};
  /** @type {Disk<Row>} */
  #disk;
  /** The browser can store no Blob. */
  #onlyBytes = false;
  /** @type {Map<string, Item>} */
  #items = new Map();
  /** What the disk does not have, or not yet in this form. @type {Map<string, Item>} */
  #unkept = new Map();
  /** What has changed since the disk was asked; null: it went away. @type {Map<string, Item | null> | null} */
  #since = null;
  /** Resolves when the disk has said what it has, or has taken too long. @type {Promise<unknown> | null} */
  #ready = null;

  /** @param {string} name of the database */
  constructor(name) {
    this.#disk = new Disk(name);
  }

  /** All clips, oldest first. */
  async all() {
    this.#ready ??= inTime(this.#read());
    await this.#ready;
    return [...this.#items.values()].sort((a, b) => a.order - b.order);
  }

  /** Whether it will be here when the page is opened again. @param {string} uploadId */
  isKept(uploadId) {
    return this.#items.has(uploadId) && !this.#unkept.has(uploadId);
  }

  /** `all` has it at once. @param {Item} item @returns {Promise<void>} when the disk has it, or can't */
  async put(item) {
    const { uploadId } = item;
    this.#items.set(uploadId, item);
    this.#unkept.set(uploadId, item);
    this.#since?.set(uploadId, item);
    try {
      await this.#write(item);
      if (this.#unkept.get(uploadId) === item) this.#unkept.delete(uploadId);
    } catch (error) {
      console.warn('The browser keeps no clip:', error);
    }
  }

  /** @param {Item} item */
  async #write(item) {
    if (!this.#onlyBytes) {
      try {
        return await this.#disk.put(item);
      } catch (error) {
        if (!(error instanceof DOMException) || error.name === 'QuotaExceededError') throw error;
      }
    }
    await this.#disk.put(await asBytes(item));
    this.#onlyBytes = true;
  }

  /** @param {string} uploadId */
  async remove(uploadId) {
    this.#items.delete(uploadId);
    this.#unkept.delete(uploadId);
    this.#since?.set(uploadId, null);
    await this.#disk.remove(uploadId).catch(() => {});
  }

  /** Another page has changed what is stored. */
  forget() {
    // A disk that is being read, or hangs, is not asked again.
    if (!this.#since) this.#ready = null;
  }

  async #read() {
    if (this.#since) return;
    const since = (this.#since = new Map(this.#unkept));
    const begun = performance.now();
    try {
      const stored = await this.#disk.all();
      const items = new Map(stored.map((row) => [row.uploadId, asItem(row)]));
      for (const [uploadId, item] of since) {
        if (item) items.set(uploadId, item);
        else items.delete(uploadId);
      }
      this.#items = items;
      if (performance.now() - begun > PATIENCE_MS) this.onLate();
    } finally {
      this.#since = null;
    }
  }
}
