// @ts-check
// The recorder: from the microphone to finished clips. No DOM; panels set the callbacks.
import {
  closeStream,
  isAllowed,
  isLive,
  MicrophoneError,
  openMicrophone,
} from '../device/microphone.js';
import { planRecording, presets } from '../container/recording-formats.js';
import { canCut, Segmenter } from './segmenter.js';
import { WholeRecording } from './whole-recording.js';

/** @typedef {import('../device/microphone.js').Refusal} Refusal */
/**
 * idle: ready. starting: waiting for the microphone. recording: what is said now is in the clip. stopping: the blob is
 * being finished. recorded: a clip waits for the person's decision. uploading: it is on its way. The rest: why not; empty:
 * the browser's recorder runs and gives nothing.
 * @typedef {'idle' | 'starting' | 'recording' | 'stopping' | 'recorded' | 'uploading' | 'unsupported' | 'lost' | 'empty' | Refusal} State
 */
/** @typedef {{blob: Blob, duration: number, startedAt: Date, mime: string, ext: string}} Clip */
/**
 * Why a recording ended by itself. limit: it has its longest length. lost: the microphone is gone. broken: the browser can't
 * go on. unattended: nobody has touched the page for long.
 * @typedef {'limit' | 'lost' | 'broken' | 'unattended'} Cut
 */
/**
 * @typedef {object} Options
 * @property {'audio' | 'video'} kind
 * @property {'stop' | 'upload'} mode
 * @property {boolean} streaming go on, piece after piece; only with mode upload
 * @property {number} pieceSec
 * @property {string} preset
 * @property {number} halvings how often the bits are halved
 * @property {boolean} keepReady keep the microphone open between recordings
 */

/**
 * Where a recording can't be cut, the next piece's recorder overlaps the last one's by this much: encoders drop an
 * unfinished frame.
 */
const OVERLAP_MS = 80;
const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
const BUSY = new Set(['starting', 'recording', 'stopping']);

export class Recorder {
  /** @type {(state: State, reason: string) => void} */
  onState = () => {};
  /** The stream for the meter and the preview; null: closed. @type {(stream: MediaStream | null) => void} */
  onStream = () => {};
  /** Resolves when the stream gives sound. @type {() => Promise<void>} */
  untilSound = async () => {};
  /** A clip to send at once. @type {(clip: Clip) => void} */
  onClip = () => {};
  /** A recording was given up; null: nothing was said, or all of it was sent before. @type {(clip: Clip | null, why: string) => void} */
  onCancelled = () => {};
  /** A recording ends, and not because the person wanted it. @type {(why: Cut) => void} */
  onCut = () => {};

  /** @type {State} */
  state = 'idle';
  /** The clip of the state `recorded`. @type {Clip | null} */
  clip = null;

  #settings;
  /** @type {Options} */
  #options;
  /** @type {MediaStream | null} */
  #stream = null;
  /** @type {Promise<MediaStream> | null} */
  #opening = null;
  #openedFor = '';
  /** @type {WholeRecording | Segmenter | null} */
  #session = null;
  /** @type {import('../container/recording-formats.js').Format | null} */
  #format = null;
  #stopWanted = false;
  /** Why the recording is given up; empty: it is not. */
  #cancelled = '';
  /** Somebody speaks again while the last recording is being finished. */
  #startWanted = false;
  /** Ends waiting for the microphone. */
  #letGo = () => {};
  #earlierSec = 0;
  #isHandingOver = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #limit;
  /** Pieces are finished one after another, so that they go up in order. */
  #finishing = Promise.resolve();

  /** @param {import('../net/api.js').Settings} settings @param {Options} options */
  constructor(settings, options) {
    this.#settings = settings;
    this.#options = options;
  }

  /** Seconds of the running recording, over all its pieces. */
  get seconds() {
    return this.#earlierSec + (this.#session?.seconds ?? 0);
  }

  /** Whether the next recording begins by itself when this one is finished. */
  get isStartWanted() {
    return this.#startWanted;
  }

  /** Seconds until the recording ends by itself; Infinity: it goes on. */
  get secondsLeft() {
    const isOn = this.state === 'recording' && !this.#options.streaming;
    return isOn ? this.#settings.limits.maxClipSizeSec - this.seconds : Infinity;
  }

  /** Whether what is said goes out while it is said. */
  get isStreaming() {
    return this.#options.streaming && this.state === 'recording';
  }

  get isBusy() {
    return BUSY.has(this.state);
  }

