// @ts-check
// How good a connection is: from the browser's statistics to one word and the numbers behind it.

/** @typedef {'good' | 'fair' | 'poor'} Grade */
/**
 * @typedef {object} Sample what one look at the statistics says
 * @property {number} received packets
 * @property {number} lost packets
 * @property {number} rttMs to the other page and back
 * @property {number} jitterMs
 * @property {number} audioEnergy of all the sound that came
 * @property {number} frames of picture that came
 * @property {boolean} relayed by way of a TURN server
 */
/** @typedef {{grade: Grade, rttMs: number, lossPercent: number, relayed: boolean}} Quality */

/** Above these a call is only fair, or poor. */
const LIMITS = { rttMs: [250, 500], lossPercent: [2, 8], jitterMs: [40, 100] };

/** @param {RTCStatsReport} report @returns {Sample} */
export function readStats(report) {
  /** @type {any[]} */
  const all = [...report.values()];
  const inbound = all.filter(({ type }) => type === 'inbound-rtp');
  const sum = (/** @type {string} */ name) => inbound.reduce((n, one) => n + (one[name] ?? 0), 0);
  const transport = all.find(({ type }) => type === 'transport');
  const pair =
    report.get(transport?.selectedCandidatePairId) ??
    all.find(
      ({ type, selected, nominated }) => type === 'candidate-pair' && (selected || nominated),
    );
  const ends = [pair?.localCandidateId, pair?.remoteCandidateId].map((id) => report.get(id));
  return {
    received: sum('packetsReceived'),
    lost: sum('packetsLost'),
    rttMs: (pair?.currentRoundTripTime ?? 0) * 1000,
    jitterMs: Math.max(0, ...inbound.map(({ jitter }) => (jitter ?? 0) * 1000)),
    audioEnergy: sum('totalAudioEnergy'),
    frames: sum('framesDecoded'),
    relayed: ends.some((end) => end?.candidateType === 'relay'),
  };
}

const FLOW_MS = 700;

/** Whether sound or picture comes, by looking twice. @param {RTCPeerConnection} pc */
export async function flows(pc) {
  const first = readStats(await pc.getStats()).received;
  await new Promise((resolve) => setTimeout(resolve, FLOW_MS));
  return readStats(await pc.getStats()).received > first;
}

/** @param {Sample} before @param {Sample} now @returns {Quality} */
export function judge(before, now) {
  const lost = Math.max(0, now.lost - before.lost);
  const all = lost + Math.max(0, now.received - before.received);
  const lossPercent = all ? (100 * lost) / all : 0;
  const { rttMs, jitterMs, relayed } = now;
  const values = { rttMs, lossPercent, jitterMs };
  const worst = Math.max(
    ...Object.entries(values).map(([name, value]) => {
      const limits = LIMITS[/** @type {keyof typeof LIMITS} */ (name)];
      return limits.filter((limit) => value > limit).length;
    }),
  );
  const grade = /** @type {const} */ (['good', 'fair', 'poor'])[worst];
  return { grade, rttMs: Math.round(rttMs), lossPercent: Math.round(lossPercent), relayed };
}
