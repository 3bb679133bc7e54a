// @ts-check
// The motion detector's switches, its settings, and what it sees.
import { byId, setText } from '../util/dom.js';
import { t } from '../util/i18n.js';
import { cellsOf } from './motion-maths.js';
import { CUSTOM, presetOf, presets } from './motion-presets.js';
import { motionSettings } from './remote-control.js';

/** @typedef {import('./motion-maths.js').MotionOptions} MotionOptions */
/**
 * @typedef {object} Actions
 * @property {(on: boolean) => void} setMotion
 * @property {(on: boolean) => void} setRemote
 * @property {(options: Partial<MotionOptions>) => void} change
 */

const CHANGED = 'rgb(255 85 51 / 60%)';
const SAME = 'rgb(255 255 255 / 35%)';

/** @param {CanvasRenderingContext2D} context @param {import('./motion-maths.js').Cell} cell @param {boolean} is whether it has changed */
function outline(context, { x, y, width, height }, is) {
  context.strokeStyle = is ? CHANGED : SAME;
  context.lineWidth = is ? 1 : 0.25;
  context.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
}

export class MotionPanel {
  #on = byId('motion-on', HTMLInputElement);
  #view = byId('motion-view', HTMLCanvasElement);
  #state = byId('motion-state', HTMLElement);
  #settings = byId('motion-settings', HTMLElement);
  #preset = byId('motion-preset', HTMLSelectElement);
  #more = byId('motion-more', HTMLDetailsElement);
  #remote = byId('remote-control-on', HTMLInputElement);

  /** @param {MotionOptions} options @param {Actions} actions */
  constructor(options, actions) {
    this.#on.onchange = () => actions.setMotion(this.#on.checked);
    this.#remote.onchange = () => actions.setRemote(this.#remote.checked);
    for (const [name, { read }] of Object.entries(motionSettings)) {
      const field = this.#field(name);
      field.onchange = () => {
        const value = read(field.value);
        if (value) actions.change(value);
        this.showOptions(options);
      };
    }
    this.#preset.onchange = () => {
      if (this.#preset.value === CUSTOM) return void (this.#more.open = true);
      actions.change(presets[this.#preset.value]);
      this.showOptions(options);
    };
    this.showOptions(options);
    this.showOn(false);
    this.showPin('');
  }

  close() {
    this.showOn(false);
  }

  /** @param {MotionOptions} options */
  showOptions(options) {
    for (const [name, { key }] of Object.entries(motionSettings)) {
      this.#field(name).value = String(options[key]);
    }
    this.#preset.value = presetOf(options);
  }

  /** @param {boolean} on */
  showOn(on) {
    this.#on.checked = on;
    this.#view.hidden = this.#state.hidden = this.#settings.hidden = !on;
    setText(this.#state, '');
  }

  /** @param {string} pin empty: remote control is off */
  showPin(pin) {
    this.#remote.checked = !!pin;
    byId('remote-box', HTMLElement).hidden = !pin;
    setText(byId('remote-pin', HTMLElement), pin);
  }

  /**
   * Shows the picture with the cells that have changed.
   * @param {HTMLCanvasElement} picture @param {import('./motion-maths.js').Verdict} verdict
   * @param {import('./motion-maths.js').Pattern} pattern
   */
  show(picture, { changed, percent, moved }, pattern) {
    const words = { percent: Math.round(percent) };
    setText(this.#state, t(moved ? 'motion.moves' : 'motion.quiet', words));
    this.#view.dataset.moved = String(moved);
    const context = this.#view.getContext('2d');
    const cells = cellsOf(pattern, picture.width, picture.height);
    // A look that was on its way when the pattern was changed.
    if (!context || cells.length !== changed.length) return;
    const { width, height } = this.#view;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(picture, 0, 0, width, height);
    context.scale(width / picture.width, height / picture.height);
    const isWhole = pattern === 'dbh';
    context.fillStyle = CHANGED;
    cells.forEach((cell, i) => {
      if (!isWhole) outline(context, cell, changed[i]);
      else if (changed[i]) context.fillRect(cell.x, cell.y, 1, 1);
    });
  }

  /** @param {string} name */
  #field(name) {
    return /** @type {HTMLInputElement | HTMLSelectElement} */ (
      byId(`motion-${name}`, HTMLElement)
    );
  }
}
