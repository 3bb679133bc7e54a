// @ts-check
// Recordings and files that wait for their maker's decision: one in the recorder, the others in the list “Not sent yet”.
// Each is stored as soon as it is there; none goes away by pressing, choosing or leaving something else.
import { notice } from '../ui/status.js';
import { t } from '../util/i18n.js';
import { newUploadId } from '../util/names.js';
import { RecordedPanel } from './recorded.js';

/** @typedef {import('./recorder.js').Clip} Clip */
/** @typedef {import('./recorder.js').Recorder} Recorder */
/** @typedef {import('./recorder-panel.js').RecorderPanel} RecorderPanel */
/** @typedef {import('./uploads.js').Uploads} Uploads */
/** @typedef {{uploadId: string, clip: Clip, description: string}} Draft */

export class Drafts {
  #recorder;
  #panel;
  #uploads;
  #fileClips;
  #recorded;
  /** The one in the recorder. @type {Draft | null} */
  #current = null;
  /** The one that was there when the recording that runs began. @type {Draft | null} */
  #earlier = null;
  /** Files that were chosen together, and come one after another. @type {Draft[]} */
  #next = [];

  /**
   * @param {Recorder} recorder @param {RecorderPanel} panel @param {Uploads} uploads
   * @param {import('./file-clips.js').FileClips} fileClips
   * @param {(on: boolean) => void} onPlaying others are to be silent while one listens to a draft
   */
  constructor(recorder, panel, uploads, fileClips, onPlaying) {
    this.#fileClips = fileClips;
    this.#recorder = recorder;
    this.#panel = panel;
    this.#uploads = uploads;
    this.#recorded = new RecordedPanel({
      upload: () => this.upload(),
      discard: () => this.discard(),
    });
    this.#recorded.onPlaying = onPlaying;
    recorder.onCancelled = (clip, why) => this.#cancelled(clip, why);
    uploads.onListen = (draft) => this.#offer(draft);
  }

  /** Whether one waits in the recorder. */
  get isWaiting() {
    return !!this.#current;
  }

  /** The recorder has another state. */
  show() {
    const { clip, state } = this.#recorder;
    if (state === 'recorded' || state === 'uploading') this.#earlier = null;
    if (clip !== (this.#current?.clip ?? null)) this.#changed(clip);
    const wrong = clip && this.#uploads.refusal(clip);
    this.#recorded.show(clip, clip ? this.#uploads.nameOf(clip) : '', !wrong);
    if (clip) this.#panel.showLength(clip.duration);
    if (wrong) notice(wrong.said, 'error');
  }

  /** Sends the one in the recorder. */
  upload() {
    const draft = this.#take();
    if (!draft) return;
    this.#uploads.send(draft.clip, this.#panel.description, draft.uploadId);
    this.#recorder.clip = null;
    this.#recorder.uploading();
    this.#offerNext();
  }

  /** Throws the one in the recorder away, and offers to take that back. */
  discard() {
    const draft = this.#take();
    if (!draft) return;
    draft.description = this.#panel.description;
    this.#uploads.discard(draft.uploadId);
    this.#panel.dropSuggestion();
    this.#recorder.reset();
    this.#offerUndo('draft.discarded', draft);
    this.#offerNext();
  }

  /** Files become clips, in their order; the first goes into the recorder, if that is free. @param {File[]} files */
  async take(files) {
    let taken = 0;
    for (const file of files) {
      const clip = await this.#fileClips.clipOf(file);
      if (!clip) continue;
      const draft = { uploadId: newUploadId(), clip, description: nameOf(file) };
      await this.#uploads.keepDraft(draft);
      this.#next.push(draft);
      if (taken === 0 && !this.#recorder.isBusy) this.#offerNext();
      taken += 1;
    }
    if (taken > 1 || this.#next.length) notice(t('draft.files', { count: taken }));
  }

  close() {
    this.#putAside();
    this.#recorded.show(null, '', false);
  }

  /** @param {Clip | null} clip that is in the recorder now */
  #changed(clip) {
    if (this.#current) this.#earlier = this.#putAside();
    if (!clip) return;
    this.#current = { uploadId: newUploadId(), clip, description: this.#panel.description };
    this.#uploads.keepDraft(this.#current, true);
  }

  /** The one in the recorder makes room for another, and stays in the list. */
  #putAside() {
    const description = this.#panel.description;
    const draft = this.#take();
    if (!draft) return null;
    this.#panel.dropSuggestion();
    this.#uploads.keepDraft({ ...draft, description });
    return { ...draft, description };
  }

  /** The one in the recorder, which is there no longer. */
  #take() {
    const draft = this.#current;
    this.#current = null;
    this.#uploads.hideDraft('');
    return draft;
  }

  /** Puts one into the recorder, if that is free. @param {Draft} draft */
  #offer(draft) {
    if (this.#recorder.isBusy) return void this.#uploads.keepDraft(draft);
    this.#putAside();
    this.#current = draft;
    this.#uploads.keepDraft(draft, true);
    this.#panel.suggestDescription(draft.description);
    this.#recorder.offer(draft.clip);
  }

  #offerNext() {
    const draft = this.#next.shift();
    if (draft) this.#offer(draft);
  }

  /** @param {Clip | null} clip @param {string} why */
  #cancelled(clip, why) {
    const earlier = this.#earlier;
    this.#earlier = null;
    if (earlier) this.#offer(earlier);
    if (why === 'short') return notice(t('record.tooShort'));
    if (clip)
      this.#offerUndo('record.cancelled', { uploadId: newUploadId(), clip, description: '' });
    else if (why) notice(t('record.cancelled'));
  }

  /** @param {'draft.discarded' | 'record.cancelled'} words @param {Draft} draft */
  #offerUndo(words, draft) {
    notice(t(words), 'info', { label: t('undo'), act: () => this.#offer(draft) });
  }
}

/** A file's name as a description. @param {File} file */
const nameOf = ({ name }) => name.replace(/\.\w+$/, '');
