// @ts-check
// The player: what plays, what comes next, and whether new clips play by themselves. Short clips go through the gapless player,
// which joins them without a gap; all others through two media elements, of which one loads while the other plays.
import { makeSilence } from './silent-audio.js';
import { ElementPlayer } from './element-player.js';
import { mayHaveBeenUsed } from '../device/audio-output.js';
import { GaplessPlayer } from './gapless-player.js';

/** @typedef {import('../net/clips.js').Clip} Clip */
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
  /** Holds new clips back until it is switched off again. */
  standby = false;
  /** Plays everything new as it comes, whatever `playNew` says. */
  listening = false;
  stopAfter = false;
  playNew = true;
  skipMine = true;

  #me;
  #streams;
  /** What comes after the current clip, in order. @type {Clip[]} */
  #queue = [];
  /** Somebody speaks into the microphone: nothing may sound meanwhile. */
  #held = false;
  #silence = '';
  #current;
  #next;
  #gapless = new GaplessPlayer();
  /** The gapless player plays, and not the current slot. */
  #rolling = false;
  /** Clips that came while everything before them was played as it came. */
  #live = new WeakSet();

  /**
   * @param {string} me
   * @param {[HTMLVideoElement, HTMLVideoElement]} elements
   * @param {{streams: boolean}} thread streams: people may be heard while they speak, and one must not fall behind
   */
  constructor(me, elements, { streams }) {
    this.#me = me;
    this.#streams = streams;
    const [first, second] = elements.map((element) => this.#slot(new ElementPlayer(element)));
    this.#current = first;
    this.#next = second;
    this.#tieGapless();
  }

  /** The clip that plays or is about to. */
  get clip() {
    return this.#rolling ? this.#gapless.clip : this.#current.clip;
  }

  get element() {
    return this.#current.element;
  }

  /** What is to be seen of a clip with a picture. @returns {HTMLElement} */
  get picture() {
    return this.#rolling ? this.#gapless.screen.box : this.element;
  }

  get duration() {
    return this.#rolling ? (this.clip?.duration ?? 0) : this.#current.duration;
  }

  /** Seconds into the clip. */
  get position() {
    if (this.#rolling) return this.#gapless.position;
    return this.clip ? this.element.currentTime : 0;
  }

  /** How loud it is now, 0..1; null: the samples of what plays are not at hand. */
  get level() {
    return this.#rolling ? this.#gapless.level : null;
  }

  /** How many clips wait for their turn. */
  get waiting() {
    return this.#queue.length + (this.#rolling ? this.#gapless.waiting : 0);
  }

  /** Plays these, in this order, instead of what plays now. @param {Clip[]} clips */
  play(clips) {
    this.standby = false;
    this.#silenceAll();
    // Who plays it again wants it as it was spoken.
    for (const clip of clips) this.#live.delete(clip);
    this.#queue = [...clips];
    this.#advance();
  }

  /** Those that "only from others" permits. @param {Clip[]} clips */
  wanted(clips) {
    return clips.filter(({ author }) => !this.skipMine || author !== this.#me);
  }

  /** New clips of the thread, oldest first. @param {Clip[]} clips */
  arrived(clips) {
    if (!this.playNew && !this.listening) return;
    const wanted = this.wanted(clips);
    if (this.#isLive) for (const clip of wanted) this.#live.add(clip);
    this.#queue.push(...wanted);
    if (this.state === 'stopped') this.#advance();
    else this.#preload();
    if (this.standby) this.onChange();
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
    if (this.#rolling && on) this.#queue.unshift(...this.#gapless.takeBack(1));
    else this.#preload();
    this.onChange();
  }

  /**
   * On: pauses, and holds what comes. Off: goes on where it stood, or at the first clip that was held.
   * To be called in a gesture, because it also unlocks sound.
   * @param {boolean} on
   */
  setStandby(on) {
    this.standby = on;
    if (this.state === 'stopped') {
      this.#prime();
      if (on) this.onChange();
      else this.#advance();
    } else if (!on) this.#resume();
    else if (this.state !== 'paused') this.#stand();
    else this.onChange();
  }

  /** To be called in a gesture, because it also unlocks sound. @param {boolean} on */
  setListening(on) {
    this.listening = on;
    if (on && this.state === 'stopped') this.#prime();
  }

  togglePause() {
    if (this.state === 'paused') this.#resume();
    else if (this.state === 'playing' || this.state === 'loading') this.#stand();
  }

  /** Silences the player while somebody records, and afterwards lets it go on. @param {boolean} on */
  hold(on) {
    if (this.#held === on) return;
    this.#held = on;
    if (on) this.#pause();
    else if (this.clip && this.state !== 'paused') this.#start();
    else if (this.state === 'stopped') this.#advance();
  }

  /** To be called in a gesture: the browser lets us play from now on. */
  unblock() {
    this.#prime();
    if (this.clip) this.#start();
    else this.#set('stopped');
  }

  /** To be called in every gesture: a browser that would not let it sound may do so now. */
  wake() {
    this.#gapless.unlock();
    // A finger that comes down is no gesture yet: one that goes up is.
    if (mayHaveBeenUsed()) this.retry();
  }

  /** To be called when something may have changed the browser's mind, as an open microphone does. */
  retry() {
    if (this.state === 'blocked') this.#start();
  }

  /** Goes on to what comes next, if anything does. */
  next() {
    this.standby = false;
    if (this.#rolling) {
      this.#gapless.skip();
      this.#preload();
    } else if (this.clip) this.#advance();
  }

  /** @param {number} rate 1: as it was spoken */
  setRate(rate) {
    for (const player of [this.#gapless, this.#current, this.#next]) player.setRate(rate);
  }

  /** @param {number} seconds */
  seek(seconds) {
    if (this.#rolling) this.#gapless.seek(seconds);
    else if (this.clip) this.element.currentTime = seconds;
  }

  /** Whether all that plays or waits is played as it came, while somebody speaks. */
  get #isLive() {
    if (!this.#streams || this.standby) return false;
    const isBusy = !this.#rolling && this.state !== 'stopped';
    return !isBusy && this.#gapless.isLive && this.#queue.every((clip) => this.#live.has(clip));
  }

  #tieGapless() {
    const gapless = this.#gapless;
    gapless.onBegin = () => this.#rolling && this.#set('playing');
    gapless.onWaiting = () => this.#rolling && this.#set('loading');
    gapless.onTime = () => this.onTime();
    gapless.onEnded = (clip) => {
      this.onHeard(clip);
      if (this.stopAfter) this.#queue = [];
      else this.#preload();
    };
    gapless.onDry = () => this.#rolling && this.#advance();
    gapless.onInterrupted = () => this.#rolling && this.#start();
    gapless.onRefused = (clips) => this.#queue.unshift(...clips);
  }

  /** @param {ElementPlayer} slot */
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
    if ((this.#held || this.standby) && this.state === 'stopped') return this.onChange();
    this.#current.clear();
    const [clip] = this.#queue;
    this.#rolling = !!clip && this.#gapless.takes(clip);
    if (!clip) {
      this.stopAfter = false;
      return this.#set('stopped');
    }
    this.#set('loading');
    if (!this.#rolling) this.#takeUp(clip);
    this.#start();
  }

  /** Puts the first clip of the queue into the current slot. @param {Clip} clip */
  #takeUp(clip) {
    this.#queue.shift();
    if (this.#next.clip?.id === clip.id) {
      [this.#current, this.#next] = [this.#next, this.#current];
    }
    this.#current.load(clip);
  }

  async #start() {
    this.#preload();
    if (this.#held) return;
    if (this.state !== 'playing') this.#set('loading');
    if (this.#rolling) return this.#roll();
    const slot = this.#current;
    try {
      await slot.play();
    } catch {
      if (slot === this.#current && slot.clip) this.#set('blocked');
    }
  }

  /** Lets the gapless player play, or the elements, where the browser won't let it. */
  async #roll() {
    if ((await this.#gapless.play()) || !this.#rolling) return;
    this.#queue.unshift(...this.#gapless.takeBack(0));
    this.#advance();
  }

  /** Goes on where it stood; standby is over. */
  #resume() {
    this.standby = false;
    this.#set('loading');
    this.#start();
  }

  /** Stands still where it is. */
  #stand() {
    this.#pause();
    this.#set('paused');
  }

  #pause() {
    if (this.#rolling) this.#gapless.pause();
    else this.#current.pause();
  }

  #preload() {
    const gapless = this.#gapless;
    while (this.#rolling && gapless.hasRoom && this.#queue[0] && gapless.takes(this.#queue[0])) {
      if (this.stopAfter && gapless.clip) return;
      const clip = /** @type {Clip} */ (this.#queue.shift());
      gapless.add(clip, this.#live.has(clip));
    }
    const [next] = this.#queue;
    // What follows clips in the gapless player is for an element, unless there is no room for it yet.
    if (next && !gapless.takes(next)) this.#next.load(next);
  }

  #silenceAll() {
    this.#queue = [];
    this.stopAfter = false;
    this.#rolling = false;
    this.#gapless.clear();
    this.#current.clear();
    this.#next.clear();
  }

  #prime() {
    this.#silence ||= makeSilence();
    this.#current.prime(this.#silence);
    this.#next.prime(this.#silence);
    this.#gapless.unlock();
  }

  /** @param {State} state */
  #set(state) {
    this.state = state;
    this.onChange();
  }
}
