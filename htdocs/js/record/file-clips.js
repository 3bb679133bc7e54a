// @ts-check
// Makes clips of files, one after another; shows how far it is, and lets the person give it up.
import { clipOf } from '../container/media-file.js';
import { notice } from '../ui/status.js';
import { byId, setText } from '../util/dom.js';
import { span } from '../util/format.js';
import { t } from '../util/i18n.js';

/** @typedef {import('../net/api.js').Settings} Settings */
/** @typedef {import('./recorder.js').Clip} Clip */

export class FileClips {
  #settings;
  #box = byId('file-fitting', HTMLElement);
  #bar = byId('file-fitting-bar', HTMLProgressElement);
  #name = byId('file-fitting-name', HTMLElement);
  #given = new AbortController();
  /** The file before. @type {Promise<unknown>} */
  #last = Promise.resolve();

  /** @param {Settings} settings */
  constructor(settings) {
    this.#settings = settings;
    byId('file-fitting-cancel', HTMLButtonElement).onclick = () => this.close();
  }

  /** Gives up what is being made. */
  close() {
    this.#given.abort();
    this.#given = new AbortController();
  }

  /** Makes a clip of a file; null: there is none, and the person has been told why. @param {File} file @returns {Promise<Clip | null>} */
  clipOf(file) {
    const made = this.#last.then(() => this.#make(file));
    this.#last = made.catch(() => {});
    return made;
  }

  /** @param {File} file */
  async #make(file) {
    const { name } = file;
    const length = span(this.#settings.limits.maxClipSizeSec);
    const onProgress = (/** @type {number} */ fraction) => this.#show(name, fraction);
    try {
      const { signal } = this.#given;
      const made = await clipOf(file, this.#settings, { onProgress, signal });
      if (typeof made === 'string') notice(t(made, { name, length }), 'error');
      if (!made || typeof made === 'string') return null;
      if (made.isCut) notice(t('file.cut', { name, length }), 'lasting');
      return made.clip;
    } catch (error) {
      console.warn('No clip came of the file:', error);
      notice(t('file.unplayable', { name }), 'error');
      return null;
    } finally {
      this.#box.hidden = true;
    }
  }

  /** @param {string} name @param {number} fraction */
  #show(name, fraction) {
    if (this.#box.hidden) setText(this.#name, t('file.fitting', { name }));
    this.#box.hidden = false;
    this.#bar.value = fraction;
  }
}
