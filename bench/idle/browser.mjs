// What the page's network part needs of a browser: fetch with a cache and connections of its own for each page, and
// WebSocket. So the very code that a page runs asks here, two hundred times.
import { AsyncLocalStorage } from 'node:async_hooks';
import { Agent, request } from 'node:http';
import { WebSocket } from 'ws';

/** @typedef {{agent: Agent, cache: Map<string, {tag: string, text: string}>}} Page */

/** @type {AsyncLocalStorage<Page>} */
const current = new AsyncLocalStorage();

/** Runs something as a page of its own does. @template T @param {() => T} work */
export function inPage(work) {
  const agent = new Agent({ keepAlive: true, maxSockets: 6 });
  const page = { agent, cache: new Map() };
  return { page, result: current.run(page, work) };
}

/** @param {string} url @param {RequestInit} [options] */
function fetchAsPage(url, { method = 'GET', body, headers = {}, cache = 'default', signal } = {}) {
  const page = /** @type {Page} */ (current.getStore());
  const known = cache === 'no-cache' ? page.cache.get(url) : undefined;
  const all = { ...headers, ...(known && { 'If-None-Match': known.tag }) };
  if (body instanceof URLSearchParams) all['Content-Type'] = 'application/x-www-form-urlencoded';
  const text = body === undefined ? '' : String(body);
  if (text) all['Content-Length'] = Buffer.byteLength(text);
  const ask = { method, headers: all, agent: page.agent, signal };
  return exchange(url, ask, text, (answer, said) => {
    const isKnown = answer.statusCode === 304 && known;
    const tag = answer.headers.etag;
    if (tag && !isKnown) page.cache.set(url, { tag, text: said });
    const status = isKnown ? 200 : Number(answer.statusCode);
    return {
      status,
      ok: status < 300,
      headers: { get: (name) => answer.headers[name.toLowerCase()] ?? null },
      text: async () => (isKnown ? known.text : said),
    };
  });
}

/** One question and its answer; asked again, as browsers do, if the server closed the connection meanwhile. */
function exchange(url, ask, body, understand) {
  return new Promise((resolve, reject) => {
    const asked = request(url, ask, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () => resolve(understand(answer, Buffer.concat(parts).toString())));
    });
    asked.on('error', (error) => {
      if (ask.signal?.aborted) reject(new DOMException('aborted', 'AbortError'));
      else if (asked.reusedSocket) resolve(exchange(url, ask, body, understand));
      else reject(error);
    });
    asked.end(body);
  });
}

/** Node's own, for whoever is no page. */
export const realFetch = globalThis.fetch;

Object.assign(globalThis, { fetch: fetchAsPage, WebSocket });
