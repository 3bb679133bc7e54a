// @ts-check
// A file of the person's own as a clip: whether the thread takes it, and how long it is.

/** @typedef {import('../net/api.js').Settings} Settings */
/** @typedef {import('../record/recorder.js').Clip} Recording */
/** @typedef {'file.format' | 'file.noVideo' | 'file.unplayable' | 'file.long'} Objection */

/** Names for the same container. @type {Record<string, string>} */
const SAME = { ogg: 'oga', opus: 'oga', wave: 'wav' };
/** What a container is called in a type. @type {Record<string, string>} */
const CONTAINERS = { webm: 'webm', m4a: 'mp4', mp4: 'mp4', oga: 'ogg', wav: 'wav' };
const PATIENCE_MS = 10_000;

/** The extensions that the thread takes, as people know them. @param {Settings} settings */
export function acceptedExtensions({ formats, allowVideo }) {
  const wanted = formats.filter(({ kind }) => allowVideo || kind === 'audio');
  const own = new Set(wanted.map(({ ext }) => ext));
  return [...own, ...Object.keys(SAME).filter((name) => own.has(SAME[name]))];
}

/** The extension that a clip made of this file has. @param {string} name */
function extensionOf(name) {
  const ext = name.split('.').pop()?.toLowerCase() ?? '';
  return SAME[ext] ?? ext;
}

/**
 * Makes a clip of a file, or says why not.
 * @param {File} file @param {Settings} settings
 * @returns {Promise<Recording | Objection>}
 */
export async function clipOf(file, settings) {
  const ext = extensionOf(file.name);
  const known = settings.formats.some((format) => format.ext === ext);
  if (!known)
    return file.type.startsWith('video/') && !settings.allowVideo ? 'file.noVideo' : 'file.format';
  const found = await look(file);
  if (!found) return 'file.unplayable';
  const { duration, kind } = found;
  if (kind === 'video' && !settings.allowVideo) return 'file.noVideo';
  const mime = `${kind}/${CONTAINERS[ext]}`;
  const fits = settings.formats.some(
    (format) => format.ext === ext && format.mime.startsWith(mime),
  );
  if (!fits && !(ext === 'mp4' && kind === 'audio')) return 'file.format';
  if (duration > settings.limits.maxClipSizeSec + 1) return 'file.long';
  return { blob: file, duration, startedAt: new Date(file.lastModified), mime, ext };
}

/**
 * How long a file plays, and whether there is a picture; null: this browser can't play it.
 * @param {File} file @returns {Promise<{duration: number, kind: 'audio' | 'video'} | null>}
 */
function look(file) {
  const element = document.createElement('video');
  element.preload = 'metadata';
  const url = URL.createObjectURL(file);
  return new Promise((resolve) => {
    const giveUp = setTimeout(() => resolve(null), PATIENCE_MS);
    const done = () => {
      if (!Number.isFinite(element.duration)) return;
      clearTimeout(giveUp);
      resolve({ duration: element.duration, kind: element.videoWidth ? 'video' : 'audio' });
    };
    element.onerror = () => resolve(null);
    element.ondurationchange = element.readyState ? done : null;
    element.onloadedmetadata = () => {
      element.ondurationchange = done;
      // A recording that carries no length tells it when one looks for its end.
      if (!Number.isFinite(element.duration)) element.currentTime = Number.MAX_SAFE_INTEGER;
      done();
    };
    element.src = url;
  }).finally(() => {
    element.removeAttribute('src');
    URL.revokeObjectURL(url);
  });
}
