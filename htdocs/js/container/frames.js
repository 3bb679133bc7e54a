// @ts-check
// Recorded sound and pictures between two files: what was taken out of one, and goes into the next.
import { Mp4Reader } from './mp4-demuxer.js';
import { WebmReader } from './webm-demuxer.js';

/**
 * @typedef {object} Frame
 * @property {Uint8Array} data as the encoder made it
 * @property {boolean} isPicture
 * @property {boolean} isKey whether one can begin with it
 * @property {number} ms when it begins, in its file
 * @property {number} length how long it sounds, in the reader's units; of a picture 0
 */
/**
 * A kind of file that is read while it comes, and of whose frames others are made.
 * @typedef {object} Reader
 * @property {number} rate units in a second
 * @property {number} preRoll a decoder that begins in the middle needs so many units before what it gives out is right
 * @property {number} skip so many units at the beginning are none of the sound
 * @property {boolean} losesEnd whether its writer, when it is told to end, may lose what it has not given out yet
 * @property {(bytes: Uint8Array) => Frame[]} push takes the next bytes; returns the frames that are whole by now
 * @property {(sound: Frame[], skip: number, pictures?: Frame[], gaps?: number[]) => Uint8Array<ArrayBuffer>} write puts
 *   frames into a file of their own, in which `skip` units at the beginning are not to be heard; `gaps`: by frames of sound,
 *   units of silence before them
 */

/** Reads what has this type. @param {string} mime @returns {Reader} */
export const readerOf = (mime) => (/\/mp4/.test(mime) ? new Mp4Reader() : new WebmReader());

/** @param {Frame[]} frames */
export const lengthOf = (frames) => frames.reduce((sum, { length }) => sum + length, 0);

/** What is longer is no jitter of a recorder's clock. */
const GAP_MS = 100;

/**
 * Where a recorder had no sound for a while, as on a machine that was too busy: units of silence before the frames.
 * @param {Frame[]} sound @param {number} rate units in a second @param {number} begin in milliseconds @returns {number[]}
 */
export function gapsIn(sound, rate, begin) {
  let at = begin;
  return sound.map(({ ms, length }) => {
    const gap = ms - at > GAP_MS ? ms - at : 0;
    at += gap + (length * 1000) / rate;
    return Math.round((gap * rate) / 1000);
  });
}

/** As many of the last frames as are at least so long. @param {Frame[]} frames @param {number} least */
export function lastOf(frames, least) {
  let from = frames.length;
  while (from > 0 && lengthOf(frames.slice(from)) < least) from -= 1;
  return frames.slice(from);
}
