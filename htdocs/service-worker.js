// Keeps the page's own files, so that it opens without a network. What the network has is always preferred, so an
// update is there at the next visit. Never keeps anything of a thread, nor an answer of a program.

const CACHE = 'mozchat-page-1';
const OWN = /^(?:$|index\.html$|mozchat\.webmanifest$|(?:js|css|img|vendor|manual|sounds)\/)/;

/** A file's path inside the page's folder, if it is one of the page's own; else null. */
function ownPath(address) {
  const url = new URL(address);
  const { pathname: folder } = new URL(self.registration.scope);
  if (url.origin !== self.location.origin || !url.pathname.startsWith(folder)) return null;
  const path = url.pathname.slice(folder.length);
  return OWN.test(path) ? path : null;
}

self.addEventListener('install', () => self.skipWaiting());

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
  event.respondWith(fromNetworkFirst(event, key));
});

async function fromNetworkFirst(event, key) {
  try {
    const response = await fetch(event.request);
    if (response.ok && response.type === 'basic') {
      const copy = response.clone();
      event.waitUntil(caches.open(CACHE).then((cache) => cache.put(key, copy)));
    }
    return response;
  } catch (error) {
    const kept = await caches.match(key);
    if (kept) return kept;
    throw error;
  }
}
