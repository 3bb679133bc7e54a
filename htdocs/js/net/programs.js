// @ts-check
// Where the programs are: at the first of the addresses in index.html at which they answer.
import { ApiError } from './http.js';

/** @typedef {{url: string, code: string, status: number}} Try an address, and what came of it */

/** Whether nothing of ours has answered. A server that is only overloaded (503, 508) runs programs at other times. */
const isNotOurs = (/** @type {unknown} */ error) =>
  error instanceof ApiError &&
  ['unreachable', 'not-json', 'portal'].includes(error.code) &&
  error.status <= 500;

/** The addresses to try, in order, each once. @param {Document} page */
export function places(page) {
  const said = page.querySelector('meta[name="mozchat-programs"]')?.getAttribute('content');
  const addresses = (said ?? '').split(/\s+/).filter(Boolean);
  if (!addresses.length) addresses.push('cgi-bin/');
  return [...new Set(addresses.map((address) => folder(address, page.baseURI)))];
}

/** An address with the slash that one forgets. @param {string} address @param {string} base */
const folder = (address, base) => new URL(address.replace(/\/*$/, '/'), base).href;

/** No address has our programs; it knows all that were tried. */
export class NoPrograms extends ApiError {
  /** @param {Try[]} tried */
  constructor(tried) {
    super('no-programs', '', tried[0]);
    this.tried = tried;
  }
}

/**
 * Asks at one place after the other until a program answers, be it with an error.
 * @template T
 * @param {string[]} addresses
 * @param {(address: string) => Promise<T>} ask
 * @returns {Promise<T>}
 */
export async function firstThatAnswers(addresses, ask) {
  /** @type {Try[]} */
  const tried = [];
  for (const address of addresses) {
    try {
      return await ask(address);
    } catch (error) {
      if (!isNotOurs(error)) throw error;
      const { url, code, status } = /** @type {ApiError} */ (error);
      tried.push({ url: url.split('?')[0], code, status });
    }
  }
  throw new NoPrograms(tried);
}
