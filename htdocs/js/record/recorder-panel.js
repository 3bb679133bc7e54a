// @ts-check
// The Recorder panel: shows the recorder's state and passes on what the person does.
import { byId, extras, setText } from '../util/dom.js';
import { notice } from '../ui/status.js';
import { clock, size, span } from '../util/format.js';
import { hasWords, t } from '../util/i18n.js';
import { load, save } from '../util/storage.js';
import { bindRecordButton } from './record-button.js';

/** @typedef {import('../net/api.js').Settings} Settings */
/** @typedef {import('./recorder.js').Recorder} Recorder */
/** @typedef {import('./recorder.js').Options} Options */

const CLOCK_MS = 100;
/** A phone has no space bar to speak of. */
const HINT = matchMedia('(hover: none)').matches ? 'record.hintTouch' : 'record.hint';

const ui = () => ({
  panel: byId('recorder', HTMLElement),
  label: byId('record-label', HTMLElement),
  hint: byId('record-hint', HTMLElement),
  time: byId('record-time', HTMLElement),
  level: byId('record-level', HTMLElement),
  problem: byId('recorder-problem', HTMLElement),
  preview: byId('record-preview', HTMLVideoElement),
  kind: byId('record-kind', HTMLSelectElement),
  mode: byId('record-mode', HTMLSelectElement),
  chunk: byId('record-chunk', HTMLInputElement),
  preset: byId('record-preset', HTMLSelectElement),
  pausePlayer: byId('record-pause-player', HTMLInputElement),
  ready: byId('record-ready', HTMLInputElement),
  description: byId('record-description', HTMLInputElement),
  limits: byId('record-limits', HTMLElement),
});

/** What the thread's settings make of the choices at first. @param {Settings} settings @returns {Options} */
export function firstOptions({ allowVideo, videoOn, onRecorded, allowStream, limits }) {
  return {
    kind: allowVideo && videoOn ? 'video' : 'audio',
    mode: onRecorded,
    streaming: allowStream && onRecorded === 'upload',
    pieceSec: limits.maxClipSizeSec,
    preset: 'small',
    halvings: 0,
    keepReady: load('keepReady', true),
  };
}

export class RecorderPanel {
  #ui = ui();
  #settings;
  #recorder;
  #locked = false;
  /** Why clips are smaller than they might be, in words. */
  #bitrateNote = '';
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #ticking;
  #unbind;

