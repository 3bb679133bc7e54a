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
/** As long as one of the last so many was late, nothing is given up of what one is behind. */
const RECENT = 5;
/** Of so many, a tenth may be later than there is time for: a line that stood still once is forgotten. */
const REMEMBERED = 40;
const EXCEPTIONS = 0.1;
/** After a longer silence somebody speaks anew. */
const NEW_SPEECH = 1;
const FIRST_WAIT = 0.35;
const LEAST_WAIT = 0.02;
const LONGEST_WAIT = 1.5;

export class PlayoutDelay {
  /** How long the first piece of a speech is kept back. */
  #wait = FIRST_WAIT;
  /**
   * For the last pieces: how long before they were due they would have been there, had nothing been caught up and had
   * it never run dry since the speech began.
   * @type {number[]}
   */
  #early = [];
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
    const excess = Math.min(...this.#early.slice(-RECENT), this.#usual()) - this.#gained - COMFORT;
    if (this.#early.length < RECENT || excess < WORTH) return 1;
    const rate = Math.min(FASTEST, 1 + excess / CATCH_UP);
    this.#gained += duration - duration / rate;
    return rate;
  }

  /** @param {number} early */
  #note(early) {
    this.#early.push(early + this.#gained);
    if (this.#early.length > REMEMBERED) this.#early.shift();
  }

  /** How early all are but the exceptions. */
  #usual() {
    const sorted = [...this.#early].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length * EXCEPTIONS)];
  }

  /** The next speech's first piece waits as long as would have been right for the last one. */
  #learn() {
    if (!this.#early.length) return;
    const right = this.#wait - this.#usual() + COMFORT;
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
