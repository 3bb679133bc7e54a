// @ts-check
// Asking a program and understanding its answer: one place where every failure becomes an ApiError.

import { formOf } from './form.js';

/** The folder of the programs; `foundPrograms` says where it is. */
let programs = '';
const TIMEOUT_MS = 20_000;
/** For what is small and urgent: a request that a tunnel has swallowed is made again behind it. */
export const SMALL_MS = 10_000;

/** How many requests of each kind this page has made. @type {Record<string, number>} */
export const requests = {};

/** @param {string} kind */
export function count(kind) {
  requests[kind] = (requests[kind] ?? 0) + 1;
}

/** Kinds of failure after which sending the same again may work. */
const PASSING = new Set(
  'network timeout portal broken unreachable not-json cut-off busy disk host settings'.split(' '),
);
/** What firewalls answer, in HTML, to a request that they dislike. */
const FILTERS = new Set([400, 403, 405, 406, 409, 411, 415, 418, 422, 431, 451, 501]);
const PROBE_MS = 8000;
/** A line that is down is not asked at every request why. */
const PROBE_PAUSE_MS = 10_000;

/** What went wrong with a request, with the server's word for it or one of ours. */
export class ApiError extends Error {
  /**
   * @param {string} code the Mozchat-Error header's word, or one of ours: network, timeout, unreachable (an answer, but no
   *   program's), not-json, portal (somebody else's page), broken (the connection broke, but the server answers),
   *   filtered (something in front of the program refused this one request), web-limit (the same, for its size)
   * @param {string} message the server's own sentence, or ''
   * @param {{status?: number, url?: string}} [about]
   */
  constructor(code, message, { status = 0, url = '' } = {}) {
    super(message || code);
    this.name = 'ApiError';
    this.code = code;
    this.said = message;
    this.status = status;
    this.url = url;
  }

  /** Whether asking again later may help. */
  get passing() {
    return PASSING.has(this.code) || this.status >= 500;
  }

  /** Whether something in front of the program, a firewall say, has refused the request for what is in it. */
  get isFiltered() {
    return this.code === 'unreachable' && FILTERS.has(this.status);
  }
}

/** @param {string} program */
export const programUrl = (program) => `${programs}${program}.cgi`;

/** From now on the programs are asked at this address, which ends with a slash. @param {string} address */
export function foundPrograms(address) {
  programs = address;
}

/**
 * Turns an answer into its JSON object, or throws what it says.
 * @param {{status: number, text: string, code: string | null, url: string}} answer
 * @returns {any}
 */
export function understand({ status, text, code, url }) {
  const said = parse(text);
  if (said?.error !== undefined || (said && status >= 400)) {
    throw new ApiError(code ?? 'unknown', String(said.error ?? status), { status, url });
  }
  // Ours would have said so in JSON: it was the web server, or a proxy in front of it.
  if (status === 413) throw new ApiError('web-limit', '', { status, url });
  if (status >= 400) throw new ApiError('unreachable', '', { status, url });
  if (said || status === 204) return said ?? {};
  // The sign-in page of a hotel or a café.
  throw new ApiError(isPage(text) ? 'portal' : 'not-json', '', { status, url });
}

/** Whether a text is a web page. @param {string} text */
const isPage = (text) => /^\s*(<!doctype html|<html)/i.test(text);

/**
 * Why a request got no answer: `portal` if somebody redirects all requests, `broken` if the server answers others,
 * `network` if nothing is heard of it.
 * @param {string} url of a small request
 */
export async function whyNoAnswer(url) {
  if (!navigator.onLine) return 'network';
  try {
    const signal = AbortSignal.timeout(PROBE_MS);
    const response = await fetch(url, { redirect: 'manual', cache: 'no-store', signal });
    if (response.type === 'opaqueredirect') return 'portal';
    const text = await response.text();
    return response.ok && isPage(text) ? 'portal' : 'broken';
  } catch {
    return 'network';
  }
}

let probedAt = -Infinity;

/** The same for a small request of its own, which is redirected or not at all answered. @param {string} url */
async function isRedirected(url) {
  if (performance.now() - probedAt < PROBE_PAUSE_MS) return false;
  probedAt = performance.now();
  return (await whyNoAnswer(url)) === 'portal';
}

/** @param {string} text */
function parse(text) {
  try {
    const value = JSON.parse(text);
    // A logged message is answered with a bare string, as the original did.
    if (typeof value === 'string') return { alert: value };
    return value && typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

/**
 * Fetches with a time limit.
 * @param {string} url
 * @param {RequestInit & {timeoutMs?: number}} options
 */
export async function fetchInTime(url, { timeoutMs = TIMEOUT_MS, signal, ...options }) {
  const control = new AbortController();
  const giveUp = () => control.abort();
  signal?.addEventListener('abort', giveUp, { once: true });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    giveUp();
  }, timeoutMs);
  try {
    const response = await fetch(url, { ...options, signal: control.signal });
    return { response, text: await response.text() };
  } catch (error) {
    if (signal?.aborted) throw error;
    const about = { url: url.split('?')[0] };
    if (late) throw new ApiError('timeout', '', about);
    throw new ApiError((await isRedirected(url)) ? 'portal' : 'network', '', about);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
}

/**
 * Asks a program.
 * @param {string} kind for the counters
 * @param {string} program
 * @param {Record<string, string>} fields
 * @param {{method?: string, signal?: AbortSignal, timeoutMs?: number}} [options]
 */
export function ask(kind, program, fields, { method = 'POST', ...options } = {}) {
  const form = formOf(fields);
  const url = programUrl(program);
  if (method === 'GET') return request(kind, `${url}?${form}`, { method, ...options });
  return request(kind, url, { method, body: form, ...options });
}

/**
 * Gives a program an object that may have objects in it.
 * @param {string} kind for the counters
 * @param {string} program
 * @param {object} object
 */
export const tell = (kind, program, object) =>
  request(kind, programUrl(program), {
    timeoutMs: SMALL_MS,
    method: 'POST',
    body: formOf(object),
  });

/** @param {string} kind @param {string} url @param {RequestInit & {timeoutMs?: number}} options */
async function request(kind, url, { signal, timeoutMs, ...options }) {
  count(kind);
  const { response, text } = await fetchInTime(url, {
    ...options,
    cache: 'no-store',
    signal,
    timeoutMs,
  });
  const code = response.headers.get('Mozchat-Error');
  return understand({ status: response.status, text, code, url });
}
