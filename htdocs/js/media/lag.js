// @ts-check
// How far behind a speaker one listens, as a pure state: far enough that pieces which come at uneven intervals follow
// each other without gaps, and no further. Times are in seconds.

/** A piece should be there so long before it is due. */
const COMFORT = 0.1;
/** Less than this is not worth a change of tempo. */
const WORTH = 0.15;
const FASTEST = 1.25;
/** What is behind is caught up with in about so long. */
const CATCH_UP = 4;
const REMEMBERED = 5;
/** After a longer silence somebody speaks anew. */
const NEW_SPEECH = 1;
const FIRST_WAIT = 0.25;
const LEAST_WAIT = 0.02;
const LONGEST_WAIT = 1.5;

export class Lag {
  /** How long the first piece of a speech is kept back. */
  #wait = FIRST_WAIT;
  /** For the last pieces: how long before they were due they were there. @type {number[]} */
  #early = [];
  /** The same over the whole speech, at worst, had nothing been caught up or run dry. */
  #worst = Infinity;
  /** Caught up with since the speech began, less what the listener had to wait. */
  #gained = 0;

  /**
   * A piece is there, and nothing plays. Returns how long to keep it back.
   * @param {number} silence since the last one ended
   * @param {number} duration the piece's
   */
  begin(silence, duration) {
    if (silence < NEW_SPEECH) {
      this.#note(-silence);
      this.#gained -= silence;
      return 0;
    }
    this.#learn();
    this.#early = [];
    this.#worst = Infinity;
    this.#gained = 0;
    return isWhole(duration) ? this.#wait : 0;
  }

  /**
   * A piece is there while something plays. Returns the tempo to play it at.
   * @param {number} early how long before it is due
   * @param {number} duration the piece's
   */
  follow(early, duration) {
    this.#note(early);
    const excess = Math.min(...this.#early) - COMFORT;
    if (this.#early.length < REMEMBERED || excess < WORTH) return 1;
    const rate = Math.min(FASTEST, 1 + excess / CATCH_UP);
    this.#gained += duration - duration / rate;
    return rate;
  }

  /** @param {number} early */
  #note(early) {
    this.#early.push(early);
    if (this.#early.length > REMEMBERED) this.#early.shift();
    this.#worst = Math.min(this.#worst, early + this.#gained);
  }

  /** The next speech's first piece waits as long as would have been right for the last one. */
  #learn() {
    if (this.#worst === Infinity) return;
    const right = this.#wait - this.#worst + COMFORT;
    const quickly = right > this.#wait ? 0.7 : 0.3;
    const wait = this.#wait + (right - this.#wait) * quickly;
    this.#wait = Math.min(LONGEST_WAIT, Math.max(LEAST_WAIT, wait));
  }
}

/** Whether a piece is as long as pieces are, whole seconds, so that another one may follow. @param {number} duration */
function isWhole(duration) {
  const over = duration % 1;
  return over < 0.1 || over > 0.9;
}