  /** @param {Partial<Options>} changes */
  configure(changes) {
    const { halvings } = this.#options;
    Object.assign(this.#options, changes);
    if (this.#options.halvings !== halvings) this.#refit();
    if (this.isBusy) return;
    if (this.#stream && this.#openedFor !== this.#purpose()) this.warmUp();
    if (!this.#options.keepReady) this.release();
  }

  /** Opens the microphone ahead of time if that asks nobody, so that one sees that it works. */
  async warmUp() {
    if (!this.#options.keepReady || !(await isAllowed(this.#options.kind)) || this.isBusy) return;
    await this.#open().catch(() => {});
  }

  /** Gives the microphone back, unless it is in use. */
  release() {
    if (!this.isBusy && this.#stream) this.#close();
  }

  async start() {
    // One that is to be decided on is not given up for the next by a press that came before it was there.
    this.#startWanted = this.state === 'stopping' && this.#options.mode === 'upload';
    if (this.isBusy) return;
    this.#stopWanted = false;
    this.#cancelled = '';
    this.#earlierSec = 0;
    this.clip = null;
    this.#set('starting');
    try {
      const plan = planRecording(this.#settings, this.#options);
      if (!plan) return this.#set('unsupported');
      const stream = await this.#open();
      await Promise.race([this.untilSound(), this.#untilLetGo()]);
      // The person let go while the browser was asking for permission, or the microphone was not there yet.
      if (this.#stopWanted) return this.#neverBegan();
      await this.#begin(stream, plan);
      this.#set('recording');
      if (this.#stopWanted) this.stop();
    } catch (error) {
      this.#fail(error);
    }
  }

  stop() {
    this.#stopWanted = true;
    this.#startWanted = false;
    this.#letGo();
    if (this.state !== 'recording' || !this.#session) return;
    clearTimeout(this.#limit);
    this.#set('stopping');
    const session = this.#session;
    this.#session = null;
    this.#finish(session, true);
  }

  /** Gives up what is being recorded. @param {string} why */
  cancel(why) {
    this.#cancelled = why;
    this.stop();
  }

  /** Ends a recording that would go on. @param {Cut} why */
  cut(why) {
    if (this.state !== 'recording') return;
    this.onCut(why);
    this.stop();
  }

  /** A clip from elsewhere, to be decided on like one that was recorded. @param {Clip} clip */
  offer(clip) {
    if (this.isBusy) return;
    this.clip = clip;
    this.#set('recorded');
  }

  /** The recorded clip is on its way. */
  uploading() {
    if (!this.isBusy) this.#set('uploading');
  }

  /** Forgets the recorded clip, the upload that is over, or that nothing was recorded. */
  reset() {
    this.clip = null;
    if (['recorded', 'uploading', 'empty'].includes(this.state)) this.#set('idle');
  }

  /** Ends everything. */
  close() {
    this.#startWanted = false;
    clearTimeout(this.#limit);
    this.#session?.stop();
    this.#session = null;
    this.#close();
    this.#set('idle');
  }

  /** @returns {Promise<void>} */
  #untilLetGo() {
    return new Promise((resolve) => {
      this.#letGo = resolve;
      if (this.#stopWanted) resolve();
    });
  }

  /** A stream goes on with other bits: a recorder keeps its own to its end. */
  #refit() {
    const isOn = this.state === 'recording' && this.#options.streaming;
    if (isOn && this.#session instanceof Segmenter) this.#handOver();
  }

  /** @param {State} state @param {string} [reason] */
  #set(state, reason = '') {
    if (state === 'idle') this.#earlierSec = 0;
    this.state = state;
    this.onState(state, reason);
  }

  /** What the open stream is for: another kind or picture needs another stream. */
  #purpose() {
    const { kind, preset } = this.#options;
    return kind === 'video' ? `video ${preset}` : kind;
  }

  /** @returns {Promise<MediaStream>} */
  async #open() {
    // Something else may have been chosen since that began.
    await this.#opening?.catch(() => {});
    if (this.#stream && isLive(this.#stream) && this.#openedFor === this.#purpose()) {
      return this.#stream;
    }
    this.#opening ??= this.#openNow().finally(() => (this.#opening = null));
    return this.#opening;
  }

  async #openNow() {
    this.#close();
    const { kind, preset } = this.#options;
    const purpose = this.#purpose();
    const stream = await openMicrophone(kind, presets[preset] ?? presets.auto);
    this.#stream = stream;
    this.#openedFor = purpose;
    for (const track of stream.getTracks()) track.onended = () => this.#lost(stream);
    if (!this.isBusy && this.state !== 'recorded' && this.state !== 'uploading') this.#set('idle');
    this.onStream(stream);
    return stream;
  }

  #close() {
    closeStream(this.#stream);
    if (this.#stream) this.onStream(null);
    this.#stream = null;
  }

  /** The device went away. What was recorded until then is kept. @param {MediaStream} stream */
  #lost(stream) {
    if (stream !== this.#stream) return;
    if (this.state === 'recording') this.cut('lost');
    else if (!this.isBusy) this.#set('lost');
    this.#close();
  }

  /** Starts a session and what will end it. @param {MediaStream} stream @param {import('../container/recording-formats.js').Plan} plan */
  async #begin(stream, plan) {
    const { streaming } = this.#options;
    const session = this.#makeSession(stream, plan);
    session.onBroken = () =>
      session === this.#session && this.cut(isLive(stream) ? 'broken' : 'lost');
    session.onNothing = () => session === this.#session && this.#gaveNothing();
    await session.start();
    this.#format = plan.format;
    this.#session = session;
    if (streaming && session instanceof Segmenter) return;
    const next = () => (streaming ? this.#handOver() : this.cut('limit'));
    this.#limit = setTimeout(next, plan.seconds * 1000);
  }

  /** @param {MediaStream} stream @param {import('../container/recording-formats.js').Plan} plan */
  #makeSession(stream, plan) {
    const { streaming } = this.#options;
    if (!canCut(plan.format.mime, streaming)) return new WholeRecording(stream, plan.recorder);
    const segmenter = new Segmenter(stream, plan.recorder, streaming ? plan.seconds : Infinity);
    segmenter.onPiece = (piece) => this.onClip({ ...piece, ...kindOf(plan.format) });
    segmenter.onUncut = () => streaming && segmenter === this.#session && this.#handOver();
    return segmenter;
  }

  /** Starts the next piece, and only when that records ends the last one: an overlap, never a gap. */
  async #handOver() {
    const last = this.#session;
    if (this.#isHandingOver) return;
    this.#isHandingOver = true;
    try {
      const plan = planRecording(this.#settings, this.#options);
      if (!plan || !this.#stream) throw new MicrophoneError('failed');
      await this.#begin(this.#stream, plan);
    } catch {
      // The browser can't run two at once: this piece becomes the last one.
      return this.cut('broken');
    } finally {
      this.#isHandingOver = false;
    }
    if (!last) return;
    if (this.state !== 'recording') return this.#abandon();
    this.#earlierSec += last.seconds;
    this.#finish(last, false);
  }

  /** There is nothing to wait for. */
  #gaveNothing() {
    this.#abandon();
    this.#close();
    this.#set('empty');
  }

  /** The person stopped while the next piece was starting. */
  #abandon() {
    clearTimeout(this.#limit);
    this.#session?.stop();
    this.#session = null;
  }

  /** Turns a session into a clip and hands it on, after the ones before it. @param {WholeRecording | Segmenter} session @param {boolean} last */
  #finish(session, last) {
    const format = this.#format;
    const cancelled = last ? this.#cancelled : '';
    if (cancelled && session instanceof Segmenter) session.onPiece = () => {};
    const made = last ? session.stop() : pause(OVERLAP_MS).then(() => session.stop());
    this.#finishing = this.#finishing.then(async () => {
      const taken = await made;
      const clip = taken && format && { ...taken, ...kindOf(format) };
      if (cancelled) return this.#gaveUp(clip?.blob.size ? clip : null, cancelled);
      if (clip?.blob.size && this.#options.mode === 'upload') this.onClip(clip);
      if (last) this.#ended(clip);
    });
    this.#finishing.catch((error) => this.#fail(error));
  }

  /** @param {Clip | null} clip the last one, unless it has been handed on */
  #ended(clip) {
    if (clip && !clip.blob.size) return this.#gaveNothing();
    if (!this.#options.keepReady) this.#close();
    if (clip && this.#options.mode !== 'upload') {
      this.clip = clip;
      return this.#set('recorded');
    }
    this.#set('uploading');
    if (this.#startWanted) this.start();
  }

  /** The person let go before anything was recorded. */
  #neverBegan() {
    this.#set('idle', 'ready');
    this.onCancelled(null, this.#cancelled);
  }

  /** @param {Clip | null} clip @param {string} why */
  #gaveUp(clip, why) {
    if (!this.#options.keepReady) this.#close();
    this.#set('idle');
    this.onCancelled(clip, why);
    if (this.#startWanted) this.start();
  }

  /** @param {unknown} error */
  #fail(error) {
    clearTimeout(this.#limit);
    this.#session = null;
    const known = error instanceof MicrophoneError;
    const { message = '', name = '' } = /** @type {Error} */ (error ?? {});
    this.#set(known ? error.refusal : 'failed', message || name);
  }
}

/** What a clip says of its format. @param {import('../container/recording-formats.js').Format} format */
const kindOf = ({ mime, ext }) => ({ mime, ext });
