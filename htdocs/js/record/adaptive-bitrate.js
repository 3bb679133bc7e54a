// @ts-check
// How much a stream may weigh, as a pure state: less on a line that does not keep up with it, and more again when it
// does. Times are in seconds.

/** Each step halves the bits; after so many, speech would suffer. */
const MOST = 2;
/** The line has fallen behind when so much waits: pieces, and at least this long. */
const PIECES_BEHIND = 2.5;
const BEHIND = 3;
/** A line keeps up that needs less than this of the time. */
const ENOUGH = 0.9;
/** Twice the bits are tried when they would leave so much of the time free … */
const SPARE = 0.6;
/** … for so long, and longer each time that they were too much. */
const FIRST_TRUST = 8;
const LONGEST_TRUST = 64;

export class AdaptiveBitrate {
  /** 0: as good as the thread allows; 1: half of that … */
  level;
  #least;
  /** So much was recorded before the last change, and waits: what it is worth shows only after that. */
  #before = 0;
  #keepsUp = false;
  /** Since when there has been time to spare. */
  #sparesSince = Infinity;
  #trust = FIRST_TRUST;
  #hasRisen = false;

  /** @param {boolean} saving the person wants to save data */
  constructor(saving) {
    this.#least = saving ? 1 : 0;
    this.level = this.#least;
  }

  /**
   * So much is recorded and not yet sent.
   * @param {number} waiting @param {number} piece how long a piece is
   */
  waits(waiting, piece) {
    if (waiting < Math.max(BEHIND, PIECES_BEHIND * piece)) return;
    this.#sparesSince = Infinity;
    if (this.level >= MOST || this.#before > 0 || this.#keepsUp) return;
    if (this.#hasRisen) this.#trust = Math.min(LONGEST_TRUST, 2 * this.#trust);
    this.level += 1;
    // The piece that grows is older, too.
    this.#before = waiting + piece;
  }

  /**
   * A piece was sent.
   * @param {number} now @param {number} took @param {number} piece how long it is
   */
  sent(now, took, piece) {
    this.#before = Math.max(0, this.#before - piece);
    this.#keepsUp = took < piece * ENOUGH;
    if (took * 2 > piece * SPARE) this.#sparesSince = Infinity;
    else this.#sparesSince = Math.min(this.#sparesSince, now);
    if (this.level <= this.#least || now - this.#sparesSince < this.#trust) return;
    this.level -= 1;
    this.#hasRisen = true;
    this.#sparesSince = Infinity;
  }
}
