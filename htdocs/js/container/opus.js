// @ts-check
// What one has to know of Opus to cut a stream of it (RFC 6716, RFC 7845), as pure functions.

/** Opus counts time in samples of this rate, whatever it was recorded with. */
export const RATE = 48_000;
/**
 * A decoder that begins in the middle of a stream needs so much before what it gives out is right: with 80 ms, as RFC
 * 7845 has it, a steady tone is still a tenth off, with 120 ms a thirtieth.
 */
export const PRE_ROLL = 0.12 * RATE;

/** Samples in a packet's frames, by the mode that its first byte names. @param {number} mode 0..31 */
function frameLength(mode) {
  if (mode < 12) return [480, 960, 1920, 2880][mode % 4];
  if (mode < 16) return [480, 960][mode % 2];
  return [120, 240, 480, 960][mode % 4];
}

/** How long a packet sounds, in samples. @param {Uint8Array} packet */
export function packetLength(packet) {
  if (!packet.length) return 0;
  const kind = packet[0] & 3;
  const frames = kind === 0 ? 1 : kind < 3 ? 2 : (packet[1] ?? 0) & 63;
  return frames * frameLength(packet[0] >> 3);
}

const SKIP_AT = 10;

/** How many samples at the beginning are none of the sound. @param {Uint8Array} head the stream's OpusHead */
export const skipOf = (head) => head[SKIP_AT] | (head[SKIP_AT + 1] << 8);

/** The same head for a stream with another beginning. @param {Uint8Array} head @param {number} samples */
export function withSkip(head, samples) {
  const copy = head.slice();
  copy[SKIP_AT] = samples & 255;
  copy[SKIP_AT + 1] = samples >> 8;
  return copy;
}
