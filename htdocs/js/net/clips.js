// @ts-check
// The thread's clips as the page knows them: rows of the wire made into objects, and what has changed.

/** @typedef {'new' | 'heard' | 'playing' | 'paused' | 'failed'} ClipState */
/**
 * @typedef {object} Clip
 * @property {string} id the file name
 * @property {string} author
 * @property {string} dateTime as the server writes it
 * @property {number} madeAt milliseconds since 1970; 0: not known
 * @property {'audio' | 'video'} kind
 * @property {number} duration seconds
 * @property {number} bytes
 * @property {number} expire Unix seconds
 * @property {string} description
 * @property {string} url
 * @property {string} ext
 */

/** @param {import('./api.js').ListRow} row @param {string} media address of the clips @returns {Clip} */
export function readRow(row, media) {
  const [id, author, dateTime, mime, duration, bytes, expire, description] = row;
  return {
    id: String(id),
    author: String(author),
    dateTime: String(dateTime),
    madeAt: madeAt(String(id)),
    kind: String(mime).startsWith('video') ? 'video' : 'audio',
    duration: Number(duration) || 0,
    bytes: Number(bytes) || 0,
    expire: Number(expire) || 0,
    description: String(description ?? ''),
    url: media + encodeURIComponent(String(id)),
    ext: String(id).split('.').pop() ?? '',
  };
}

/** When a server took a clip: the names tell it, in milliseconds, or those of the original in seconds. @param {string} id */
function madeAt(id) {
  const [, time] = /^([0-9a-z]{7,9})-[0-9a-f]{16}\./.exec(id) ?? [];
  if (time) return parseInt(time, 36);
  // The second, and a count of the clips in it.
  const [, second] = /^([12]\d{9})\d{1,3}\.\w+$/.exec(id) ?? [];
  return Number(second ?? 0) * 1000;
}

/**
 * What a newer list has and lacks, both oldest first.
 * @param {Clip[]} before
 * @param {Clip[]} after
 */
export function difference(before, after) {
  const [had, has] = [before, after].map((list) => new Set(list.map(({ id }) => id)));
  return {
    added: after.filter(({ id }) => !had.has(id)),
    removed: before.filter(({ id }) => !has.has(id)),
  };
}
