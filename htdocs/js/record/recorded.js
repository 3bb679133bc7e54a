// @ts-check
// What one can do with a clip that was recorded and not yet sent.
import { byId } from '../util/dom.js';
import { t } from '../util/i18n.js';

/** @typedef {import('./recorder.js').Clip} Clip */

export class RecordedPanel {
  #box = byId('recorded', HTMLElement);
  #play = byId('recorded-play', HTMLButtonElement);
  #upload = byId('recorded-upload', HTMLButtonElement);
  #download = byId('recorded-download', HTMLAnchorElement);
  #sound = document.createElement('video');
  #url = '';
  /** Asks that others be silent while the clip is tried. @type {(playing: boolean) => void} */
  onPlaying = () => {};

  /** @param {{upload: () => void, discard: () => void}} actions */
  constructor({ upload, discard }) {
    this.#upload.onclick = upload;
    byId('recorded-discard', HTMLButtonElement).onclick = discard;
    this.#play.onclick = () => (this.#sound.paused ? this.#listen() : this.#silence());
    this.#sound.onended = () => this.#silence();
    this.#sound.playsInline = true;
    this.#sound.className = 'preview';
  }

  /** Shows a clip, or nothing. @param {Clip | null} clip @param {string} name for saving it @param {boolean} mayUpload */
  show(clip, name, mayUpload) {
    this.#silence();
    URL.revokeObjectURL(this.#url);
    this.#sound.removeAttribute('src');
    this.#sound.remove();
    // The buttons go away: what has the focus must not go with them.
    const focused = this.#box.contains(document.activeElement);
    this.#box.hidden = !clip;
    if (focused && !clip) byId('record', HTMLElement).focus({ preventScroll: true });
    if (!clip) return;
    this.#url = URL.createObjectURL(clip.blob);
    this.#sound.src = this.#url;
    this.#download.href = this.#url;
    this.#download.download = name;
    this.#upload.disabled = !mayUpload;
    if (clip.mime.startsWith('video')) this.#box.before(this.#sound);
  }

  #listen() {
    this.#play.textContent = t('recorded.stop');
    this.#sound.currentTime = 0;
    this.#sound.play().catch(() => this.#silence());
    this.onPlaying(true);
  }

  #silence() {
    this.#play.textContent = t('recorded.play');
    this.#sound.pause();
    this.onPlaying(false);
  }
}
