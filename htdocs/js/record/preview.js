// @ts-check
// The person's own picture, which one may do without.
import { byId } from '../util/dom.js';
import { load, save } from '../util/storage.js';

export class Preview {
  #picture = byId('record-preview', HTMLVideoElement);
  #wanted = byId('record-show-preview', HTMLInputElement);
  /** @type {MediaStream | null} */
  #stream = null;

  constructor() {
    this.#wanted.checked = load('preview', true);
    this.#wanted.onchange = () => {
      save('preview', this.#wanted.checked);
      this.show(this.#stream);
    };
  }

  /** @param {MediaStream | null} stream */
  show(stream) {
    const preview = this.#picture;
    this.#stream = stream;
    const isWanted = this.#wanted.checked && stream?.getVideoTracks().length;
    const picture = isWanted ? stream : null;
    preview.hidden = !picture;
    preview.srcObject = picture;
    preview.muted = true;
    if (picture) preview.play().catch(() => {});
  }
}
