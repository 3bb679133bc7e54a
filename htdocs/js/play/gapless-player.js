// @ts-check
// Short clips, one after another as if they were one: the pieces of a stream. They are decoded ahead and put together
// to the sample; their pictures follow on the screen. What is longer is for a media element (element-player.js), which needs no
// memory for it.
import { fetchSound } from './decoder.js';
import { PlayoutDelay } from './playout-delay.js';
import { overlapOf } from './overlap.js';
import { PictureTrack } from './picture-track.js';
import { AudioOutput } from '../device/audio-output.js';
import { loudness } from '../device/level-meter.js';
import { FADE_SEC, fadeEdges, part } from './crossfade.js';
import { stretch } from './time-stretch.js';

/** @typedef {import('../net/clips.js').Clip} Clip */
/**
 * @typedef {object} Piece
 * @property {Clip} clip
 * @property {boolean} live it is played as it comes, so that one must not fall behind
 * @property {import('./crossfade.js').Sound | null} sound null: it is still on its way
 * @property {string} picture address of its picture; empty: it has none
 * @property {AudioBufferSourceNode | null} source null: it has no time yet
 * @property {number} begin when it is heard, by the speaker's clock
 * @property {number} end when it begins to fade
 * @property {number} from where in the clip it begins to be heard; seconds
 * @property {number} known so much of the clip was already in the one before; seconds
 * @property {number} rate
 */

const LONGEST_SEC = 2.5;
/** So many are there ahead of their time; each is some 200 kB of samples. */
const ROOM = 8;
/** The graph works ahead: what is to sound now sounds so much later. */
const AHEAD_SEC = 0.02;
const TICK_MS = 250;
/** So much of the sound is one level. */
const LEVEL_SEC = 0.05;
/** What was cut exactly says at least so much of what came before it. */
const CUT_LEAD_SEC = 0.05;
/** What one says on and on comes at about the intervals in which it was said; seconds more at most. */
const LATER = 4;

export class GaplessPlayer {
  /** A clip begins to be heard. @type {() => void} */
  onBegin = () => {};
  /** The next one is not there yet. @type {() => void} */
  onWaiting = () => {};
  /** The position has changed. @type {() => void} */
  onTime = () => {};
  /** A clip was heard to its end. @type {(clip: Clip) => void} */
  onEnded = () => {};
  /** Nothing is left. @type {() => void} */
  onDry = () => {};
  /** The browser has stopped it. @type {() => void} */
  onInterrupted = () => {};
  /** It can't play these, oldest first. @type {(clips: Clip[]) => void} */
  onRefused = () => {};

  /** Where its pictures are. */
  screen = new PictureTrack();
  #output = new AudioOutput();
  /** The browser did not let it sound when it was last asked to. */
  #mute = false;
  /** It was asked to in a gesture. */
  #unlocked = false;
  #playing = false;
  /** Clips that could not be fetched or decoded. */
  #refused = new Set();
  /** What sounds or is about to, and what comes after it. @type {Piece[]} */
  #pieces = [];
  #fetching = new AbortController();
  /** When the last piece that has a time begins to fade. */
  #end = -Infinity;
  #rate = 1;
  #delay = new PlayoutDelay();
  /** What was given a time last. @type {Piece | null} */
  #last = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #beginning;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #ticking;

  constructor() {
    this.#output.onChange = (running) => this.#speakerIs(running);
  }

  /** The clip that sounds or is about to. */
  get clip() {
    return this.#pieces[0]?.clip ?? null;
  }

