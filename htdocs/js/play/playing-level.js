// @ts-check
// How loud it is what plays, beside the name of who speaks. It comes from samples that are there anyway: nothing is put
// between the sound and the loudspeaker for it.
import { LEVEL_SEC, shapeOf } from './peaks.js';
import { byId } from '../util/dom.js';

/** @typedef {import('./player.js').Player} Player */

/** As often as one sees. */
const INTERVAL_MS = 100;

export class PlayingLevel {
  #player;
  #meter = byId('player-level', HTMLElement);
  #calm = matchMedia('(prefers-reduced-motion: reduce)');
  /** Of the clip that plays in a media element. @type {number[] | null} */
  #levels = null;
  /** The clip that these are of. */
  #id = '';
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /** @param {Player} player */
  constructor(player) {
    this.#player = player;
    this.#meter.hidden = true;
  }

  /** To be called when the player's state or clip has changed. */
  show() {
    const { state, clip } = this.#player;
    clearInterval(this.#timer);
    const moves = state === 'playing' && !this.#calm.matches;
    this.#meter.hidden = !moves;
    if (!moves || !clip) return;
    this.#look(clip);
    this.#timer = setInterval(() => this.#measure(), INTERVAL_MS);
    this.#measure();
  }

  close() {
    clearInterval(this.#timer);
    this.#meter.hidden = true;
  }

  /** @param {import('../net/clips.js').Clip} clip */
  #look(clip) {
    if (clip.id === this.#id) return;
    this.#id = clip.id;
    this.#levels = null;
    if (this.#player.level !== null) return;
    shapeOf(clip).then((shape) => {
      if (clip.id === this.#id) this.#levels = shape?.levels ?? null;
    });
  }

  #measure() {
    if (document.hidden) return;
    const { level, position } = this.#player;
    const now = level ?? this.#levels?.[Math.floor(position / LEVEL_SEC)];
    // What is not known is not shown as silence.
    this.#meter.dataset.known = String(now !== undefined);
    this.#meter.style.setProperty('--level', (now ?? 0).toFixed(2));
  }
}
