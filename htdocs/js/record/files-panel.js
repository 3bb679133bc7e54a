// @ts-check
// Files become clips: chosen, dropped anywhere on the page, or pasted.
import { byId } from '../util/dom.js';

/** Whether something that is dragged or pasted has files in it. @param {DataTransfer | null} data */
const hasFiles = (data) => data?.types.includes('Files') ?? false;

export class FilesPanel {
  #input = byId('file', HTMLInputElement);
  #target = byId('drop-target', HTMLElement);
  #listening = new AbortController();

  /** @param {(files: File[]) => void} take gets at least one */
  constructor(take) {
    const input = this.#input;
    // Some hosts' systems don't know what these are.
    input.accept = 'audio/*,video/*,.weba,.opus,.mkv,.m4v,.3gp';
    byId('file-choose', HTMLButtonElement).onclick = () => input.click();
    input.onchange = () => {
      const files = [...(input.files ?? [])];
      input.value = ''; // The same file may be chosen again.
      if (files.length) take(files);
    };
    this.#listen(take);
  }

  close() {
    this.#listening.abort();
    this.#target.hidden = true;
  }

  /** @param {(files: File[]) => void} take */
  #listen(take) {
    const { signal } = this.#listening;
    const on = (/** @type {string} */ type, /** @type {(event: any) => void} */ act) =>
      document.addEventListener(type, act, { signal });
    const drag = (/** @type {boolean} */ over) => (/** @type {DragEvent} */ event) => {
      if (!hasFiles(event.dataTransfer)) return;
      // Without this the browser would leave the page and open the file.
      event.preventDefault();
      this.#target.hidden = !over;
    };
    on('dragenter', drag(true));
    on('dragover', drag(true));
    on('dragleave', (/** @type {DragEvent} */ event) => {
      if (!event.relatedTarget) this.#target.hidden = true;
    });
    on('drop', (/** @type {DragEvent} */ event) => {
      drag(false)(event);
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.length) take(files);
    });
    on('paste', (/** @type {ClipboardEvent} */ event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (!files.length) return;
      event.preventDefault();
      take(files);
    });
  }
}
