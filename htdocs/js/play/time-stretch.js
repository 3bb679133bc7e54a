// @ts-check
// Speech faster or slower in the same voice, as a pure function: short bits of it are left out or repeated where that
// is heard least (WSOLA: W. Verhelst and M. Roelands, ICASSP 1993).

const HOP_SEC = 0.012;
const SEARCH_SEC = 0.01;
/** Likeness is looked for in every third sample at every second place: enough for voices, and cheap for phones. */
const COARSE = 3;
const STEP = 2;

/**
 * Changes the tempo. Beginning and end stay as they are, so that pieces still fit to each other.
 * @param {Float32Array[]} channels
 * @param {number} rate 2: twice as fast
 * @param {number} sampleRate
 * @returns {Float32Array[]}
 */
export function stretch(channels, rate, sampleRate) {
  const length = channels[0].length;
  const hop = Math.round(HOP_SEC * sampleRate);
  const search = Math.round(SEARCH_SEC * sampleRate);
  if (Math.abs(rate - 1) < 0.01 || length < 6 * hop) return channels;
  const jumps = plan(channels[0], { rate, hop, search });
  return channels.map((samples) => follow(samples, jumps, hop));
}

/**
 * Where to go on reading after each hop.
 * @param {Float32Array} samples
 * @param {{rate: number, hop: number, search: number}} how
 * @returns {{from: number, to: number}[]} from: what would come without a jump
 */
function plan(samples, { rate, hop, search }) {
  const jumps = [{ from: 0, to: 0 }];
  let from = hop;
  for (let at = hop; ; at += hop) {
    const wanted = Math.round(at * rate);
    const last = Math.max(wanted, from) + search + 2 * hop;
    if (last > samples.length) return [...jumps, { from, to: from }];
    const to = mostAlike(samples, from, wanted, { hop, search });
    jumps.push({ from, to });
    from = to + hop;
  }
}

/**
 * The place near the wanted one from which the sound is most like what would come without a jump.
 * @param {Float32Array} samples @param {number} from @param {number} wanted
 * @param {{hop: number, search: number}} how
 */
function mostAlike(samples, from, wanted, { hop, search }) {
  if (Math.abs(from - wanted) < search / 2) return from;
  let [best, most] = [wanted, -Infinity];
  for (let to = Math.max(0, wanted - search); to <= wanted + search; to += STEP) {
    const alike = likeness(samples, from, to, hop);
    if (alike > most) [best, most] = [to, alike];
  }
  return best;
}

/** @param {Float32Array} samples @param {number} a @param {number} b @param {number} length */
function likeness(samples, a, b, length) {
  let [product, power] = [0, 1e-9];
  for (let i = 0; i < length; i += COARSE) {
    product += samples[a + i] * samples[b + i];
    power += samples[b + i] ** 2;
  }
  return product / Math.sqrt(power);
}

/** @param {Float32Array} samples @param {{from: number, to: number}[]} jumps @param {number} hop */
function follow(samples, jumps, hop) {
  const end = jumps[jumps.length - 1].from;
  const before = (jumps.length - 1) * hop;
  const made = new Float32Array(before + samples.length - end);
  jumps.slice(0, -1).forEach(({ from, to }, n) => {
    for (let i = 0; i < hop; i++) {
      const part = i / hop;
      made[n * hop + i] = samples[from + i] * (1 - part) + samples[to + i] * part;
    }
  });
  made.set(samples.subarray(end), before);
  return made;
}
