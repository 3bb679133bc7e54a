// @ts-check
// The Recorder panel: shows the recorder's state and passes on what the person does.
import { longestPiece, presetNames } from '../container/recording-formats.js';
import { signal } from '../device/signal.js';
import { notice } from '../ui/status.js';
import { byId, extras, make, setText } from '../util/dom.js';
import { clock, size, span } from '../util/format.js';
import { hasWords, t } from '../util/i18n.js';
import { load, save } from '../util/storage.js';
import { CLICK_MS } from './press.js';
import { bindRecordButton } from './record-button.js';
import { Unattended } from './unattended.js';

/** @typedef {import('../net/api.js').Settings} Settings */
/** @typedef {import('./recorder.js').Recorder} Recorder */
/** @typedef {import('./recorder.js').Options} Options */

const CLOCK_MS = 100;
/** So long before its limit, at most, a recording counts down. */
const COUNTDOWN_SEC = 10;
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
  showPreview: byId('record-show-preview', HTMLInputElement),
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
    preset: load('preset', 'auto'),
    halvings: 0,
    keepReady: load('keepReady', true),
  };
}

export class RecorderPanel {
  #ui = ui();
  #settings;
  #recorder;
  #locked = false;
  /** Letting go now gives the recording up. */
  #away = false;
  /** The recording ended by itself, and the button is still held. */
  #isCut = false;
  /** A description that a file's name suggested. */
  #suggested = '';
  /** @type {MediaStream | null} */
  #stream = null;
  #unattended;
  /** Why clips are smaller than they might be, in words. */
  #bitrateNote = '';
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #ticking;
  #button;

