// @ts-check
// The picture of the sound that plays, behind the seek bar: one sees where somebody speaks.
import { peaksOf } from './peaks.js';
import { byId } from '../util/dom.js';

/** @typedef {import('../net/clips.js').Clip} Clip */

const HEIGHT = 24;
/** What is silent is a line, not a gap. */
const LEAST = 1.5;

export class Waveform {
  #box = byId('seek-box', HTMLElement);
  #paths = this.#box.querySelectorAll('path');
  /** The clip that is shown. */
  #id = '';

  /** Shows a clip's sound as soon as it is known; null: nothing plays. @param {Clip | null} clip */
  show(clip) {
    const id = clip?.id ?? '';
    if (id === this.#id) return;
    this.#id = id;
    this.#draw(null);
    if (clip) peaksOf(clip).then((peaks) => id === this.#id && this.#draw(peaks));
  }

  /** @param {number} fraction 0..1 of the clip */
  showPosition(fraction) {
    this.#box.style.setProperty('--played', String(fraction));
  }

  /** @param {number[] | null} peaks */
  #draw(peaks) {
    const bar = (/** @type {number} */ peak, /** @type {number} */ i) => {
      const height = Math.max(LEAST, peak * HEIGHT);
      return `M${i + 0.2} ${(HEIGHT - height) / 2}h.6v${height}h-.6z`;
    };
    for (const path of this.#paths) path.setAttribute('d', peaks?.map(bar).join('') ?? '');
    this.#box.dataset.wave = String(peaks !== null);
  }
}
