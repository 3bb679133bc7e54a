// @ts-check
// The Recorder's choices: what is recorded and what becomes of it, and in words what the limits are.
import { longestPiece, presetNames } from '../container/recording-formats.js';
import { byId, make, setText } from '../util/dom.js';
import { size, span } from '../util/format.js';
import { t } from '../util/i18n.js';
import { load, save } from '../util/storage.js';

/** @typedef {import('../net/api.js').Settings} Settings */
/** @typedef {import('./recorder.js').Recorder} Recorder */
/** @typedef {import('./recorder.js').Options} Options */

const ui = () => ({
  kind: byId('record-kind', HTMLSelectElement),
  mode: byId('record-mode', HTMLSelectElement),
  chunk: byId('record-chunk', HTMLInputElement),
  preset: byId('record-preset', HTMLSelectElement),
  pausePlayer: byId('record-pause-player', HTMLInputElement),
  ready: byId('record-ready', HTMLInputElement),
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
    // Where people talk live the first word must not wait; elsewhere a microphone is open when it is needed.
    keepReady: load('keepReady', allowStream && onRecorded === 'upload'),
  };
}

export class Choices {
  #ui = ui();
  #settings;
  #recorder;
  /** Why clips are smaller than they might be. @type {'slow' | 'saving' | ''} */
  #bitrateNote = '';

  /** @param {Settings} settings @param {Recorder} recorder */
  constructor(settings, recorder) {
    this.#settings = settings;
    this.#recorder = recorder;
    this.#fill(firstOptions(settings));
    this.#bind();
  }

  /** @returns {'audio' | 'video'} */
  get kind() {
    return this.#ui.kind.value === 'video' ? 'video' : 'audio';
  }

  get pausePlayer() {
    return this.#ui.pausePlayer.checked;
  }

  /** Whether the microphone stays open between recordings. */
  get keepsReady() {
    return this.#ui.ready.checked;
  }

  /** A recording ends as it began. @param {boolean} on */
  lock(on) {
    const { kind, mode, chunk, preset } = this.#ui;
    for (const field of [kind, chunk, preset]) field.disabled = on;
    mode.disabled = on || !this.#settings.allowStream;
  }

  /** Records sound alone from now on. */
  chooseSound() {
    this.#ui.kind.value = 'audio';
    this.#choose();
  }

  /** Clips are smaller than they might be, or as large as they may be again. @param {'slow' | 'saving' | ''} why */
  showBitrate(why) {
    this.#bitrateNote = why;
    this.#show();
  }

  /** Says everything again, in the page's language. */
  translate() {
    const options = presetNames.map((value) => make('option', { value }, t(`preset.${value}`)));
    const { preset } = this.#ui;
    const { value } = preset;
    preset.replaceChildren(...options);
    preset.value = value;
    this.#show();
  }

  /** @param {Options} options */
  #fill(options) {
    const { allowVideo, allowStream } = this.#settings;
    const { kind, mode, chunk, preset, ready, pausePlayer } = this.#ui;
    kind.value = options.kind;
    mode.value = options.mode;
    chunk.value = String(options.pieceSec);
    this.translate();
    preset.value = options.preset;
    ready.checked = options.keepReady;
    pausePlayer.checked = load('pausePlayer', true);
    byId('record-kind-field', HTMLElement).hidden = !allowVideo;
    byId('record-mode-field', HTMLElement).hidden = !allowStream;
  }

  #bind() {
    const { kind, mode, chunk, preset, ready, pausePlayer } = this.#ui;
    for (const field of [kind, mode, chunk, preset]) field.onchange = () => this.#choose();
    ready.onchange = () => this.#keepReady();
    byId('mic-release', HTMLButtonElement).onclick = () => {
      ready.checked = false;
      this.#keepReady();
    };
    pausePlayer.onchange = () => save('pausePlayer', pausePlayer.checked);
  }

  #keepReady() {
    save('keepReady', this.#ui.ready.checked);
    this.#choose();
  }

  #choose() {
    const { mode, chunk, preset, ready } = this.#ui;
    const { maxClipSizeSec, maxBlobBytes } = this.#settings.limits;
    const longest = longestPiece(maxBlobBytes, this.kind);
    const wanted = Math.round(Number(chunk.value)) || maxClipSizeSec;
    const pieceSec = Math.min(Math.max(longest, maxClipSizeSec), Math.max(1, wanted));
    chunk.value = String(pieceSec);
    save('preset', preset.value);
    this.#recorder.configure({
      kind: this.kind,
      mode: mode.value === 'upload' ? 'upload' : 'stop',
      streaming: this.#isStreaming,
      pieceSec,
      preset: preset.value,
      keepReady: ready.checked,
    });
    if (ready.checked) this.#recorder.warmUp();
    this.#show();
  }

  get #isStreaming() {
    return this.#settings.allowStream && this.#ui.mode.value === 'upload';
  }

  /** Shows only the fields that mean something now, and the limits in words. */
  #show() {
    const isVideo = this.kind === 'video';
    byId('record-chunk-field', HTMLElement).hidden = !this.#isStreaming;
    byId('record-preset-field', HTMLElement).hidden = !isVideo;
    byId('record-preview-field', HTMLElement).hidden = !isVideo;
    setText(this.#ui.limits, this.#limits().join(' '));
  }

  /** The thread's limits, a sentence each. */
  #limits() {
    const { maxClipSizeSec, maxBlobBytes, maxClipCount, clipLifetimeSec } = this.#settings.limits;
    const words = [
      this.#isStreaming
        ? t('record.streaming', { length: span(Number(this.#ui.chunk.value)) })
        : t('record.limits', { length: span(maxClipSizeSec), size: size(maxBlobBytes) }),
    ];
    if (maxClipCount > 0) words.push(t('record.count', { count: maxClipCount }));
    if (clipLifetimeSec > 0) words.push(t('record.lifetime', { length: span(clipLifetimeSec) }));
    if (this.#bitrateNote) words.push(t(`record.${this.#bitrateNote}`));
    return words;
  }
}
