// @ts-check
// The motion detector's switches, its settings, and what it sees.
import { byId, setText } from '../util/dom.js';
import { t } from '../util/i18n.js';
import { motionSettings } from './remote-control.js';

/** @typedef {import('./motion-maths.js').MotionOptions} MotionOptions */
/**
 * @typedef {object} Actions
 * @property {(on: boolean) => void} setMotion
 * @property {(on: boolean) => void} setRemote
 * @property {(options: Partial<MotionOptions>) => void} change
 */

export class MotionPanel {
  #on = byId('motion-on', HTMLInputElement);
  #view = byId('motion-view', HTMLCanvasElement);
  #state = byId('motion-state', HTMLElement);
  #settings = byId('motion-settings', HTMLElement);
  #remote = byId('remote-control-on', HTMLInputElement);

  /** @param {MotionOptions} options @param {Actions} actions */
  constructor(options, actions) {
    this.#on.onchange = () => actions.setMotion(this.#on.checked);
    this.#remote.onchange = () => actions.setRemote(this.#remote.checked);
    for (const [name, [key, read]] of Object.entries(motionSettings)) {
      const field = this.#field(name);
      field.onchange = () => {
        const value = read(field.value);
        if (value !== undefined) actions.change({ [key]: value });
        this.showOptions(options);
      };
    }
    this.showOptions(options);
    this.showOn(false);
    this.showPin('');
  }

  close() {
    this.showOn(false);
  }

  /** @param {MotionOptions} options */
  showOptions(options) {
    for (const [name, [key]] of Object.entries(motionSettings)) {
      this.#field(name).value = String(options[key]);
    }
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

  /** Shows the picture with the cells that have changed. @param {CanvasImageSource} picture @param {import('./motion-maths.js').Verdict} verdict */
  show(picture, { changed, percent, moved }) {
    const words = { percent: Math.round(percent) };
    setText(this.#state, t(moved ? 'motion.moves' : 'motion.quiet', words));
    this.#view.dataset.moved = String(moved);
    const context = this.#view.getContext('2d');
    if (!context) return;
    const { width, height } = this.#view;
    context.drawImage(picture, 0, 0, width, height);
    const side = Math.sqrt(changed.length);
    const [w, h] = [width / side, height / side];
    changed.forEach((is, i) => {
      const [x, y] = [(i % side) * w, Math.floor(i / side) * h];
      context.strokeStyle = is ? '#ff5533' : 'rgb(255 255 255 / 35%)';
      context.lineWidth = is ? 4 : 1;
      context.strokeRect(x + 2, y + 2, w - 4, h - 4);
    });
  }

  /** @param {string} name */
  #field(name) {
    return /** @type {HTMLInputElement | HTMLSelectElement} */ (
      byId(`motion-${name}`, HTMLElement)
    );
  }
}
