// @ts-check
// Getting the microphone (and camera), and saying in one word why not. What is open already is shared:
// some phones take the microphone away from whoever had it first.
import { chosenDevice, isSoundLeft } from './devices.js';

/** @typedef {'denied' | 'missing' | 'taken' | 'insecure' | 'failed'} Refusal */

/** Why there is no microphone. */
export class MicrophoneError extends Error {
  /** @param {Refusal} refusal @param {string} [reason] */
  constructor(refusal, reason = '') {
    super(reason || refusal);
    this.refusal = refusal;
  }
}

/** @type {Record<string, Refusal>} */
const refusals = {
  NotAllowedError: 'denied',
  SecurityError: 'denied',
  NotFoundError: 'missing',
  OverconstrainedError: 'missing',
  NotReadableError: 'taken',
  AbortError: 'taken',
};

/** Tracks that are open, for others to share, and whether their sound was left as it is. @type {Map<MediaStreamTrack, boolean>} */
const open = new Map();

/** A track of one's own of what is open already. @param {'audio' | 'video'} kind */
function share(kind) {
  const device = chosenDevice(kind);
  for (const track of open.keys()) if (track.readyState !== 'live') open.delete(track);
  const [found] =
    [...open].find(([track, left]) => {
      const isWanted = kind === 'video' || left === isSoundLeft();
      return (
        track.kind === kind && isWanted && (!device || track.getSettings().deviceId === device)
      );
    }) ?? [];
  const copy = found?.clone();
  // Who muted the other one did not mean this one.
  if (copy) copy.enabled = true;
  return copy;
}

/**
 * Opens the microphone, and the camera for video.
 * @param {'audio' | 'video'} kind
 * @param {import('../container/recording-formats.js').Preset} preset
 */
export const openMicrophone = (kind, preset) =>
  openTracks({ audio: true, video: kind === 'video' ? preset : null });

/**
 * Opens what is wanted, or shares it.
 * @param {{audio: boolean, video: import('../container/recording-formats.js').Preset | null}} wanted
 */
export async function openTracks({ audio, video }) {
  const shared = [audio ? share('audio') : undefined, video ? share('video') : undefined];
  const tracks = shared.filter((track) => track !== undefined);
  const size = video && wishes(video);
  if (size) await shared[1]?.applyConstraints(size).catch(() => {});
  const missing = {
    audio: audio && !shared[0] && processing(),
    video: !shared[1] && (size ?? false),
  };
  if (missing.audio || missing.video) {
    // A wish for a device is not always heard; a demand fails where it was unplugged.
    const stream = await ask(withDevices(missing, 'exact')).catch((error) => {
      if (error.refusal !== 'missing') throw error;
      return ask(withDevices(missing, 'ideal'));
    });
    tracks.push(...stream.getTracks());
  }
  for (const track of tracks) open.set(track, isSoundLeft());
  return new MediaStream(tracks);
}

/**
 * The same with the devices that the person has chosen.
 * @param {{audio: object | false, video: object | false}} wanted
 * @param {'exact' | 'ideal'} how
 */
function withDevices(wanted, how) {
  const one = (/** @type {'audio' | 'video'} */ kind) => {
    const id = chosenDevice(kind);
    return wanted[kind] && { ...wanted[kind], ...(id && { deviceId: { [how]: id } }) };
  };
  return { audio: one('audio'), video: one('video') };
}

/** What the browser does to the sound: good for speech, and ruin for music. */
function processing() {
  const on = !isSoundLeft();
  return { echoCancellation: on, noiseSuppression: on, autoGainControl: on };
}

/** @param {import('../container/recording-formats.js').Preset} preset */
function wishes({ width, height, frameRate }) {
  // All are wishes ("ideal"), so that a camera that can't do them still serves.
  if (!width) return {};
  return { width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: frameRate } };
}

/** @param {MediaStreamConstraints} constraints */
async function ask(constraints) {
  if (!navigator.mediaDevices?.getUserMedia) throw new MicrophoneError('insecure');
  try {
    return await navigator.mediaDevices.getUserMedia(constraints);
  } catch (error) {
    const { name = '', message = '' } = /** @type {DOMException} */ (error);
    throw new MicrophoneError(refusals[name] ?? 'failed', message || name);
  }
}

/** Whether opening it would ask nobody: the permission was given earlier. @param {'audio' | 'video'} kind */
export async function isAllowed(kind) {
  const names = kind === 'video' ? ['microphone', 'camera'] : ['microphone'];
  try {
    const asked = names.map((name) =>
      navigator.permissions.query({ name: /** @type {PermissionName} */ (name) }),
    );
    return (await Promise.all(asked)).every(({ state }) => state === 'granted');
  } catch {
    return false;
  }
}

/** @param {MediaStream | null} stream */
export const isLive = (stream) =>
  !!stream && stream.getTracks().every(({ readyState }) => readyState === 'live');

/** @param {MediaStream | null} stream */
export const closeStream = (stream) => stream?.getTracks().forEach((track) => track.stop());
