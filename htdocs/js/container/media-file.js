// @ts-check
// A file of the person's own becomes a clip. Its first bytes say what it is, and not its name; what the thread does not take
// as it is, is made to fit here in the page.
import { planFile } from './file-plan.js';

/** @typedef {import('../net/api.js').Settings} Settings */
/** @typedef {import('../record/recorder.js').Clip} Recording */
/** @typedef {import('./file-plan.js').Objection} Objection */
/** @typedef {import('./file-plan.js').Facts} Facts */
/** @typedef {import('./file-plan.js').Fitting} Fitting */
/** @typedef {import('./file-plan.js').Target} Target */
/** @typedef {typeof import('../../vendor/mediabunny.js')} Tools */
/**
 * @typedef {object} Watching
 * @property {(fraction: number) => void} onProgress how much of it is made to fit
 * @property {AbortSignal} signal gives it up
 */

/** Loads what knows the formats: large, and seldom wanted. @returns {Promise<Tools>} */
const loadTools = () => import('../../vendor/mediabunny.js');

/** @param {Tools} tools @param {Blob} blob */
function open(tools, blob) {
  const { MP4, QTFF, WEBM, MATROSKA, OGG, WAVE, MP3, ADTS, FLAC } = tools;
  const formats = [MP4, QTFF, WEBM, MATROSKA, OGG, WAVE, MP3, ADTS, FLAC];
  return new tools.Input({ formats, source: new tools.BlobSource(blob) });
}

/**
 * Makes a clip of a file, or says why not; null: it was given up.
 * @param {File} file @param {Settings} settings @param {Watching} watching
 * @returns {Promise<{clip: Recording, isCut: boolean} | Objection | null>}
 */
export async function clipOf(file, settings, watching) {
  const tools = await loadTools();
  const input = open(tools, file);
  try {
    const facts = await factsOf(input, file).catch(() => null);
    if (!facts) return 'file.unreadable';
    const plan = planFile(facts, settings);
    if (typeof plan === 'string') return plan;
    const startedAt = new Date(file.lastModified);
    if ('asIs' in plan) {
      const { mime, ext } = plan.asIs;
      const clip = { blob: file, duration: facts.seconds, startedAt, mime: short(mime), ext };
      return { clip, isCut: false };
    }
    const made = await fitted(tools, input, plan, watching);
    if (!made || typeof made === 'string') return made;
    return { clip: { ...made, duration: plan.seconds, startedAt }, isCut: plan.isCut };
  } finally {
    input.dispose();
  }
}

/** Without codecs: those in the file may be others of its kind. @param {string} mime */
const short = (mime) => mime.split(';')[0];

/** @param {InstanceType<Tools['Input']>} input @param {File} file @returns {Promise<Facts>} */
async function factsOf(input, file) {
  const [format, sound, picture] = [
    await input.getFormat(),
    await input.getPrimaryAudioTrack(),
    await input.getPrimaryVideoTrack(),
  ];
  return {
    container: format.name,
    seconds: await input.computeDuration(),
    bytes: file.size,
    sound: sound && { codec: await sound.getCodec(), canDecode: await sound.canDecode() },
    picture: picture && {
      codec: await picture.getCodec(),
      canDecode: await picture.canDecode(),
      width: await picture.getDisplayWidth(),
      height: await picture.getDisplayHeight(),
      rotation: await picture.getRotation(),
    },
  };
}

/**
 * Writes what is in a file anew.
 * @param {Tools} tools @param {InstanceType<Tools['Input']>} input @param {Fitting} plan @param {Watching} watching
 * @returns {Promise<{blob: Blob, mime: string, ext: string} | Objection | null>}
 */
async function fitted(tools, input, plan, { onProgress, signal }) {
  const way = await firstWritable(tools, plan);
  if (!way) return 'file.format';
  const { format } = way.target;
  const target = new tools.BufferTarget();
  const output = new tools.Output({ format: writerOf(tools, format.ext), target });
  const { rates, size, seconds, isCut, isCopied } = plan;
  const conversion = await tools.Conversion.init({
    input,
    output,
    tracks: 'primary',
    showWarnings: false,
    // Where and on what it was made is nobody's business.
    tags: {},
    ...(isCut && { trim: { end: seconds } }),
    audio: isCopied ? {} : { codec: way.sound, bitrate: rates.audioBitsPerSecond },
    video: isCopied
      ? {}
      : {
          codec: way.picture,
          bitrate: rates.videoBitsPerSecond,
          forceTranscode: true,
          allowRotationMetadata: false,
          alpha: 'discard',
          ...(size && { ...size, fit: 'contain' }),
        },
  });
  // What is left out would be missed: a picture that can't be read must not become sound alone.
  const lost = conversion.discardedTracks.find(({ reason }) => reason !== 'discarded_by_user');
  if (lost?.track.isVideoTrack()) return 'file.noPicture';
  if (lost || !conversion.isValid) return 'file.unplayable';
  conversion.onProgress = onProgress;
  const cancel = () => void conversion.cancel();
  signal.addEventListener('abort', cancel);
  try {
    if (!signal.aborted) await conversion.execute();
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
  if (signal.aborted || !target.buffer) return null;
  const mime = short(format.mime);
  return { blob: new Blob([target.buffer], { type: mime }), mime, ext: format.ext };
}

/**
 * The first of the plan's targets that this browser can write. Rates and size don't matter much to that.
 * @param {Tools} tools @param {Fitting} plan
 * @returns {Promise<{target: Target, sound: any, picture: any} | null>} with the codecs
 */
async function firstWritable(tools, { targets, isCopied }) {
  if (isCopied) return { target: targets[0], sound: undefined, picture: undefined };
  for (const target of targets) {
    const sound = await first(target.sound, tools.canEncodeAudio);
    const picture = await first(target.picture, tools.canEncodeVideo);
    if (sound && (picture || !target.picture.length)) return { target, sound, picture };
  }
  return null;
}

/** @param {string[]} codecs @param {(codec: any) => Promise<boolean>} canEncode @returns {Promise<any>} */
async function first(codecs, canEncode) {
  for (const codec of codecs) if (await canEncode(codec)) return codec;
  return undefined;
}

/** @param {Tools} tools @param {string} ext */
function writerOf(tools, ext) {
  if (ext === 'webm') return new tools.WebMOutputFormat();
  if (ext === 'oga') return new tools.OggOutputFormat();
  if (ext === 'wav') return new tools.WavOutputFormat();
  return new tools.Mp4OutputFormat({ fastStart: 'in-memory' });
}

/**
 * A WebM with its length and places to seek to, which a browser's recorder has left out.
 * @param {Blob} blob
 */
export async function withLength(blob) {
  const tools = await loadTools();
  const input = open(tools, blob);
  const target = new tools.BufferTarget();
  const output = new tools.Output({ format: new tools.WebMOutputFormat(), target });
  const conversion = await tools.Conversion.init({ input, output, tags: {}, showWarnings: false });
  if (!conversion.isValid || conversion.discardedTracks.length) return blob;
  await conversion.execute();
  input.dispose();
  return target.buffer ? new Blob([target.buffer], { type: blob.type }) : blob;
}
