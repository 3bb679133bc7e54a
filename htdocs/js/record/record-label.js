// @ts-check
// What RECORD says while it is pressed, held or let go, and the line beside it.
import { byId, setText } from '../util/dom.js';
import { t } from '../util/i18n.js';

/** @typedef {import('./recorder.js').Recorder} Recorder */

/** So long before its limit, at most, a recording counts down. */
const COUNTDOWN_SEC = 10;
/** A phone has no space bar to speak of. */
const HINT = matchMedia('(hover: none)').matches ? 'record.hintTouch' : 'record.hint';

const ui = () => ({
  panel: byId('recorder', HTMLElement),
  label: byId('record-label', HTMLElement),
  hint: byId('record-hint', HTMLElement),
});

export class RecordLabel {
  #ui = ui();
  #recorder;
  #maxClipSizeSec;
  /** The recording goes on with no finger on the button. */
  #locked = false;
  /** Letting go now gives the recording up. */
  #away = false;
  /** The recording ended by itself, and the button is still held. */
  #isCut = false;

  /** @param {Recorder} recorder @param {number} maxClipSizeSec */
  constructor(recorder, maxClipSizeSec) {
    this.#recorder = recorder;
    this.#maxClipSizeSec = maxClipSizeSec;
  }

  get locked() {
    return this.#locked;
  }

  /** @param {{locked?: boolean, away?: boolean, isCut?: boolean}} changes */
  set({ locked = this.#locked, away = this.#away, isCut = this.#isCut }) {
    this.#locked = locked;
    this.#away = away;
    this.#isCut = isCut;
    this.show();
  }

  show() {
    const { label, panel } = this.#ui;
    panel.dataset.locked = String(this.#locked);
    panel.dataset.away = String(this.#away);
    setText(label, this.#words(this.#recorder.state));
    this.showHint();
  }

  showHint() {
    const { state, secondsLeft } = this.#recorder;
    const { hint, panel } = this.#ui;
    const isEnding = secondsLeft <= Math.min(COUNTDOWN_SEC, this.#maxClipSizeSec / 3);
    panel.dataset.ending = String(isEnding);
    if (isEnding)
      setText(hint, t('record.ending', { seconds: Math.max(0, Math.ceil(secondsLeft)) }));
    else if (state === 'uploading') setText(hint, t('record.uploading'));
    else if (state !== 'recording') setText(hint, t(HINT));
    else setText(hint, t(this.#locked ? 'record.hintLocked' : 'record.hintHeld'));
  }

  /** The microphone is open, and the next press records at once. */
  showReady() {
    setText(this.#ui.hint, t('record.hintReady'));
  }

  /** @param {string} state */
  #words(state) {
    if (this.#isCut) return t('record.ended');
    if (this.#away) return t('record.away');
    if (state === 'starting') return t('record.starting');
    if (state === 'recording') return t(this.#locked ? 'record.stop' : 'record.release');
    if (state === 'stopping') return t('record.stopping');
    return t(state === 'recorded' ? 'record.again' : 'record');
  }
}
