// @ts-check
// Which format to record in, and with how many bits, as pure functions.

/** @typedef {import('../net/api.js').Format} Format */
/** @typedef {'audio' | 'video'} Kind */
/** @typedef {{width?: number, height?: number, frameRate?: number, bitsPerSecond: number}} Preset without a size: the camera's own */
/** @typedef {'auto' | '640x480@15' | '640x480@30' | '800x600@30' | '960x720@30' | '1280x720@30' | '320x240@15'} PresetName */

/** @type {Record<string, Preset>} */
export const presets = {
  auto: { bitsPerSecond: 800_000 },
  '640x480@15': { width: 640, height: 480, frameRate: 15, bitsPerSecond: 500_000 },
  '640x480@30': { width: 640, height: 480, frameRate: 30, bitsPerSecond: 1_000_000 },
  '800x600@30': { width: 800, height: 600, frameRate: 30, bitsPerSecond: 1_500_000 },
  '960x720@30': { width: 960, height: 720, frameRate: 30, bitsPerSecond: 2_000_000 },
  '1280x720@30': { width: 1280, height: 720, frameRate: 30, bitsPerSecond: 2_500_000 },
  '320x240@15': { width: 320, height: 240, frameRate: 15, bitsPerSecond: 250_000 },
};

/** The presets that a person may choose, the first by default. */
export const presetNames = /** @type {PresetName[]} */ (Object.keys(presets));

/** Speech and music both sound well in Opus at this rate. */
const USUAL_AUDIO = 64_000;
const LEAST_AUDIO = 12_000;
const LEAST_VIDEO = 60_000;
/** Encoders overshoot, and the container wants its share. */
const SAFETY = 0.85;
/** A piece of a stream begins with a bit of the one before: see segmenter.js. */
const LEAD_SEC = 0.12;

/**
 * The first format of this kind that the browser records in.
 * @param {Format[]} formats
 * @param {Kind} kind
 * @param {(mime: string) => boolean} canRecord
 */
export const chooseFormat = (formats, kind, canRecord) =>
  formats.find((format) => format.kind === kind && canRecord(format.mime));

/**
 * Bits per second with which a clip of the longest length still fits.
 * @param {{maxBlobBytes: number, seconds: number, kind: Kind, preset: Preset, halvings?: number}} wanted halvings: how often
 *   they are halved
 */
export function chooseBitrates({ maxBlobBytes, seconds, kind, preset, halvings = 0 }) {
  const budget = (maxBlobBytes * 8 * SAFETY) / Math.max(1, seconds);
  // Of a scarce budget the sound gets a fifth: one would rather hear well than see well.
  const forAudio = kind === 'video' ? budget / 5 : budget;
  const usual = USUAL_AUDIO / 2 ** halvings;
  const audio = Math.round(Math.min(usual, Math.max(LEAST_AUDIO, forAudio)));
  if (kind === 'audio') return { audioBitsPerSecond: audio };
  const wanted = Math.max(LEAST_VIDEO, preset.bitsPerSecond / 2 ** halvings);
  const video = Math.min(wanted, Math.max(LEAST_VIDEO, budget - audio));
  return { audioBitsPerSecond: audio, videoBitsPerSecond: Math.round(video) };
}

/** The longest clip, in whole seconds, that fits at the lowest bit rates. @param {number} maxBlobBytes @param {Kind} kind */
export function longestPiece(maxBlobBytes, kind) {
  const least = LEAST_AUDIO + (kind === 'video' ? LEAST_VIDEO : 0);
  return Math.max(1, Math.floor((maxBlobBytes * 8 * SAFETY) / least - LEAD_SEC));
}

/**
 * What keeps this browser from recording here, for the admin's log; empty: nothing does.
 * @param {Format[]} formats that the thread takes
 * @param {Kind[]} kinds that are to be recorded
 * @param {((mime: string) => boolean) | null} canRecord null: there is no MediaRecorder
 */
export function recordingFault(formats, kinds, canRecord) {
  const missing = kinds.filter((kind) => !canRecord || !chooseFormat(formats, kind, canRecord));
  if (!missing.length) return '';
  const tried = formats.filter(({ kind }) => missing.includes(kind)).map(({ mime }) => mime);
  const why = canRecord ? `no recording in ${tried.join(', ')}` : 'no MediaRecorder';
  return `Mime fault: ${missing.join(' and ')}: ${why}`;
}

/** @typedef {{format: Format, seconds: number, recorder: MediaRecorderOptions & {mimeType: string}}} Plan */

/**
 * What to record with, and for how long; null: the browser can't record what the thread takes.
 * @param {import('../net/api.js').Settings} settings
 * @param {{kind: Kind, streaming: boolean, pieceSec: number, preset: string, halvings: number}} options
 * @returns {Plan | null}
 */
export function planRecording(
  { formats, limits },
  { kind, streaming, pieceSec, preset, halvings },
) {
  if (typeof MediaRecorder === 'undefined') return null;
  const format = chooseFormat(formats, kind, (mime) => MediaRecorder.isTypeSupported(mime));
  if (!format) return null;
  const seconds = streaming ? pieceSec : limits.maxClipSizeSec;
  const { maxBlobBytes } = limits;
  const wanted = {
    maxBlobBytes,
    seconds: seconds + LEAD_SEC,
    kind,
    preset: presets[preset] ?? presets.auto,
    halvings,
  };
  const rates = chooseBitrates(wanted);
  return { format, seconds, recorder: { mimeType: format.mime, ...rates } };
}
