// @ts-check
// A table in IndexedDB that may close, hang or be full at any time: every use either works or fails, in time.

const TABLE = 'clips';
/** The browser closed the connection: site data was cleared, or its storage process died. */
const CLOSED = ['InvalidStateError', 'UnknownError', 'AbortError'];

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** @template {{uploadId: string, order: number}} T */
export class Disk {
  #name;
  /** @type {Promise<IDBDatabase> | null} */
  #db = null;

  /** @param {string} name of the database */
  constructor(name) {
    this.#name = name;
  }

  /** All rows, oldest first. @returns {Promise<T[]>} */
  all() {
    return this.#use((db) =>
      done(db.transaction(TABLE).objectStore(TABLE).index('order').getAll()),
    );
  }

  /** Resolves when it is on the disk. @param {T} item */
  put(item) {
    return this.#write((table) => table.put(item));
  }

  /** @param {string} uploadId */
  remove(uploadId) {
    return this.#write((table) => table.delete(uploadId));
  }

  /** @param {(table: IDBObjectStore) => IDBRequest} change @returns {Promise<void>} */
  #write(change) {
    return this.#use(
      (db) =>
        new Promise((resolve, reject) => {
          // "strict" asks the browser to have it on disk before it says so, where it knows how.
          const transaction = db.transaction(TABLE, 'readwrite', { durability: 'strict' });
          transaction.oncomplete = () => resolve();
          transaction.onabort = () => reject(transaction.error ?? new Error('aborted'));
          change(transaction.objectStore(TABLE));
        }),
    );
  }

  /** Does something with the database; opens it anew, once, if it was closed. @template R @param {(db: IDBDatabase) => Promise<R>} work */
  async #use(work) {
    try {
      return await work(await this.#open());
    } catch (error) {
      if (!CLOSED.includes(/** @type {Error} */ (error)?.name)) throw error;
      this.#db = null;
      return work(await this.#open());
    }
  }

  #open() {
    this.#db ??= this.#openNow().catch((error) => {
      this.#db = null;
      throw error;
    });
    return this.#db;
  }

  async #openNow() {
    // Where cookies are forbidden, naming indexedDB may throw already.
    const request = indexedDB.open(this.#name, 1);
    request.onupgradeneeded = () =>
      request.result
        .createObjectStore(TABLE, { keyPath: 'uploadId' })
        .createIndex('order', 'order');
    const db = await done(request);
    db.onclose = () => (this.#db = null);
    // Another page deletes it or brings a newer form: it must not wait for this one.
    db.onversionchange = () => {
      db.close();
      this.#db = null;
    };
    return db;
  }
}