  /** @param {Settings} settings @param {Recorder} recorder */
  constructor(settings, recorder) {
    this.#settings = settings;
    this.#recorder = recorder;
    this.#fill(firstOptions(settings));
    this.#bind();
    this.#unattended = this.#watchStream(settings.streamIdleS);
    const running = () => ['starting', 'recording'].includes(recorder.state);
    this.#button = bindRecordButton({
      running,
      wanted: () => running() || recorder.isStartWanted,
      start: () => recorder.start(),
      stop: () => recorder.stop(),
      cancel: (why) => recorder.cancel(why),
      onLock: (locked) => this.#set({ locked }),
      onAway: (away) => this.#set({ away }),
      onRelease: () => this.#set({ away: false, isCut: false }),
    });
    recorder.onCut = (why) => this.#showCut(why);
    this.showState('');
  }

  /** @param {{locked?: boolean, away?: boolean, isCut?: boolean}} changes */
  #set({ locked = this.#locked, away = this.#away, isCut = this.#isCut }) {
    this.#locked = locked;
    this.#away = away;
    this.#isCut = isCut;
    this.#showButton();
  }

  /** @param {number} limitSec */
  #watchStream(limitSec) {
    const unattended = new Unattended(limitSec);
    unattended.onWarn = (seconds) => {
      signal();
      notice(t('record.unattended', { length: span(Math.round(seconds)) }), 'lasting');
    };
    unattended.onReturn = () => notice('');
    unattended.onEnd = () => this.#recorder.cut('unattended');
    return unattended;
  }

  /** The recording ends by itself: that is heard, read, and seen on the button. @param {import('./recorder.js').Cut} why */
  #showCut(why) {
    const { limits, streamIdleS } = this.#settings;
    const length = span(why === 'unattended' ? streamIdleS : limits.maxClipSizeSec);
    signal();
    notice(t(`cut.${why}`, { length }), why === 'limit' ? 'lasting' : 'error');
    this.#set({ isCut: this.#button.press.down });
  }

  /** The recording that is about to begin goes on with no finger on the button. */
  lock() {
    this.#set({ locked: true });
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
    this.#unattended.watch(false);
    this.showStream(null);
  }

  /** @param {Options} options */
  #fill(options) {
    const { allowVideo, allowStream, showMore } = this.#settings;
    const { kind, mode, chunk, preset, ready, pausePlayer, showPreview } = this.#ui;
    kind.value = options.kind;
    mode.value = options.mode;
    preset.replaceChildren(
      ...presetNames.map((name) => make('option', { value: name }, presetWords(name))),
    );
    showPreview.checked = load('preview', true);
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
    const { showPreview } = this.#ui;
    showPreview.onchange = () => {
      save('preview', showPreview.checked);
      this.showStream(this.#stream);
    };
  }

  #choose() {
    const { kind, mode, chunk, preset, ready } = this.#ui;
    const { maxClipSizeSec, maxBlobBytes } = this.#settings.limits;
    const longest = longestPiece(maxBlobBytes, kind.value === 'video' ? 'video' : 'audio');
    const wanted = Math.round(Number(chunk.value)) || maxClipSizeSec;
    const pieceSec = Math.min(Math.max(longest, maxClipSizeSec), Math.max(1, wanted));
    chunk.value = String(pieceSec);
    save('keepReady', ready.checked);
    save('preset', preset.value);
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
    byId('record-preview-field', HTMLElement).hidden = kind.value !== 'video';
    const words = [
      streaming
        ? t('record.streaming', { length: span(Number(chunk.value)) })
        : t('record.limits', { length, size: size(limits.maxBlobBytes) }),
    ];
    if (limits.maxClipCount > 0) words.push(t('record.count', { count: limits.maxClipCount }));
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
    if (!['recording', 'starting'].includes(state) && !isStartWanted) this.#set({ locked: false });
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
    const { label, panel } = this.#ui;
    const { state, isStreaming } = this.#recorder;
    panel.dataset.locked = String(this.#locked);
    panel.dataset.away = String(this.#away);
    setText(label, this.#label(state));
    this.#showHint();
    this.#unattended.watch(this.#locked && isStreaming);
  }

  #showHint() {
    const { state, secondsLeft } = this.#recorder;
    const { maxClipSizeSec } = this.#settings.limits;
    const { hint, panel } = this.#ui;
    const isEnding = secondsLeft <= Math.min(COUNTDOWN_SEC, maxClipSizeSec / 3);
    panel.dataset.ending = String(isEnding);
    const click = span(CLICK_MS / 1000);
    if (isEnding)
      setText(hint, t('record.ending', { seconds: Math.max(0, Math.ceil(secondsLeft)) }));
    else if (state === 'uploading') setText(hint, t('record.uploading'));
    else if (state !== 'recording') setText(hint, t(HINT, { click }));
    else setText(hint, t(this.#locked ? 'record.hintLocked' : 'record.hintHeld'));
  }

  /** @param {string} state */
  #label(state) {
    if (this.#isCut) return t('record.ended');
    if (this.#away) return t('record.away');
    if (state === 'starting') return t('record.starting');
    if (state === 'recording') return t(this.#locked ? 'record.stop' : 'record.release');
    if (state === 'stopping') return t('record.stopping');
    return t(state === 'recorded' ? 'record.again' : 'record');
  }

  /** @param {boolean} on */
  #runClock(on) {
    clearInterval(this.#ticking);
    const show = () => {
      setText(this.#ui.time, clock(this.#recorder.seconds));
      if (on) this.#showHint();
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
    const { preview, showPreview } = this.#ui;
    this.#stream = stream;
    const isWanted = showPreview.checked && stream?.getVideoTracks().length;
    const picture = isWanted ? stream : null;
    preview.hidden = !picture;
    preview.srcObject = picture;
    preview.muted = true;
    if (picture) preview.play().catch(() => {});
  }
}

/** @param {string} name of a preset */
function presetWords(name) {
  const key = `preset.${name}`;
  // Sizes read the same in every language.
  return hasWords(key) ? t(key) : name.replace('x', ' × ').replace('@', ', ') + ' fps';
}
