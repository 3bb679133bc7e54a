// @ts-check
// From a clip's address to its samples.
import { RATE, packetLength, skipOf } from './opus.js';
import { WebmReader } from './webm-reader.js';
import { writeWebm } from './webm-writer.js';

/** @typedef {import('./splice.js').Sound} Sound */

/**
 * Fetches a short clip and decodes it.
 * @param {string} url
 * @param {BaseAudioContext} context
 * @param {AbortSignal} signal
 * @returns {Promise<Sound>}
 */
export async function fetchSound(url, context, signal) {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  const file = new Uint8Array(await response.arrayBuffer());
  const { bytes, lead, samples } = withLead(file);
  const decoded = await context.decodeAudioData(bytes.buffer);
  const scale = decoded.sampleRate / RATE;
  const channels = Array.from({ length: decoded.numberOfChannels }, (_, channel) =>
    decoded.getChannelData(channel),
  );
  // A decoder that leaves something out by itself has left out the lead.
  const isWhole = decoded.length > (samples - lead / 2) * scale;
  return { channels, lead: isWhole ? Math.round(lead * scale) : 0 };
}

/**
 * A clip in Opus with all that is in it to be heard, also what belongs before its beginning; others as they are.
 * @param {Uint8Array<ArrayBuffer>} file
 * @returns {{bytes: Uint8Array<ArrayBuffer>, lead: number, samples: number}}
 */
function withLead(file) {
  try {
    const reader = new WebmReader();
    const packets = reader.push(file);
    const { head, skip } = reader.track;
    const lead = Math.max(skipOf(head), Math.round((skip * RATE) / 1e9));
    const samples = packets.reduce((sum, packet) => sum + packetLength(packet), 0);
    if (lead && lead < samples) return { bytes: writeWebm(head, packets, 0), lead, samples };
  } catch {
    // Something else than Opus in WebM.
  }
  return { bytes: file, lead: 0, samples: 0 };
}
