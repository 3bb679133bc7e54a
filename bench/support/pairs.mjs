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
  const [a, b] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    const order = [async () => a.push(await ours()), async () => b.push(await theirs())];
    for (const measure of round % 2 ? order.reverse() : order) await measure();
  }
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
