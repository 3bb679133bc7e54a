// @ts-check
// What is to become of a file of the person's own: sent as it is, made to fit, or refused; as pure functions of what is in it.
import { chooseBitrates } from './recording-formats.js';

/** @typedef {import('../net/api.js').Settings} Settings */
/** @typedef {import('../net/api.js').Format} Format */
/** @typedef {'file.format' | 'file.noVideo' | 'file.unplayable' | 'file.noPicture' | 'file.unreadable'} Objection */
/** @typedef {{codec: string | null, canDecode: boolean}} Sound */
/** @typedef {{codec: string | null, canDecode: boolean, width: number, height: number, rotation: number}} Picture as shown */
/**
 * What is in a file.
 * @typedef {object} Facts
 * @property {string} container as its first bytes say: its name in mediabunny
 * @property {number} seconds
 * @property {number} bytes
 * @property {Sound | null} sound
 * @property {Picture | null} picture
 */
/** @typedef {{format: Format, sound: string[], picture: string[]}} Target codecs that may be in it, the best first */
/** @typedef {{audioBitsPerSecond: number, videoBitsPerSecond?: number}} Rates */
/** @typedef {{width: number, height: number}} Size */
/**
 * How a file is made to fit.
 * @typedef {object} Fitting
 * @property {Target[]} targets the first that the browser can write is taken
 * @property {boolean} isCopied what was encoded stays as it is, and only the container changes
 * @property {number} seconds so much of its beginning
 * @property {boolean} isCut whether that is not all
 * @property {Rates} rates
 * @property {Size | null} size of the picture; null: as it is
 */

/** A clip's length is measured, and a file of exactly the longest one may be a little longer. */
const TOLERANCE_SEC = 1;
/** With this part of its usual bits a picture still looks better than a smaller one. */
const ENOUGH = 0.6;

/** Pictures are made as large as their bits allow: the best first. @type {(Size & {bitsPerSecond: number})[]} */
const SIZES = [
  { width: 1280, height: 720, bitsPerSecond: 2_500_000 },
  { width: 640, height: 480, bitsPerSecond: 800_000 },
  { width: 320, height: 240, bitsPerSecond: 250_000 },
];

/** What a file with this extension may have in it. @type {Record<string, {container: string, sound: string[], picture: string[]}>} */
const CONTENTS = {
  webm: { container: 'WebM', sound: ['opus', 'vorbis'], picture: ['vp8', 'vp9'] },
  m4a: { container: 'MP4', sound: ['aac', 'opus'], picture: [] },
  mp4: { container: 'MP4', sound: ['aac', 'opus'], picture: ['avc'] },
  oga: { container: 'Ogg', sound: ['opus', 'vorbis'], picture: [] },
  wav: { container: 'WAVE', sound: ['pcm-s16', 'pcm-u8', 'pcm-s24', 'pcm-f32'], picture: [] },
};

/** In which of the thread's formats this may be, in the thread's order. @param {Facts} facts @param {Settings} settings @returns {Target[]} */
function targetsFor({ picture }, { formats }) {
  const kind = picture ? 'video' : 'audio';
  const fitting = formats.filter((format) => format.kind === kind && CONTENTS[format.ext]);
  return fitting.map((format) => {
    const { sound, picture: pictures } = CONTENTS[format.ext];
    // A type that names one codec for the picture means that one.
    const named = pictures.filter((codec) => format.mime.includes(codec));
    return { format, sound, picture: named.length ? named : pictures };
  });
}

/** Whether all that is in the file may be in this. @param {Facts} facts @param {Target} target */
const holds = ({ sound, picture }, target) =>
  (!sound || target.sound.includes(sound.codec ?? '')) &&
  (!picture || target.picture.includes(picture.codec ?? ''));

/**
 * What to do with a file.
 * @param {Facts} facts @param {Settings} settings
 * @returns {{asIs: Format} | Fitting | Objection}
 */
export function planFile(facts, settings) {
  const { sound, picture } = facts;
  if (!sound && !picture) return 'file.unplayable';
  if (picture && !settings.allowVideo) return 'file.noVideo';
  const targets = targetsFor(facts, settings);
  if (!targets.length) return 'file.format';
  const { maxClipSizeSec, maxBlobBytes } = settings.limits;
  const isCut = facts.seconds > maxClipSizeSec + TOLERANCE_SEC;
  const seconds = isCut ? maxClipSizeSec : facts.seconds;
  const keeping = targets.filter((target) => holds(facts, target));
  const fits = !isCut && facts.bytes <= maxBlobBytes;
  const same = keeping.find(({ format }) => CONTENTS[format.ext].container === facts.container);
  if (fits && same) return { asIs: same.format };
  const share = { targets, seconds, isCut, ...bitsFor(facts, settings, seconds) };
  const bytes = (facts.bytes * seconds) / facts.seconds;
  if (keeping.length && bytes <= maxBlobBytes)
    return { ...share, targets: keeping, isCopied: true, size: null };
  // Sound without its picture, or a picture without its sound, is another thing than what was chosen.
  if (picture && !picture.canDecode) return 'file.noPicture';
  if (sound && !sound.canDecode) return 'file.unplayable';
  return { ...share, isCopied: false };
}

/** With how many bits the clip still fits, and how large its picture is. @param {Facts} facts @param {Settings} settings @param {number} seconds */
function bitsFor({ picture }, { limits: { maxBlobBytes } }, seconds) {
  const kind = picture ? 'video' : 'audio';
  const bitsOf = (/** @type {import('./recording-formats.js').Preset} */ preset) =>
    chooseBitrates({ maxBlobBytes, seconds, kind, preset });
  const best = SIZES.find(
    (size) => (bitsOf(size).videoBitsPerSecond ?? 0) >= ENOUGH * size.bitsPerSecond,
  );
  const preset = best ?? SIZES[SIZES.length - 1];
  return { rates: bitsOf(preset), size: picture && within(picture, preset) };
}

/** The largest even size of the same shape in a preset's, upright or not; null: it is no larger. @param {Size} picture @param {Size} preset */
function within({ width, height }, preset) {
  const [long, short] = [Math.max(width, height), Math.min(width, height)];
  const scale = Math.min(1, preset.width / long, preset.height / short);
  if (scale === 1) return null;
  const even = (/** @type {number} */ length) => Math.max(2, 2 * Math.round((length * scale) / 2));
  return { width: even(width), height: even(height) };
}
