// @ts-check
// What the page tells about itself: notices and the connection.
import { byId, setText } from '../util/dom.js';
import { explain } from '../util/explain.js';
import { t } from '../util/i18n.js';

const INFO_MS = 6000;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let fading;

/** Longer where something can be done about it. */
const ACTION_MS = 12_000;

/** @typedef {{label: string, act: () => void}} Action */

/**
 * Says something to the person; an error, and what is to be copied, stay until they are closed.
 * @param {string} text
 * @param {'info' | 'lasting' | 'error'} [kind]
 * @param {Action} [action] what may be done about it: undone, for one
 */
export function notice(text, kind = 'info', action) {
  const button = byId('notice-act', HTMLButtonElement);
  button.hidden = !action;
  setText(button, action?.label ?? '');
  button.onclick = () => {
    notice('');
    action?.act();
  };
  const at = byId('notice', HTMLElement);
  const toast = byId('toast', HTMLElement);
  byId('notice-close', HTMLButtonElement).onclick = () => notice('');
  clearTimeout(fading);
  at.dataset.kind = kind;
  setText(at, text);
  toast.dataset.empty = String(!text);
  if (text && kind === 'info') {
    fading = setTimeout(() => notice(''), action ? ACTION_MS : INFO_MS);
  }
}

/** @param {Exclude<import('../net/feed.js').FeedState, 'refused'>} state @param {import('../net/api.js').ApiError} [error] */
export function showConnection(state, error) {
  const at = byId('connection', HTMLElement);
  at.dataset.state = state;
  setText(at, t(`connection.${state === 'retrying' ? trouble(error?.code) : state}`));
  at.title = error ? explain(error) : '';
}

/** What is wrong with the connection. @param {string} [code] of the error, if it is known */
function trouble(code) {
  if (code === 'portal') return 'portal';
  return !code || ['network', 'timeout'].includes(code) ? 'retrying' : 'trouble';
}
