// @ts-check
// The choice of microphone, camera and loudspeaker.
import {
  canChooseSpeaker,
  chooseDevice,
  chosenDevice,
  devices,
  isSoundLeft,
  leaveSound,
} from '../device/devices.js';
import { byId, make } from '../util/dom.js';
import { t } from '../util/i18n.js';

/** @typedef {import('../device/devices.js').Use} Use */

const USES = /** @type {const} */ (['audio', 'video', 'speaker']);

export class DevicesPanel {
  /** @type {(use: Use) => void} */
  onChoice = () => {};

  #listening = new AbortController();

  /** @param {boolean} allowVideo */
  constructor(allowVideo) {
    byId('device-video-field', HTMLElement).hidden = !allowVideo;
    byId('device-speaker-field', HTMLElement).hidden = !canChooseSpeaker();
    for (const use of USES) this.#bind(use);
    const left = byId('sound-as-is', HTMLInputElement);
    left.checked = isSoundLeft();
    left.onchange = () => {
      leaveSound(left.checked);
      this.onChoice('audio');
    };
    const { signal } = this.#listening;
    navigator.mediaDevices?.addEventListener?.('devicechange', () => this.refresh(), { signal });
    this.refresh();
  }

  /** Lists the devices; to be called again after a permission, which gives them names. */
  async refresh() {
    for (const use of USES) {
      const found = await devices(use);
      const options = found.map(({ id, name }, i) =>
        make('option', { value: id }, name || t('device.nameless', { n: i + 1 })),
      );
      const select = this.#select(use);
      select.replaceChildren(make('option', { value: '' }, t('device.default')), ...options);
      select.value = found.some(({ id }) => id === chosenDevice(use)) ? chosenDevice(use) : '';
    }
  }

  close() {
    this.#listening.abort();
  }

  /** @param {Use} use */
  #select(use) {
    return byId(`device-${use}`, HTMLSelectElement);
  }

  /** @param {Use} use */
  #bind(use) {
    const select = this.#select(use);
    select.onchange = () => {
      chooseDevice(use, select.value);
      this.onChoice(use);
    };
  }
}
