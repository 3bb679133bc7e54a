// @ts-check
// Which microphone, camera and loudspeaker the person wants, kept between visits.
import { load, save } from '../util/storage.js';

/** @typedef {'audio' | 'video' | 'speaker'} Use */
/** @typedef {{id: string, name: string}} Device */

/** @type {Record<Use, MediaDeviceKind>} */
const kinds = { audio: 'audioinput', video: 'videoinput', speaker: 'audiooutput' };

/** The id of the chosen device; empty: the browser's choice. @param {Use} use @returns {string} */
export const chosenDevice = (use) => String(load(`device.${use}`, ''));

/** @param {Use} use @param {string} id */
export const chooseDevice = (use, id) => save(`device.${use}`, id);

/** Whether the browser leaves the sound as the microphone gives it: for music, and where a headset does the rest. */
export const isSoundLeft = () => Boolean(load('soundAsIs', false));

/** @param {boolean} on */
export const leaveSound = (on) => save('soundAsIs', on);

/** The devices there are. Before the first permission a browser hides their ids and names. @param {Use} use @returns {Promise<Device[]>} */
export async function devices(use) {
  const all = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
  const fitting = all.filter(({ kind, deviceId }) => kind === kinds[use] && deviceId);
  return fitting.map(({ deviceId, label }) => ({ id: deviceId, name: label }));
}

/** Whether a loudspeaker can be chosen. */
export const canChooseSpeaker = () => 'setSinkId' in HTMLMediaElement.prototype;
