// @ts-check
// Hold-to-talk: by mouse, finger and space bar, with a short press that locks recording.
import { byId, isField } from '../util/dom.js';

const SHORT_MS = 300;

/**
 * @typedef {object} Actions
 * @property {() => boolean} running whether a recording runs or is about to
 * @property {() => void} start
 * @property {() => void} stop
 * @property {(locked: boolean) => void} onLock recording goes on without a finger on the button
 */

/** Makes #record and the space bar work; returns what undoes it. @param {Actions} actions */
export function bindRecordButton(actions) {
  const button = byId('record', HTMLButtonElement);
  const press = new Press(actions);
  const listening = new AbortController();
  bindPointer(button, press, listening.signal);
  bindSpace(press, listening.signal);
  return () => listening.abort();
}

class Press {
  #actions;
  #down = false;
  #since = 0;

  /** @param {Actions} actions */
  constructor(actions) {
    this.#actions = actions;
  }

  begin() {
    if (this.#down) return;
    // The second press of a locked recording ends it; its release means nothing.
    if (this.#actions.running()) return this.#actions.stop();
    this.#down = true;
    this.#since = performance.now();
    this.#actions.onLock(false);
    this.#actions.start();
  }

  end() {
    if (!this.#down) return;
    this.#down = false;
    if (performance.now() - this.#since < SHORT_MS) this.#actions.onLock(true);
    else this.#actions.stop();
  }

  /** The system took the finger or the key away: that is no decision to go on. */
  cancel() {
    if (!this.#down) return;
    this.#down = false;
    this.#actions.stop();
  }

  /** From the keyboard's Enter or a screen reader, which can't hold. */
  toggle() {
    if (this.#actions.running()) return this.#actions.stop();
    this.#actions.onLock(true);
    this.#actions.start();
  }
}

/** @param {HTMLButtonElement} button @param {Press} press @param {AbortSignal} signal */
function bindPointer(button, press, signal) {
  const on = (/** @type {string} */ type, /** @type {(event: any) => void} */ act) =>
    button.addEventListener(type, act, { signal });
  on('pointerdown', (/** @type {PointerEvent} */ event) => {
    if (event.button !== 0) return;
    button.setPointerCapture(event.pointerId);
    press.begin();
  });
  on('pointerup', () => press.end());
  on('pointercancel', () => press.cancel());
  on('contextmenu', (/** @type {Event} */ event) => event.preventDefault());
  // Enter held down would press the button again and again.
  on('keydown', (/** @type {KeyboardEvent} */ event) => event.repeat && event.preventDefault());
  // A click without a pointer (detail 0) comes from Enter or an assistive technology.
  on('click', (/** @type {MouseEvent} */ event) => event.detail === 0 && press.toggle());
}

/** @param {Press} press @param {AbortSignal} signal */
function bindSpace(press, signal) {
  const mine = (/** @type {KeyboardEvent} */ event) =>
    event.code === 'Space' &&
    !isField(event.target) &&
    !event.ctrlKey &&
    !event.altKey &&
    !event.metaKey;
  const handle = (/** @type {(event: KeyboardEvent) => void} */ act) => {
    return (/** @type {KeyboardEvent} */ event) => {
      if (!mine(event)) return;
      // A focused button must not be pressed by the bar, nor the page scrolled.
      event.preventDefault();
      act(event);
    };
  };
  let held = false;
  const down = handle((event) => {
    if (event.repeat || held) return;
    held = true;
    press.begin();
  });
  const up = handle(() => {
    held = false;
    press.end();
  });
  const lost = () => {
    if (held) press.cancel();
    held = false;
  };
  document.addEventListener('keydown', down, { signal, capture: true });
  document.addEventListener('keyup', up, { signal, capture: true });
  window.addEventListener('blur', lost, { signal });
}
