// @ts-check
// The player: what plays, what comes next, and whether new clips play by themselves.
import { makeSilence } from './silence.js';
import { Slot } from './slot.js';

/** @typedef {import('./clips.js').Clip} Clip */
/** @typedef {'stopped' | 'loading' | 'playing' | 'paused' | 'blocked'} State */

export class Player {
  /** Anything that one can see has changed. @type {() => void} */
  onChange = () => {};
  /** The position has changed. @type {() => void} */
  onTime = () => {};
  /** @type {(clip: Clip) => void} */
  onHeard = () => {};
  /** @type {(clip: Clip) => void} */
  onFailed = () => {};

  /** @type {State} */
  state = 'stopped';
  /** Plays everything new as it comes, whatever `playNew` says. */
  standby = false;
  stopAfter = false;
  playNew = true;
  skipMine = true;

  #me;
  /** What comes after the current clip, in order. @type {Clip[]} */
  #queue = [];
  /** Somebody speaks into the microphone: nothing may sound meanwhile. */
  #held = false;
  #silence = '';
  #current;
  #next;

  /** @param {string} me @param {[HTMLVideoElement, HTMLVideoElement]} elements */
  constructor(me, elements) {
    this.#me = me;
    const [first, second] = elements.map((element) => this.#slot(new Slot(element)));
    this.#current = first;
    this.#next = second;
  }

  /** The clip that plays or is about to. */
  get clip() {
    return this.#current.clip;
  }

  get element() {
    return this.#current.element;
  }

  get duration() {
    return this.#current.duration;
  }

  /** How many clips wait for their turn. */
  get waiting() {
    return this.#queue.length;
  }

  /** Plays these, in this order, instead of what plays now. @param {Clip[]} clips */
  play(clips) {
    this.#silenceAll();
    this.#queue = [...clips];
    this.#advance();
  }

  /** New clips of the thread, oldest first. @param {Clip[]} clips */
  arrived(clips) {
    if (!this.playNew && !this.standby) return;
    this.#queue.push(...clips.filter(({ author }) => !this.skipMine || author !== this.#me));
    if (this.state === 'stopped') this.#advance();
    else this.#preload();
  }

  /** Clips that are no longer there. What plays may play to its end. @param {Clip[]} clips */
  removed(clips) {
    const gone = new Set(clips.map(({ id }) => id));
    this.#queue = this.#queue.filter(({ id }) => !gone.has(id));
  }

  /** Stops everything, standby too. */
  stop() {
    this.standby = false;
    this.#silenceAll();
    this.#set('stopped');
  }

  /** @param {boolean} on */
  setStopAfter(on) {
    this.stopAfter = on;
    this.onChange();
  }

  /** To be called in a gesture, because it also unlocks sound. @param {boolean} on */
  setStandby(on) {
    this.#silenceAll();
    this.standby = on;
    if (on) this.#prime();
    this.#set('stopped');
  }

  togglePause() {
    if (this.state === 'paused') this.#start();
    else if (this.state === 'playing' || this.state === 'loading') {
      this.#current.pause();
      this.#set('paused');
    }
  }

  /** Silences the player while somebody records, and afterwards lets it go on. @param {boolean} on */
  hold(on) {
    if (this.#held === on) return;
    this.#held = on;
    if (on) this.#current.pause();
    else if (this.clip && this.state !== 'paused') this.#start();
    else if (this.state === 'stopped') this.#advance();
  }

  /** To be called in a gesture: the browser lets us play from now on. */
  unblock() {
    this.#prime();
    if (this.clip) this.#start();
    else this.#set('stopped');
  }

  /** Goes on to what comes next, if anything does. */
  next() {
    if (this.clip) this.#advance();
  }

  /** @param {number} rate 1: as it was spoken */
  setRate(rate) {
    this.#current.setRate(rate);
    this.#next.setRate(rate);
  }

  /** @param {number} seconds */
  seek(seconds) {
    if (this.clip) this.#current.element.currentTime = seconds;
  }

  /** @param {Slot} slot */
  #slot(slot) {
    const current = () => slot === this.#current;
    slot.onEnded = () => current() && this.#ended();
    slot.onFailed = () => current() && this.#failed();
    slot.onPlaying = () => current() && this.#set('playing');
    slot.onWaiting = () => current() && this.state === 'playing' && this.#set('loading');
    slot.onTime = () => current() && this.onTime();
    return slot;
  }

  #ended() {
    const { clip } = this.#current;
    if (clip) this.onHeard(clip);
    if (this.stopAfter) this.#queue = [];
    this.#advance();
  }

  #failed() {
    // One that was being loaded ahead is dealt with when its turn comes.
    if (this.state === 'stopped') return;
    const { clip } = this.#current;
    if (clip) this.onFailed(clip);
    this.#advance();
  }

  /** Goes on to the next clip, or stops when there is none. */
  #advance() {
    if (this.#held && this.state === 'stopped') return this.onChange();
    this.#current.clear();
    const clip = this.#queue.shift();
    if (!clip) {
      this.stopAfter = false;
      return this.#set('stopped');
    }
    if (this.#next.clip?.id === clip.id) {
      [this.#current, this.#next] = [this.#next, this.#current];
    }
    this.#set('loading');
    this.#current.load(clip);
    this.#start();
  }

  async #start() {
    if (this.#held) return;
    if (this.state !== 'playing') this.#set('loading');
    this.#preload();
    const slot = this.#current;
    try {
      await slot.play();
    } catch {
      if (slot === this.#current && slot.clip) this.#set('blocked');
    }
  }

  #preload() {
    const [next] = this.#queue;
    if (next) this.#next.load(next);
  }

  #silenceAll() {
    this.#queue = [];
    this.stopAfter = false;
    this.#current.clear();
    this.#next.clear();
  }

  #prime() {
    this.#silence ||= makeSilence();
    this.#current.prime(this.#silence);
    this.#next.prime(this.#silence);
  }

  /** @param {State} state */
  #set(state) {
    this.state = state;
    this.onChange();
  }
}
