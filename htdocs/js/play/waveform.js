// @ts-check
// The picture of the sound that plays, behind the seek bars: one sees where somebody speaks. One is in the player's bar, the
// other in the row of the clip.
import { shapeOf } from './peaks.js';
import { byId, make } from '../util/dom.js';
import { t } from '../util/i18n.js';

/** @typedef {import('../net/clips.js').Clip} Clip */

const HEIGHT = 24;
/** What is silent is a line, not a gap. */
const LEAST = 1.5;

export class Waveform {
  /** Where one seeks within the row. */
  range = make('input', { type: 'range', min: '0', step: '0.1', class: 'clip-range' });
  #bar = byId('seek-box', HTMLElement);
  #row = make('div', { class: 'seek-box clip-seek', dir: 'ltr' });
  #boxes = [this.#bar, this.#row];
  /** The clip that is shown. */
  #id = '';

  constructor() {
    const svg = /** @type {Node} */ (this.#bar.querySelector('svg')).cloneNode(true);
    this.range.setAttribute('aria-label', t('seek'));
    this.#row.append(svg, this.range);
    this.#draw(null);
  }

  /** Shows a clip's sound as soon as it is known; null: nothing plays. @param {Clip | null} clip */
  show(clip) {
    const id = clip?.id ?? '';
    if (id === this.#id) return;
    this.#id = id;
    this.#draw(null);
    if (clip) shapeOf(clip).then((shape) => id === this.#id && this.#draw(shape?.peaks ?? null));
  }

  /** Puts the second one into a row; null: into none. @param {Element | null} place */
  moveTo(place) {
    if (this.#row.parentElement === place) return;
    const hadFocus = this.#row.contains(document.activeElement);
    if (place) place.append(this.#row);
    else this.#row.remove();
    if (hadFocus) this.range.focus({ preventScroll: true });
  }

  /** @param {number} fraction 0..1 of the clip */
  showPosition(fraction) {
    for (const box of this.#boxes) box.style.setProperty('--played', String(fraction));
  }

  /** @param {number[] | null} peaks */
  #draw(peaks) {
    const bar = (/** @type {number} */ peak, /** @type {number} */ i) => {
      const height = Math.max(LEAST, peak * HEIGHT);
      return `M${i + 0.2} ${(HEIGHT - height) / 2}h.6v${height}h-.6z`;
    };
    const shape = peaks?.map(bar).join('') ?? '';
    for (const box of this.#boxes) {
      for (const path of box.querySelectorAll('path')) path.setAttribute('d', shape);
      box.dataset.wave = String(peaks !== null);
    }
  }
}
