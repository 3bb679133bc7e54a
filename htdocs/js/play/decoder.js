// @ts-check
// From a clip's address to its samples.
import { lengthOf } from '../container/frames.js';
import { unskipped } from '../container/mp4-demuxer.js';
import { WebmReader } from '../container/webm-demuxer.js';

/** The first byte of every WebM. */
const EBML = 0x1a;

/** @typedef {import('./crossfade.js').Sound} Sound */

/**
 * Fetches a short clip and decodes it.
 * @param {string} url
 * @param {BaseAudioContext} context
 * @param {AbortSignal} signal
 * @returns {Promise<{sound: Sound, file: Uint8Array<ArrayBuffer>}>}
 */
export async function fetchSound(url, context, signal) {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  const file = new Uint8Array(await response.arrayBuffer());
  const { bytes, lead, seconds } = whole(file);
  // It takes away what it is given.
  const given = bytes === file ? file.slice() : bytes;
  const decoded = await context.decodeAudioData(given.buffer);
  const channels = Array.from({ length: decoded.numberOfChannels }, (_, channel) =>
    decoded.getChannelData(channel),
  );
  // Some decoders leave out what they take for the lead, or some of it.
  const leftOut = Math.max(0, seconds - decoded.duration);
  const before = Math.round(Math.max(0, lead - leftOut) * decoded.sampleRate);
  return { sound: { channels, lead: before }, file };
}

/**
 * All that is in a clip to be heard, also what belongs before its beginning, and without its picture.
 * @param {Uint8Array<ArrayBuffer>} file
 * @returns {{bytes: Uint8Array<ArrayBuffer>, lead: number, seconds: number}} lead: seconds of what belongs before
 */
function whole(file) {
  try {
    return file[0] === EBML ? ofWebm(file) : ofMp4(file);
  } catch {
    // Something else.
    return { bytes: file, lead: 0, seconds: 0 };
  }
}

/** @param {Uint8Array<ArrayBuffer>} file */
function ofWebm(file) {
  const reader = new WebmReader();
  const sound = reader.push(file).filter(({ isPicture }) => !isPicture);
  const seconds = lengthOf(sound) / reader.rate;
  return { bytes: reader.write(sound, 0), lead: reader.skip / reader.rate, seconds };
}

/** @param {Uint8Array<ArrayBuffer>} file */
function ofMp4(file) {
  const { bytes, skip, length, rate } = unskipped(file);
  return { bytes, lead: skip / rate, seconds: length / rate };
}
