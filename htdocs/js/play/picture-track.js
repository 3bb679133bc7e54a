// @ts-check
// The pictures of short clips whose sound is in the gapless player (gapless-player.js): of two elements, one shows a clip while the other
// loads the next, and is in front as soon as it has something to show. So there is nothing black in between.

/**
 * @typedef {object} Cue when a picture is to be seen
 * @property {string} url
 * @property {number} at by performance.now(): when its sound begins
 * @property {number} from where in the clip; seconds
 * @property {number} rate
 */

/** An element that is told to play does so after about this: it begins before it is in front. */
const START_MS = 100;
/** Where the browser does not show the page, it shows no picture either, and goes on without. */
const PATIENCE_MS = 500;
/** By so much a picture may be off its sound before it runs faster or slower for a while; seconds. */
const WORTH = 0.04;
const CATCH_UP = 1;

export class PictureTrack {
  /** Where it is to be seen. */
  box = document.createElement('div');
  #front = makeVideo();
  #back = makeVideo();
  /** What comes, soonest first. @type {Cue[]} */
  #cues = [];
  /** What is in front. @type {Cue | null} */
  #shown = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  constructor() {
    this.box.className = 'film';
    this.box.append(this.#back, this.#front);
    this.#front.className = 'front';
  }

  /** Shows a picture in time; one that was to be seen at another time comes at this one. @param {Cue} cue */
  cue(cue) {
    if (cue.url === this.#shown?.url) return this.#follow(this.#front, (this.#shown = cue));
    this.drop(cue.url);
    this.#cues.push(cue);
    this.#cues.sort((a, b) => a.at - b.at);
    this.#prepare();
  }

  /** It is not to be seen after all. @param {string} url */
  drop(url) {
    this.#cues = this.#cues.filter((cue) => cue.url !== url);
    this.#prepare();
  }

  /** Stands still until it gets cues again. */
  pause() {
    clearTimeout(this.#timer);
    this.#cues = [];
    this.#front.pause();
    this.#back.pause();
  }

  clear() {
    this.pause();
    this.#shown = null;
    for (const video of [this.#front, this.#back]) {
      video.removeAttribute('src');
      video.load();
    }
  }

  /** Loads what comes next. */
  #prepare() {
    clearTimeout(this.#timer);
    const [cue] = this.#cues;
    if (!cue) return;
    if (this.#back.src !== cue.url) {
      this.#back.src = cue.url;
      if (cue.from) this.#back.currentTime = cue.from;
    }
    this.#timer = setTimeout(() => this.#show(cue), cue.at - performance.now() - START_MS);
  }

  /** @param {Cue} cue */
  async #show(cue) {
    const video = this.#back;
    this.#follow(video, cue);
    await Promise.race([hasPicture(video), pause(PATIENCE_MS)]);
    await pause(cue.at - performance.now());
    if (cue !== this.#cues[0]) return;
    this.#cues.shift();
    this.#shown = cue;
    video.className = 'front';
    this.#front.className = '';
    this.#front.pause();
    [this.#front, this.#back] = [video, this.#front];
    this.#follow(video, cue);
    this.#prepare();
  }

  /** Lets a picture run with its sound. @param {HTMLVideoElement} video @param {Cue} cue */
  #follow(video, { at, from, rate }) {
    const wanted = from + (Math.max(0, performance.now() - at) / 1000) * rate;
    // Played to its end it would begin anew.
    if (wanted >= video.duration) return;
    const behind = wanted - video.currentTime;
    if (Math.abs(behind) > CATCH_UP / 2) video.currentTime = wanted;
    const isOff = Math.abs(behind) > WORTH && Math.abs(behind) <= CATCH_UP / 2;
    video.playbackRate = isOff ? rate * (1 + behind / CATCH_UP) : rate;
    // A browser may save power where nobody looks.
    video.play().catch(() => {});
  }
}

function makeVideo() {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.preload = 'auto';
  video.disablePictureInPicture = true;
  return video;
}

/** Resolves when a new picture is to be seen. @param {HTMLVideoElement} video @returns {Promise<void>} */
const hasPicture = (video) =>
  new Promise((resolve) => {
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(() => resolve());
    else video.addEventListener('timeupdate', () => resolve(), { once: true });
  });

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
