// @ts-check
// "Test my connection": the results in words. And whether calls go by the relay only.
import { byId, make } from '../util/dom.js';
import { t } from '../util/i18n.js';
import { load, save } from '../util/storage.js';

/** @typedef {import('./connection-test.js').Way} Way */
/** @typedef {import('./connection-test.js').Result} Result */

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
    const { testConnection } = await import('./connection-test.js');
    await testConnection(iceServers, (way, result) => {
      lines.set(way, line(way, result));
      report.replaceChildren(...WAYS.flatMap((name) => lines.get(name) ?? []));
    });
    button.textContent = t('test.button');
    button.setAttribute('aria-busy', 'false');
  };
}

/**
 * The choice to show the other no address, where there is a relay to hide behind.
 * @param {import('../net/api.js').Settings} settings
 * @param {(policy: RTCIceTransportPolicy) => void} onPolicy
 */
export function bindRelayOnly({ iceServers = [], relayOnly }, onPolicy) {
  const box = byId('relay-only', HTMLInputElement);
  const tell = () => onPolicy(box.checked ? 'relay' : 'all');
  byId('relay-only-field', HTMLElement).hidden = !relayOnly && !hasRelay(iceServers);
  // What the thread asks for is shown, and not up to the person.
  box.disabled = relayOnly;
  box.checked = relayOnly || (hasRelay(iceServers) && load('relayOnly', false));
  box.onchange = () => {
    save('relayOnly', box.checked);
    tell();
  };
  tell();
}

/** @param {RTCIceServer[]} iceServers */
const hasRelay = (iceServers) =>
  iceServers.some(({ urls }) => [urls].flat().some((url) => /^turns?:/.test(url)));

/** @param {Way} way @param {Result} result */
function line(way, result) {
  const words = /** @type {import('../util/i18n.js').Key} */ (`test.${way}.${result}`);
  return make('li', { 'data-way': way, 'data-result': result }, t(words));
}
