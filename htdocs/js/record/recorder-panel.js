// @ts-check
// The Recorder panel: shows the recorder's state and passes on what the person does.
import { notice } from '../ui/status.js';
import { byId, setText } from '../util/dom.js';
import { clock } from '../util/format.js';
import { hasWords, t } from '../util/i18n.js';
import { Choices } from './choices.js';
import { Limits } from './limits.js';
import { Preview } from './preview.js';
import { bindRecordButton } from './record-button.js';
import { RecordLabel } from './record-label.js';

/** @typedef {import('../net/api.js').Settings} Settings */
/** @typedef {import('./recorder.js').Recorder} Recorder */

const CLOCK_MS = 100;

const ui = () => ({
  panel: byId('recorder', HTMLElement),
  more: byId('record-more', HTMLButtonElement),
  time: byId('record-time', HTMLElement),
  level: byId('record-level', HTMLElement),
  problem: byId('recorder-problem', HTMLElement),
  description: byId('record-description', HTMLInputElement),
});

export class RecorderPanel {
  #ui = ui();
  #recorder;
  #choices;
  #limits;
  #label;
  #button;
  #preview = new Preview();
  #isOpen = false;
  /** A description that a file's name suggested. */
  #suggested = '';
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #ticking;

  /** @param {Settings} settings @param {Recorder} recorder */
  constructor(settings, recorder) {
    this.#recorder = recorder;
    this.clearDescription();
    this.#choices = new Choices(settings, recorder);
    this.#limits = new Limits(settings, () => recorder.cut('unattended'));
    this.#label = new RecordLabel(recorder, settings.limits.maxClipSizeSec);
    this.#button = this.#bindButton();
    recorder.onCut = (why) => {
      this.#limits.tell(why);
      this.#set({ isCut: this.#button.press.down });
    };
    this.#bindMore();
    this.showState('');
  }

  /** On a phone what belongs to a clip is shown when it is asked for. */
  #bindMore() {
    const { more, panel } = this.#ui;
    more.onclick = () => this.#showMore(panel.dataset.more !== 'true');
    this.#showMore(false);
  }

  /** @param {boolean} on */
  #showMore(on) {
    const { more, panel } = this.#ui;
    panel.dataset.more = String(on);
    more.setAttribute('aria-expanded', String(on));
  }

  #bindButton() {
    const recorder = this.#recorder;
    const running = () => ['starting', 'recording'].includes(recorder.state);
    return bindRecordButton({
      running,
      wanted: () => running() || recorder.isStartWanted,
      start: () => recorder.start(),
      stop: () => recorder.stop(),
      cancel: (why) => recorder.cancel(why),
      onLock: (locked) => this.#set({ locked }),
      onAway: (away) => this.#set({ away }),
      onRelease: () => this.#set({ away: false, isCut: false }),
    });
  }

  /** @param {{locked?: boolean, away?: boolean, isCut?: boolean}} changes */
  #set(changes) {
    this.#label.set(changes);
    this.#limits.watch(this.#label.locked && this.#recorder.isStreaming);
  }

  /** The recording that is about to begin goes on with no finger on the button. */
  lock() {
    this.#set({ locked: true });
  }

  get description() {
    return this.#ui.description.value.trim();
  }

  get pausePlayer() {
    return this.#choices.pausePlayer;
  }

  /** Fills in a description, unless the person has written one. @param {string} text */
  suggestDescription(text) {
    const { description } = this.#ui;
    if (description.value && description.value !== this.#suggested) return;
    description.value = this.#suggested = text.slice(0, description.maxLength);
  }

  /** What was suggested for one clip says nothing of the next. */
  dropSuggestion() {
    if (this.#ui.description.value === this.#suggested) this.clearDescription();
  }

  clearDescription() {
    this.#ui.description.value = this.#suggested = '';
  }

  close() {
    clearInterval(this.#ticking);
    this.#button.unbind();
    this.#limits.watch(false);
    this.#preview.show(null);
  }

  /** Clips are smaller than they might be, or as large as they may be again. @param {'slow' | 'saving' | ''} why */
  showBitrate(why) {
    this.#choices.showBitrate(why);
  }

  /** Says everything again, in the page's language. */
  translate() {
    this.#choices.translate();
    this.showState('');
  }

  /** Shows the recorder's state. @param {string} reason of a failure */
  showState(reason) {
    const { state, isStartWanted, isBusy } = this.#recorder;
    this.#ui.panel.dataset.state = state;
    this.#set({});
    this.#runClock(state === 'recording');
    this.#choices.lock(isBusy);
    this.#showOpen();
    // What was asked for is said; the conversation needs the room.
    if (state === 'recording') this.#showMore(false);
    this.#showProblem(reason);
    if (!['recording', 'starting'].includes(state) && !isStartWanted) this.#set({ locked: false });
    if (state === 'empty' && this.#choices.kind === 'video') this.#offerSound();
    if (state === 'idle' && reason === 'ready') this.#label.showReady();
  }

  /** @param {string} reason of a failure */
  #showProblem(reason) {
    const { problem } = this.#ui;
    const { state } = this.#recorder;
    const video = `mic.${state}Video`;
    const words = this.#choices.kind === 'video' && hasWords(video) ? video : `mic.${state}`;
    problem.hidden = !hasWords(words);
    setText(problem, hasWords(words) ? t(words, { reason }) : '');
  }

  /** This browser records no pictures, whatever it says. */
  #offerSound() {
    this.#choices.chooseSound();
    this.#recorder.reset();
    notice(t('record.noPicture'), 'error');
  }

  /** @param {boolean} on */
  #runClock(on) {
    clearInterval(this.#ticking);
    const show = () => {
      setText(this.#ui.time, clock(this.#recorder.seconds));
      if (on) this.#label.showHint();
    };
    if (on) this.#ticking = setInterval(show, CLOCK_MS);
    if (on || ['starting', 'idle'].includes(this.#recorder.state)) show();
  }

  /** The recorded clip's own length. @param {number} seconds */
  showLength(seconds) {
    setText(this.#ui.time, clock(seconds));
  }

  /** @param {number} level 0..1 */
  showLevel(level) {
    const percent = String(Math.round(level * 100));
    if (this.#ui.level.getAttribute('aria-valuenow') === percent) return;
    this.#ui.level.setAttribute('aria-valuenow', percent);
    this.#ui.level.style.setProperty('--level', String(level));
  }

  /** @param {MediaStream | null} stream */
  showStream(stream) {
    this.#preview.show(stream);
    this.#isOpen = stream !== null;
    this.#showOpen();
  }

  /** Says why the microphone is open while nothing is recorded. */
  #showOpen() {
    const at = byId('mic-open', HTMLElement);
    at.hidden = !this.#choices.keepsReady;
    // Its place is kept: what stands below would jump when the microphone opens.
    at.dataset.open = String(this.#isOpen && !this.#recorder.isBusy);
  }
}
