// @ts-check
// The button #record, the space bar and Esc: from events to presses.
import { byId, endsWord, isField } from '../util/dom.js';
import { Press } from './press.js';

/** So far from the button a finger gives the recording up: a thumb that holds it is never still. */
const AWAY_PX = 80;

/** Makes #record and the keys work. @param {import('./press.js').Actions} actions */
export function bindRecordButton(actions) {
  const button = byId('record', HTMLButtonElement);
  const press = new Press(actions);
  const listening = new AbortController();
  bindPointer(button, press, listening.signal);
  bindSpace(press, listening.signal);
  bindEscape(press, listening.signal);
  return { press, unbind: () => listening.abort() };
}

/** @param {HTMLButtonElement} button @param {Press} press @param {AbortSignal} signal */
function bindPointer(button, press, signal) {
  const on = (/** @type {string} */ type, /** @type {(event: any) => void} */ act) =>
    button.addEventListener(type, act, { signal });
  on('pointerdown', (/** @type {PointerEvent} */ event) => {
    if (event.button !== 0) return;
    button.setPointerCapture(event.pointerId);
    press.begin(event.timeStamp);
  });
  on('pointermove', (/** @type {PointerEvent} */ event) => press.move(isAway(button, event)));
  on('pointerup', (/** @type {PointerEvent} */ event) => press.end(false, event.timeStamp));
  on('pointercancel', () => press.lose());
  on('contextmenu', (/** @type {Event} */ event) => event.preventDefault());
  // Enter held down would press the button again and again.
  on('keydown', (/** @type {KeyboardEvent} */ event) => event.repeat && event.preventDefault());
  // A click without a pointer (detail 0) comes from Enter or an assistive technology.
  on('click', (/** @type {MouseEvent} */ event) => event.detail === 0 && press.toggle());
}

/** @param {HTMLElement} button @param {PointerEvent} event */
function isAway(button, { clientX: x, clientY: y }) {
  const { left, right, top, bottom } = button.getBoundingClientRect();
  return Math.max(left - x, x - right, top - y, y - bottom) > AWAY_PX;
}

const isDialogOpen = () => !!document.querySelector('dialog[open]');

/** Whether the space bar means something where the focus is: typing, opening, playing. @param {EventTarget | null} at */
const isTaken = (at) =>
  isField(at) ||
  (at instanceof Element && !!at.closest('summary, video[controls], audio[controls]'));

/** @param {Press} press @param {AbortSignal} signal */
function bindSpace(press, signal) {
  let held = false;
  const down = (/** @type {KeyboardEvent} */ event) => {
    if (event.code !== 'Space') return;
    const isMine =
      !event.ctrlKey &&
      !event.altKey &&
      !event.metaKey &&
      !isTaken(event.target) &&
      !isDialogOpen();
    // The bar that is held types nothing where the focus goes meanwhile.
    if (!held && !isMine) return;
    // A focused button must not be pressed by the bar, nor the page scrolled.
    event.preventDefault();
    if (event.repeat || held) return;
    held = true;
    press.begin(event.timeStamp);
  };
  // It is let go wherever the focus is by then, and whatever else is held.
  const up = (/** @type {KeyboardEvent} */ event) => {
    if (event.code !== 'Space' || !held) return;
    event.preventDefault();
    held = false;
    press.end(true, event.timeStamp);
  };
  const lost = () => {
    if (held) press.lose();
    held = false;
  };
  document.addEventListener('keydown', down, { signal, capture: true });
  document.addEventListener('keyup', up, { signal, capture: true });
  window.addEventListener('blur', lost, { signal });
}

/** @param {Press} press @param {AbortSignal} signal */
function bindEscape(press, signal) {
  const down = (/** @type {KeyboardEvent} */ event) => {
    // A dialog closes first. A recording that is given up leaves the player alone.
    if (event.key !== 'Escape' || endsWord(event) || isDialogOpen()) return;
    if (press.escape()) event.stopPropagation();
  };
  document.addEventListener('keydown', down, { signal, capture: true });
}
