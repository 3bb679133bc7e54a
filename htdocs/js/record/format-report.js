// @ts-check
// Who runs the site hears of browsers that can't record in any of the thread's formats.
import { recordingFault } from '../container/recording-formats.js';
import { logError } from '../net/api.js';

/** To be called once a visit. @param {import('../net/api.js').Settings} settings @param {import('../net/api.js').Who} who */
export function reportMimeFault({ formats, allowVideo }, who) {
  /** @type {('audio' | 'video')[]} */
  const kinds = allowVideo ? ['audio', 'video'] : ['audio'];
  const hasRecorder = typeof MediaRecorder !== 'undefined';
  const canRecord = (/** @type {string} */ mime) => MediaRecorder.isTypeSupported(mime);
  const fault = recordingFault(formats, kinds, hasRecorder ? canRecord : null);
  if (!fault) return;
  const { href: url } = location;
  logError(who, { errorMsg: fault, url, lineNumber: 0, errorObj: navigator.userAgent });
}
