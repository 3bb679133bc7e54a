// @ts-check
// Bytes put together and taken apart, for the formats of recordings.

/** @typedef {Uint8Array | number[]} Bytes */

/** Something else than a reader is for. */
export class NotUnderstood extends Error {}

/** @param {Bytes[]} parts */
export const sizeOf = (parts) => parts.reduce((sum, { length }) => sum + length, 0);

/** @param {Bytes[]} parts */
export function joined(parts) {
  const all = new Uint8Array(sizeOf(parts));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A number as big-endian bytes. @param {number} value @param {number} [least] bytes @returns {number[]} */
export function whole(value, least = 1) {
  const bytes = [];
  for (let rest = value; rest >= 1 || bytes.length < least; rest = Math.floor(rest / 256)) {
    bytes.unshift(rest % 256);
  }
  return bytes;
}

/** @param {Iterable<number>} bytes big-endian */
export function number(bytes) {
  let value = 0;
  for (const byte of bytes) value = value * 256 + byte;
  return value;
}

/** @param {string} value */
export const text = (value) => [...value].map((letter) => letter.charCodeAt(0));
