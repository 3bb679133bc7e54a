// @ts-check
// The settings: what is set once and then left alone. Beside the conversation where the window has room, over it on a phone.
import { byId } from '../util/dom.js';

/** As in css/app.css: narrower windows show one thing at a time. */
const isNarrow = () => matchMedia('(max-width: 59.99rem)').matches;

/** Closes them: whoever comes in next has not opened them. */
export function closeSettings() {
  byId('settings', HTMLElement).hidden = true;
}

/** Settings that are open stay so, as when the language is changed. @param {boolean} open whether they are open at first, where they cover nothing */
export function bindSettings(open) {
  const panel = byId('settings', HTMLElement);
  const button = byId('settings-open', HTMLButtonElement);
  const show = (/** @type {boolean} */ on) => {
    panel.hidden = !on;
    button.setAttribute('aria-expanded', String(on));
  };
  const close = () => {
    show(false);
    button.focus();
  };
  button.onclick = () => {
    show(!!panel.hidden);
    if (panel.hidden) return;
    // The focus alone brings no more than the heading into view.
    byId('settings-heading', HTMLElement).focus({ preventScroll: true });
    panel.scrollIntoView({ block: 'start' });
  };
  byId('settings-close', HTMLButtonElement).onclick = close;
  panel.onkeydown = (event) => {
    if (event.key !== 'Escape') return;
    // Esc would stop the player, too.
    event.stopPropagation();
    close();
  };
  show(!panel.hidden || (open && !isNarrow()));
}