  /** Seconds into that clip. */
  get position() {
    const [piece] = this.#pieces;
    if (!piece?.source) return piece?.from ?? 0;
    const heard = (this.#output.now - piece.begin) * piece.rate;
    return Math.min(piece.clip.duration, piece.from + Math.max(0, heard));
  }

  /** How loud that clip is now, 0..1. */
  get level() {
    const [piece] = this.#pieces;
    if (!piece?.source || !piece.sound) return 0;
    const { sampleRate } = this.#output.context;
    const at = piece.sound.lead + Math.floor(this.position * sampleRate);
    const heard = piece.sound.channels[0].subarray(at, at + Math.ceil(LEVEL_SEC * sampleRate));
    return heard.length ? loudness(heard) : 0;
  }

  get hasRoom() {
    return this.#pieces.length < ROOM;
  }

  /** How many clips wait behind the one that sounds. */
  get waiting() {
    return Math.max(0, this.#pieces.length - 1);
  }

  /** Whether everything in it came just now. */
  get isLive() {
    return this.#pieces.every(({ live }) => live);
  }

  /** Whether a clip is for it. @param {Clip} clip */
  takes({ id, duration }) {
    if (this.#mute || !this.#output.mayRun) return false;
    return duration > 0 && duration <= LONGEST_SEC && !this.#refused.has(id);
  }

  /** Puts a clip behind the others. @param {Clip} clip @param {boolean} live */
  add(clip, live) {
    const times = { begin: 0, end: 0, from: 0, known: 0, rate: 1 };
    const piece = { clip, live, sound: null, picture: '', source: null, ...times };
    this.#pieces.push(piece);
    this.#fetch(piece);
  }

  /** Sounds, now or when something is there. Resolves with false if the browser does not let it. */
  async play() {
    this.#playing = true;
    const allowed = await this.#output.wake();
    // Something else may have been wanted meanwhile.
    if (!this.#playing) return true;
    this.#mute = !allowed;
    if (allowed) this.#goOn();
    else this.#playing = false;
    return allowed;
  }

  pause() {
    this.#halt();
    this.#output.pause();
    this.screen.pause();
  }

  /** To be called in a gesture: the browser lets it sound from now on. */
  unlock() {
    const isPaused = this.#pieces.length && !this.#playing;
    if (!this.#output.mayRun || isPaused) return;
    if (this.#unlocked && !this.#mute) return;
    this.#unlocked = true;
    this.#mute = false;
    this.#output.wake();
    if (!this.#pieces.length) this.#output.rest();
  }

  /** Forgets everything. */
  clear() {
    this.takeBack(0);
    this.#fetching.abort();
    this.#fetching = new AbortController();
    this.#end = -Infinity;
    this.#last = null;
    this.#halt();
    this.screen.clear();
    // Paused, it would not run the next time either.
    this.#output.rest();
  }

  /** Gives clips back that have not begun to sound. @param {number} from 1: all but the one that sounds */
  takeBack(from) {
    const given = this.#pieces.splice(from);
    for (const piece of given) this.#forget(piece);
    const last = this.#pieces[this.#pieces.length - 1];
    if (last?.source) this.#end = last.end;
    return given.map(({ clip }) => clip);
  }

  /** Goes on with the next clip. */
  skip() {
    const [piece] = this.#pieces.splice(0, 1);
    if (piece) this.#forget(piece);
    this.#again(0);
    this.#tell();
  }

  /** @param {number} seconds into the clip that sounds */
  seek(seconds) {
    this.#again(seconds);
    this.onTime();
  }

  /** @param {number} rate 1: as it was spoken */
  setRate(rate) {
    const at = this.position;
    this.#rate = rate;
    this.#again(at);
  }

  /** @param {boolean} running */
  #speakerIs(running) {
    if (running) this.#mute = false;
    if (!this.#playing || !this.#pieces.length) return;
    if (running) this.#goOn();
    else this.onInterrupted();
  }

  /** @param {Piece} piece */
  async #fetch(piece) {
    const { signal } = this.#fetching;
    try {
      const { sound, file } = await fetchSound(piece.clip.url, this.#output.context, signal);
      piece.sound = sound;
      // What was taken back meanwhile gives no address back.
      if (this.#pieces.includes(piece)) piece.picture = pictureOf(piece.clip, file);
    } catch {
      if (!signal.aborted) this.#refuse(piece);
      return;
    }
    this.#schedule();
  }

  /** An element may know the clip's format, or says why not. @param {Piece} piece */
  #refuse(piece) {
    const at = this.#pieces.indexOf(piece);
    if (at < 0) return;
    this.#refused.add(piece.clip.id);
    this.onRefused(this.takeBack(at));
    if (!this.#pieces.length) this.#dry();
  }

  /** The speaker runs again: its clock stood, and the pictures with it. */
  #goOn() {
    for (const piece of this.#pieces) this.#showInTime(piece);
    this.#schedule();
  }

  /** Gives a time to every piece that is there and comes after those that have one. */
  #schedule() {
    if (!this.#playing || !this.#output.isRunning) return;
    for (const piece of this.#pieces) {
      if (piece.source) continue;
      if (!piece.sound) return;
      this.#place(piece, piece.sound);
    }
  }

  /** @param {Piece} piece @param {import('./crossfade.js').Sound} sound */
  #place(piece, sound) {
    const wait = this.#settle(piece);
    const { context } = this.#output;
    const { buffer, lead } = ready(this.#withoutOverlap(piece, sound), piece, context);
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(context.destination);
    source.onended = () => this.#ended(piece);
    // Nothing may take time from here on. Between two samples the sound would be smeared.
    const wanted = Math.max(this.#end, this.#output.now + AHEAD_SEC + wait);
    const begin = Math.round(wanted * context.sampleRate) / context.sampleRate;
    source.start(begin);
    piece.source = source;
    piece.begin = begin + lead;
    this.#end = piece.end = begin + buffer.duration - FADE_SEC;
    this.#showInTime(piece);
    if (piece === this.#pieces[0]) this.#tellIn(begin - this.#output.now);
  }

  /**
   * What could not be cut begins before the last one's end: that is not heard again.
   * @param {Piece} piece @param {import('./crossfade.js').Sound} sound
   */
  #withoutOverlap(piece, sound) {
    const { sampleRate } = this.#output.context;
    const before = this.#last;
    this.#last = piece;
    const isCut = sound.lead > CUT_LEAD_SEC * sampleRate;
    if (isCut || !before?.sound || !follows(before.clip, piece.clip)) return sound;
    const lead = overlapOf(before.sound.channels[0], sound.channels[0], sampleRate);
    if (!lead) return sound;
    piece.known = (lead - sound.lead) / sampleRate;
    return (piece.sound = { ...sound, lead });
  }

  /** @param {Piece} piece */
  #showInTime({ picture, source, begin, from, known, rate }) {
    if (!picture || !source) return;
    const at = performance.now() + (begin - this.#output.now) * 1000;
    this.screen.cue({ url: picture, at, from: from + known, rate });
  }

  /** Chooses a piece's tempo, and returns for how long it is kept back. @param {Piece} piece */
  #settle(piece) {
    const { duration } = piece.clip;
    const early = this.#end - this.#output.now - AHEAD_SEC;
    piece.rate = this.#rate;
    if (!piece.live) return 0;
    if (early < 0) return this.#delay.begin(-early, duration);
    piece.rate *= this.#delay.follow(early, duration);
    return 0;
  }

  /** @param {Piece} piece */
  #ended(piece) {
    if (piece !== this.#pieces[0]) return;
    this.#pieces.shift();
    this.#forget(piece);
    this.onEnded(piece.clip);
    this.#tell();
  }

  #tell() {
    const [piece] = this.#pieces;
    if (!piece) this.#dry();
    else if (piece.source) this.#begun();
    else if (this.#playing) this.onWaiting();
  }

  /** @param {number} seconds */
  #tellIn(seconds) {
    clearTimeout(this.#beginning);
    this.#beginning = setTimeout(() => this.#begun(), seconds * 1000);
  }

  #begun() {
    clearInterval(this.#ticking);
    this.#ticking = setInterval(() => this.onTime(), TICK_MS);
    this.onBegin();
  }

  #dry() {
    this.#halt();
    this.#output.rest();
    this.onDry();
  }

  #halt() {
    this.#playing = false;
    clearTimeout(this.#beginning);
    clearInterval(this.#ticking);
  }

  /** Gives everything another time, from a place in the clip that sounds. @param {number} from seconds */
  #again(from) {
    this.#pieces.forEach((piece, n) => {
      this.#silence(piece);
      piece.from = n ? 0 : from;
    });
    this.#end = Math.min(this.#end, this.#output.now);
    this.#schedule();
  }

  /** It is not heard nor seen any more. @param {Piece} piece */
  #forget(piece) {
    this.#silence(piece);
    // The picture stays until the next one is there, which needs no address any more.
    URL.revokeObjectURL(piece.picture);
  }

  /** @param {Piece} piece */
  #silence(piece) {
    this.screen.drop(piece.picture);
    if (!piece.source) return;
    piece.source.onended = null;
    piece.source.stop();
    piece.source.disconnect();
    piece.source = null;
  }
}

/** The address of a clip's picture; empty: it has none. @param {Clip} clip @param {Uint8Array<ArrayBuffer>} file */
function pictureOf({ kind, ext }, file) {
  if (kind !== 'video') return '';
  return URL.createObjectURL(new Blob([file], { type: `video/${ext}` }));
}

/** Whether somebody may have said this without a pause after that. @param {Clip} before @param {Clip} clip */
const follows = (before, clip) =>
  before.author === clip.author &&
  before.id !== clip.id &&
  Math.abs(clip.madeAt - before.madeAt) < (clip.duration + LATER) * 1000;

/**
 * What is to be heard of a piece, at its tempo; lead: seconds before its beginning.
 * @param {import('./crossfade.js').Sound} sound @param {Piece} piece @param {AudioContext} context
 */
function ready(sound, { from, rate }, context) {
  const { sampleRate } = context;
  const fade = Math.round(FADE_SEC * sampleRate);
  const wanted = part(sound, Math.round(from * sampleRate), fade);
  const { lead } = wanted;
  const { channels } = fadeEdges(
    { channels: stretch(wanted.channels, rate, sampleRate), lead },
    fade,
  );
  const buffer = context.createBuffer(channels.length, channels[0].length, sampleRate);
  channels.forEach((samples, n) => buffer.getChannelData(n).set(samples));
  return { buffer, lead: lead / sampleRate };
}
