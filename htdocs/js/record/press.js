// @ts-check
// What a press means: a click starts a recording and the next one stops it; what is held records until it is let go.

/** A shorter press of the button is a click. A slow click takes half a second, and who talks holds it longer. */
export const CLICK_MS = 700;
/** A shorter press of the space bar was a mistake: nobody says anything in that time. */
const TOO_SHORT_MS = 300;

/**
 * @typedef {object} Actions
 * @property {() => boolean} running whether a recording runs or is about to
 * @property {() => boolean} wanted whether one runs, or will when the last one is finished
 * @property {() => void} start
 * @property {() => void} stop
 * @property {(why: 'escape' | 'away' | 'short') => void} cancel nothing of it is to be sent
 * @property {(locked: boolean) => void} onLock recording goes on without a finger on the button
 * @property {(away: boolean) => void} onAway letting go now gives the recording up, or no longer does
 * @property {() => void} onRelease nobody presses any more
 */

export class Press {
  #actions;
  #since = 0;
  #away = false;
  /** Whether somebody presses. */
  down = false;

  /** @param {Actions} actions */
  constructor(actions) {
    this.#actions = actions;
  }

  /** @param {number} at when, in milliseconds, as events say it: a busy page hears of them later */
  begin(at) {
    if (this.down) return;
    // The second press of a locked recording ends it; its release means nothing.
    if (this.#actions.running()) return this.#actions.stop();
    this.down = true;
    this.#since = at;
    this.#away = false;
    this.#actions.onLock(false);
    this.#actions.start();
  }

  /** @param {boolean} isKey a key is held or not: it has no clicks @param {number} at when */
  end(isKey, at) {
    if (!this.#release()) return;
    const held = at - this.#since;
    if (this.#away) return this.#actions.cancel('away');
    if (isKey && held < TOO_SHORT_MS) return this.#actions.cancel('short');
    if (isKey || held >= CLICK_MS) return this.#actions.stop();
    // It may have ended already: at its limit, or with the microphone.
    if (this.#actions.wanted()) this.#actions.onLock(true);
  }

  /** The finger is so far away that letting go gives up. @param {boolean} away */
  move(away) {
    if (!this.down || away === this.#away) return;
    this.#away = away;
    this.#actions.onAway(away);
  }

  /** The system took the finger or the key away: that is no decision to go on, nor one to give up. */
  lose() {
    if (this.#release()) this.#actions.stop();
  }

  /** @returns {boolean} whether there was something to give up */
  escape() {
    const isOn = this.#actions.running();
    this.#release();
    if (isOn) this.#actions.cancel('escape');
    return isOn;
  }

  /** From the keyboard's Enter or a screen reader, which can't hold. */
  toggle() {
    if (this.#actions.running()) return this.#actions.stop();
    this.#actions.onLock(true);
    this.#actions.start();
  }

  #release() {
    const was = this.down;
    this.down = false;
    if (was) this.#actions.onRelease();
    return was;
  }
}
