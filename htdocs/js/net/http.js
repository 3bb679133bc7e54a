// @ts-check
// Asking a program and understanding its answer: one place where every failure becomes an ApiError.

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
  'network timeout unreachable not-json cut-off busy disk host settings'.split(' '),
);

/** What went wrong with a request, with the server's word for it or one of ours. */
export class ApiError extends Error {
  /**
   * @param {string} code the Mozchat-Error header's word, or network, timeout, unreachable, not-json
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
    return this.code === 'unreachable' && [400, 403, 406, 418, 501].includes(this.status);
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
  if (status === 413) throw new ApiError('too-large', '', { status, url });
  if (status >= 400) throw new ApiError('unreachable', '', { status, url });
  if (!said && status !== 204) throw new ApiError('not-json', '', { status, url });
  return said ?? {};
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
    throw new ApiError(late ? 'timeout' : 'network', '', { url: url.split('?')[0] });
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
  const form = new URLSearchParams(fields);
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
    // Sent as text/plain, which fewer of the hosts' firewalls take apart and misunderstand.
    body: JSON.stringify(object),
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
