// @ts-check
// Getting the microphone (and camera), and saying in one word why not.

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
  NotReadableError: 'taken',
  AbortError: 'taken',
};

/**
 * Opens the microphone, and the camera for video.
 * @param {'audio' | 'video'} kind
 * @param {import('./formats.js').Preset} preset
 */
export async function openMicrophone(kind, preset) {
  if (!navigator.mediaDevices?.getUserMedia) throw new MicrophoneError('insecure');
  const { width, height, frameRate } = preset;
  // All are wishes ("ideal"), so that a camera that can't do them still serves.
  const video = {
    width: { ideal: width },
    height: { ideal: height },
    frameRate: { ideal: frameRate },
  };
  const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio, video: kind === 'video' && video });
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
