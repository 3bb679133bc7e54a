// Keeps the page's own files, so that it opens without a network. What the network has is preferred, so an update is
// there at the next visit; but a file whose name carries the hash of its content never changes, and is fetched once.
// Never keeps anything of a thread, nor an answer of a program.

// scripts/bundle puts in what belongs to this version. Files that are served as they are have none.
/** @type {{version: string, files: string[], languages: Record<string, string>}} */
const { version, files, languages } =
  typeof PACKAGED === 'undefined' ? { version: 'source', files: [], languages: {} } : PACKAGED;
const CACHE = `mozchat-page-${version}`;
const OWN = /^(?:$|index\.html$|mozchat\.webmanifest$|(?:js|css|img|vendor|manual|sounds)\/)/;
const HASHED = /-[A-Z0-9]{8}\.(?:js|css)$/;

/** A file's path inside the page's folder, if it is one of the page's own; else null. */
function ownPath(address) {
  const url = new URL(address);
  const { pathname: folder } = new URL(self.registration.scope);
  if (url.origin !== self.location.origin || !url.pathname.startsWith(folder)) return null;
  const path = url.pathname.slice(folder.length);
  return OWN.test(path) ? path : null;
}

self.addEventListener('install', (event) => {
  self.skipWaiting();
  // What this page says while it is being closed was lost every other time in Chromium (156), on its way through a worker that
  // leaves it to the network. No POST changes anything here, so none need wake the worker.
  event.addRoutes?.({ condition: { requestMethod: 'POST' }, source: 'network' }).catch(() => {});
  // All of a version or nothing: in the middle of an update, the worker that is there stays.
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([...files, ...wordsToKeep()])));
});

/** The file of the browser's language. One that is chosen on the page is kept when it is fetched. */
function wordsToKeep() {
  const codes = self.navigator.languages.map((one) => one.split('-')[0]);
  // English is in the program.
  const code = codes.find((one) => one === 'en' || Object.hasOwn(languages, one)) ?? 'en';
  return code === 'en' ? [] : [languages[code]];
}

self.addEventListener('activate', (event) => {
  const forget = async () => {
    const names = (await caches.keys()).filter((name) => /^mozchat-page-/.test(name));
    await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(forget());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || request.headers.has('Range')) return;
  const path = ownPath(request.url);
  if (path === null) return;
  // The address of the page carries a name and a thread: kept once, without them.
  const key = new URL(path, self.registration.scope).href;
  event.respondWith(HASHED.test(path) ? fromCacheFirst(event, key) : fromNetworkFirst(event, key));
});

async function fromCacheFirst(event, key) {
  // Whoever asks for it anew has a reason: what is kept may be cut off.
  const kept = event.request.cache === 'reload' ? undefined : await caches.match(key);
  return kept ?? fromNetwork(event, key);
}

async function fromNetworkFirst(event, key) {
  try {
    return await fromNetwork(event, key);
  } catch (error) {
    const kept = await caches.match(key);
    if (kept) return kept;
    throw error;
  }
}

async function fromNetwork(event, key) {
  const response = await fetch(event.request);
  if (response.ok && response.type === 'basic') {
    const copy = response.clone();
    event.waitUntil(caches.open(CACHE).then((cache) => cache.put(key, copy)));
  }
  return response;
}

// A phone lets a page notify only through its worker: a tap brings the page back, or opens the thread anew.
self.addEventListener('notificationclick', (event) => {
  const { notification } = event;
  notification.close();
  const { url = self.registration.scope } = notification.data ?? {};
  const realm = (address) => new URL(address).searchParams.get('realm');
  const show = async () => {
    const pages = await self.clients.matchAll({ type: 'window' });
    // A page that was entered by the form began without the thread in its address.
    const page =
      pages.find((one) => realm(one.url) === realm(url)) ?? pages.find((one) => !realm(one.url));
    await (page ? page.focus() : self.clients.openWindow(url));
  };
  event.waitUntil(show());
});
