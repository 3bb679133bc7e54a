// Two things measured in turn, so that whatever else the machine does falls on both.

/**
 * Measures `ours` and `theirs` alternately, and in alternating order.
 * @param {number} rounds
 * @param {() => Promise<number>} ours
 * @param {() => Promise<number>} theirs
 * @returns {Promise<Comparison>}
 * @typedef {{ours: number, theirs: number, ratio: number, lowest: number, highest: number}} Comparison medians, and
 *   the ratio's median, lowest and highest value in a round
 */
export async function compare(rounds, ours, theirs) {
  const { a, b } = await measureAll(rounds, { a: ours, b: theirs });
  return compareFound(a, b);
}

/**
 * Measures all of these, one after the other, in each round, in alternating order: any two of them can be compared.
 * @param {number} rounds
 * @param {Record<string, () => Promise<number>>} subjects
 * @returns {Promise<Record<string, number[]>>} what was found in each round
 */
export async function measureAll(rounds, subjects) {
  const names = Object.keys(subjects);
  const found = Object.fromEntries(names.map((name) => [name, /** @type {number[]} */ ([])]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 ? names.toReversed() : names) {
      found[name].push(await subjects[name]());
    }
  }
  return found;
}

/** Two things measured in the same rounds. @param {number[]} a @param {number[]} b @returns {Comparison} */
export function compareFound(a, b) {
  const ratios = a.map((value, round) => value / b[round]);
  return {
    ours: median(a),
    theirs: median(b),
    ratio: median(ratios),
    lowest: Math.min(...ratios),
    highest: Math.max(...ratios),
  };
}

/** @param {number[]} values */
export function median(values) {
  return quantile(values, 0.5);
}

/** The value below which this part of the values lies. @param {number[]} values @param {number} part */
export function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * part;
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low + (high - low) * (place - Math.floor(place));
}