  /** @param {Settings} settings @param {Recorder} recorder */
  constructor(settings, recorder) {
    this.#settings = settings;
    this.#recorder = recorder;
    this.#fill(firstOptions(settings));
    this.#bind();
    this.#unbind = bindRecordButton({
      running: () => ['starting', 'recording'].includes(recorder.state),
      start: () => recorder.start(),
      stop: () => recorder.stop(),
      onLock: (locked) => {
        this.#locked = locked;
        this.#showButton();
      },
    });
    this.showState('');
  }

  /** The recording that is about to begin goes on with no finger on the button. */
  lock() {
    this.#locked = true;
    this.#showButton();
  }

  get description() {
    return this.#ui.description.value.trim();
  }

  get pausePlayer() {
    return this.#ui.pausePlayer.checked;
  }

  /** Fills in a description, unless the person has written one. @param {string} text */
  suggestDescription(text) {
    const { description } = this.#ui;
    description.value ||= text.slice(0, description.maxLength);
  }

  clearDescription() {
    this.#ui.description.value = '';
  }

  close() {
    clearInterval(this.#ticking);
    this.#unbind();
    this.showStream(null);
  }

  /** @param {Options} options */
  #fill(options) {
    const { allowVideo, allowStream, limits, showMore } = this.#settings;
    const { kind, mode, chunk, preset, ready, pausePlayer } = this.#ui;
    kind.value = options.kind;
    mode.value = options.mode;
    chunk.max = String(limits.maxClipSizeSec);
    chunk.value = String(options.pieceSec);
    preset.value = options.preset;
    ready.checked = options.keepReady;
    pausePlayer.checked = load('pausePlayer', true);
    byId('record-kind-field', HTMLElement).hidden = !allowVideo;
    byId('record-mode-field', HTMLElement).hidden = !allowStream;
    this.clearDescription();
    extras(byId('recorder-extras', HTMLElement), showMore);
    this.#showChoices();
  }

  #bind() {
    const { kind, mode, chunk, preset, ready, pausePlayer } = this.#ui;
    for (const field of [kind, mode, chunk, preset, ready]) field.onchange = () => this.#choose();
    pausePlayer.onchange = () => save('pausePlayer', pausePlayer.checked);
  }

  #choose() {
    const { kind, mode, chunk, preset, ready } = this.#ui;
    const longest = this.#settings.limits.maxClipSizeSec;
    const pieceSec = Math.min(longest, Math.max(1, Math.round(Number(chunk.value)) || longest));
    chunk.value = String(pieceSec);
    save('keepReady', ready.checked);
    this.#recorder.configure({
      kind: kind.value === 'video' ? 'video' : 'audio',
      mode: mode.value === 'upload' ? 'upload' : 'stop',
      streaming: this.#settings.allowStream && mode.value === 'upload',
      pieceSec,
      preset: preset.value,
      keepReady: ready.checked,
    });
    if (ready.checked) this.#recorder.warmUp();
    this.#showChoices();
  }

  /** Clips are smaller than they might be, or as large as they may be again. @param {'slow' | 'saving' | ''} why */
  showBitrate(why) {
    this.#bitrateNote = why && t(`record.${why}`);
    this.#showChoices();
  }

  /** Shows only the fields that mean something now, and the limits in words. */
  #showChoices() {
    const { kind, mode, chunk } = this.#ui;
    const { allowStream, limits } = this.#settings;
    const streaming = allowStream && mode.value === 'upload';
    byId('record-chunk-field', HTMLElement).hidden = !streaming;
    byId('record-preset-field', HTMLElement).hidden = kind.value !== 'video';
    const length = span(limits.maxClipSizeSec);
    const words = [
      streaming
        ? t('record.streaming', { length: span(Number(chunk.value)) })
        : t('record.limits', { length, size: size(limits.maxBlobBytes) }),
    ];
    if (limits.clipLifetimeSec > 0) {
      words.push(t('record.lifetime', { length: span(limits.clipLifetimeSec) }));
    }
    if (this.#bitrateNote) words.push(this.#bitrateNote);
    setText(this.#ui.limits, words.join(' '));
  }

  /** Shows the recorder's state. @param {string} reason of a failure */
  showState(reason) {
    const { panel, problem, kind } = this.#ui;
    const { state, isStartWanted } = this.#recorder;
    panel.dataset.state = state;
    this.#showButton();
    this.#runClock(state === 'recording');
    this.#lockChoices(this.#recorder.isBusy);
    const video = `mic.${state}Video`;
    const words = kind.value === 'video' && hasWords(video) ? video : `mic.${state}`;
    problem.hidden = !hasWords(words);
    setText(problem, hasWords(words) ? t(words, { reason }) : '');
    if (!['recording', 'starting'].includes(state) && !isStartWanted) this.#locked = false;
    if (state === 'empty' && kind.value === 'video') this.#offerSound();
    if (state === 'idle' && reason === 'ready') setText(this.#ui.hint, t('record.hintReady'));
  }

  /** This browser records no pictures, whatever it says. */
  #offerSound() {
    this.#ui.kind.value = 'audio';
    this.#choose();
    notice(t('record.noPicture'), 'error');
  }

  /** A recording ends as it began. @param {boolean} on */
  #lockChoices(on) {
    const { kind, mode, chunk, preset } = this.#ui;
    for (const field of [kind, chunk, preset]) field.disabled = on;
    mode.disabled = on || !this.#settings.allowStream;
  }

  #showButton() {
    const { label, hint, panel } = this.#ui;
    const { state } = this.#recorder;
    panel.dataset.locked = String(this.#locked);
    setText(label, this.#label(state));
    const locked = this.#locked && state === 'recording';
    const busy = state === 'uploading' ? 'record.uploading' : HINT;
    setText(hint, t(locked ? 'record.hintLocked' : busy));
  }

  /** @param {string} state */
  #label(state) {
    if (state === 'starting') return t('record.starting');
    if (state === 'recording') return t(this.#locked ? 'record.stop' : 'record.release');
    if (state === 'stopping') return t('record.stopping');
    return t(state === 'recorded' ? 'record.again' : 'record');
  }

  /** @param {boolean} on */
  #runClock(on) {
    clearInterval(this.#ticking);
    const show = () => setText(this.#ui.time, clock(this.#recorder.seconds));
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
    const { preview } = this.#ui;
    const picture = stream?.getVideoTracks().length ? stream : null;
    preview.hidden = !picture;
    preview.srcObject = picture;
    preview.muted = true;
    if (picture) preview.play().catch(() => {});
  }
}
