// @ts-check
// A small table of clips in IndexedDB, in the order in which they came; in memory where there is none.

/** @typedef {import('./outbox.js').Item} Item */
/**
 * @typedef {object} Store
 * @property {() => Promise<Item[]>} all oldest first
 * @property {(item: Item) => Promise<void>} put resolves when it is kept; `all` has it at once
 * @property {(uploadId: string) => Promise<void>} remove
 */
/** @typedef {Store & {forget: () => void}} RememberedStore forget: another page has changed what is stored */

const TABLE = 'clips';

/** @returns {Promise<RememberedStore>} */
export async function openStore() {
  try {
    return remembered(withOverflow(durable(await open())));
  } catch {
    // Private windows may have no IndexedDB: clips are then kept for as long as the page is open.
    return { ...inMemory(), forget() {} };
  }
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** @returns {Promise<IDBDatabase>} */
function open() {
  const request = indexedDB.open('mozchat-outbox', 1);
  request.onupgradeneeded = () =>
    request.result.createObjectStore(TABLE, { keyPath: 'uploadId' }).createIndex('order', 'order');
  return done(request);
}

/** @param {IDBDatabase} db @returns {Store} */
function durable(db) {
  /** @param {(table: IDBObjectStore) => IDBRequest} change */
  const write = (change) =>
    /** @type {Promise<void>} */ (
      new Promise((resolve, reject) => {
        // "strict" asks the browser to have it on disk before it says so, where it knows how.
        const transaction = db.transaction(TABLE, 'readwrite', { durability: 'strict' });
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error);
        change(transaction.objectStore(TABLE));
      })
    );
  return {
    all: () => done(db.transaction(TABLE).objectStore(TABLE).index('order').getAll()),
    put: (item) => write((table) => table.put(item)),
    remove: (uploadId) => write((table) => table.delete(uploadId)),
  };
}

/** Knows what is stored without asking each time, since a phone's disk is slow. @param {Store} store @returns {RememberedStore} */
function remembered(store) {
  /** @type {Map<string, Item> | null} */
  let known = null;
  const items = async () => {
    if (known) return known;
    const stored = await store.all();
    known ??= new Map(stored.map((item) => [item.uploadId, item]));
    return known;
  };
  return {
    all: async () => [...(await items()).values()].sort((a, b) => a.order - b.order),
    async put(item) {
      (await items()).set(item.uploadId, item);
      await store.put(item);
    },
    async remove(uploadId) {
      (await items()).delete(uploadId);
      await store.remove(uploadId);
    },
    forget: () => (known = null),
  };
}

/** Keeps in memory what the disk has no room for. @param {Store} disk @returns {Store} */
function withOverflow(disk) {
  const rest = inMemory();
  return {
    async all() {
      return [...(await disk.all()), ...(await rest.all())].sort((a, b) => a.order - b.order);
    },
    put: (item) => disk.put(item).catch(() => rest.put(item)),
    async remove(uploadId) {
      await Promise.all([disk.remove(uploadId), rest.remove(uploadId)]);
    },
  };
}

/** @returns {Store} */
function inMemory() {
  /** @type {Map<string, Item>} */
  const items = new Map();
  return {
    all: async () => [...items.values()].sort((a, b) => a.order - b.order),
    put: async (item) => void items.set(item.uploadId, item),
    remove: async (uploadId) => void items.delete(uploadId),
  };
}
