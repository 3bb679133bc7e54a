// @ts-check
// "Test my connection": the results in words.
import { byId, make } from '../util/dom.js';
import { t } from '../util/i18n.js';

/** @typedef {import('../media/connection-test.js').Way} Way */
/** @typedef {import('../media/connection-test.js').Result} Result */

const WAYS = /** @type {const} */ (['direct', 'stun', 'turn']);

/** @param {RTCIceServer[]} iceServers */
export function bindConnectionTest(iceServers) {
  const button = byId('test-connection', HTMLButtonElement);
  const report = byId('connection-report', HTMLElement);
  report.replaceChildren();
  button.disabled = typeof RTCPeerConnection === 'undefined';
  button.onclick = async () => {
    // Not disabled: that would take the focus away.
    if (button.getAttribute('aria-busy') === 'true') return;
    button.setAttribute('aria-busy', 'true');
    button.textContent = t('test.running');
    report.replaceChildren();
    /** @type {Map<Way, HTMLElement>} */
    const lines = new Map();
    const { testConnection } = await import('../media/connection-test.js');
    await testConnection(iceServers, (way, result) => {
      lines.set(way, line(way, result));
      report.replaceChildren(...WAYS.flatMap((name) => lines.get(name) ?? []));
    });
    button.textContent = t('test.button');
    button.setAttribute('aria-busy', 'false');
  };
}

/** @param {Way} way @param {Result} result */
function line(way, result) {
  // Direct connections need no server, so they are never lacking one.
  const key = way === 'direct' && result === 'none' ? 'fails' : result;
  const words = /** @type {import('../util/i18n.js').Key} */ (`test.${way}.${key}`);
  return make('li', { 'data-way': way, 'data-result': result }, t(words));
}
