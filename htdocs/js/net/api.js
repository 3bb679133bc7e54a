// @ts-check
// The wire, one function a request; WIRE.md says what each means.
import {
  ApiError,
  ask,
  count,
  fetchInTime,
  foundPrograms,
  programUrl,
  requests,
  SMALL_MS,
  tell,
  understand,
  whyNoAnswer,
} from './http.js';
import { formOf } from './form.js';
import { firstThatAnswers, places } from './programs.js';

export { ApiError, programUrl, requests };

/** @typedef {{mime: string, ext: string, kind: 'audio' | 'video'}} Format */
/** @typedef {{clips?: number, users?: number, all?: number, to?: Record<string, number>}} Pulse */
/** @typedef {{id: string, user: string, type: string, [more: string]: unknown}} Message */
/** @typedef {[string, string, string, string, string, number, number, string]} ListRow */

/**
 * @typedef {object} Limits
 * @property {number} maxBlobBytes
 * @property {number} maxMediaFolderBytes
 * @property {number} clipLifetimeSec
 * @property {number} maxClipCount 0: none
 * @property {number} maxClipSizeSec
 * @property {number} messageLifetimeSec
 */
/**
 * @typedef {object} Settings a thread's settings as thread.cgi gives them
 * @property {string} thread
 * @property {string} title
 * @property {string} lang
 * @property {string} media address of the clips, relative to the page
 * @property {string} pulse address of the pulse, relative to the page
 * @property {Limits} limits
 * @property {Format[]} formats in order of preference
 * @property {boolean} allowVideo
 * @property {boolean} videoOn
 * @property {boolean} allowStream
 * @property {'stop' | 'upload'} onRecorded
 * @property {number} streamIdleS after so many seconds without a touch a hands-free stream ends; 0: never
 * @property {boolean} playNew
 * @property {boolean} skipMine
 * @property {boolean} showMore
 * @property {boolean} reportErrors
 * @property {boolean} allowClear
 * @property {boolean} holdsNames whether a name belongs to the browser that used it first
 * @property {string[]} moderators their names
 * @property {boolean} hideExpired
 * @property {number | 'l' | 'off'} pollFactor
 * @property {number} renewSec
 * @property {number} [longPollPeriodS]
 * @property {number} timeShiftHrs
 * @property {RTCIceServer[]} iceServers
 * @property {boolean} relayOnly calls may go by way of a TURN server only
 * @property {number} timestamp
 * @property {string} [hub] address of the hub, where there is one: absolute, or relative to the page
 */
/** @typedef {{users: string[], pulse: Pulse, me: string, timestamp: number}} UsersAnswer */
/**
 * @typedef {object} PollAnswer
 * @property {number} timestamp
 * @property {Pulse} pulse
 * @property {string} me
 * @property {string[]} [users]
 * @property {ListRow[]} [list]
 * @property {string} [catCrc]
 * @property {number} [free]
 * @property {Message[]} [messages]
 * @property {boolean} [waited] false: a long poll that was answered at once, since too many wait
 */
/** @typedef {{user: string, realm: string}} Who */
/** visit: names this stay, from coming in to goodbye, so that what is answered after the goodbye counts no more. @typedef {Who & {visit: string}} Visitor */

/**
 * @typedef {object} Have what the page has
 * @property {string} catCrc
 * @property {string} ack
 * @property {string} seen of the last answer's pulse
 * @property {string} sid of the call that goes on, for the call log
 * @property {string} [pollFactor] how slowly the page asks, in tenths of a second
 */

/** Where the programs have answered: asked first from then on. @type {string[]} */
let answered = [];

/**
 * Asks thread.cgi, wherever it is. @param {string} name for counting @param {Record<string, string>} fields
 * @returns {Promise<any>}
 */
const first = (name, fields) =>
  firstThatAnswers([...new Set([...answered, ...places(document)])], async (address) => {
    foundPrograms(address);
    const answer = await ask(name, 'thread', fields, { method: 'GET' });
    answered = [address];
    return answer;
  });

/**
 * A thread's settings. The first question of all: it finds the programs.
 * @param {string} realm @param {string} user @returns {Promise<Settings>}
 */
export const threadSettings = (realm, user) => first('thread', { realm, user });

/** A thread in the site's list. @typedef {{thread: string, title: string, closed: boolean}} ListedThread */

/** The threads that want to be found by whoever has no link. @returns {Promise<ListedThread[]>} */
export const listedThreads = async () => {
  const { threads = [] } = await first('threads', { act: 'list' });
  return threads;
};

/**
 * Says a thread's password, or its moderators'. The server answers with a cookie that no script sees.
 * @param {string} realm @param {string} password
 */
export const logIn = (realm, password) => ask('logIn', 'thread', { realm, password });

/** Takes a name along to this browser, with the code that the other one shows. @param {Who} who @param {string} code */
export const takeName = ({ user, realm }, code) =>
  ask('take', 'users', { user, realm, act: 'take', code });

/**
 * A code that takes the name to another browser.
 * @param {Who} who @returns {Promise<{code: string, seconds: number}>}
 */
export const shareName = ({ user, realm }) => ask('share', 'users', { user, realm, act: 'share' });

/**
 * Does what only moderators may.
 * @param {Who} who @param {string} act mute, unmute, ban or unban @param {string} target
 * @returns {Promise<{muted: string[], banned: string[]}>}
 */
export const moderate = ({ user, realm }, act, target) =>
  ask('moderate', 'users', { user, realm, act, target });

/** For moderators: all who came in with a password must give it again, but for this browser. @param {Who} who */
export const endPasses = ({ user, realm }) =>
  ask('endPasses', 'users', { user, realm, act: 'endPasses' });

/**
 * Marks the user online, and says which messages the page has.
 * @param {Visitor} who @param {string} ack @param {{pollFactor?: string}} pace how slowly the page asks, in tenths of a second
 * @returns {Promise<UsersAnswer>}
 */
export const online = ({ user, realm, visit }, ack, pace) =>
  ask('users', 'users', { user, realm, act: 'online', visit, ...(ack && { ack }), ...pace });

/** Whether the programs can be reached at all. @param {Who} who */
export const areReached = ({ realm }) =>
  ask('reached', 'users', { realm, act: 'list' }, { method: 'GET' }).then(
    () => true,
    (/** @type {ApiError} */ error) => !error.passing,
  );

/** Says goodbye; works while the page is being closed. @param {Visitor} who */
export function bye({ user, realm, visit }) {
  count('bye');
  const form = formOf({ user, realm, act: 'bye', visit });
  return navigator.sendBeacon?.(programUrl('users'), form) ?? false;
}

/**
 * What is new.
 * @param {Visitor} who
 * @param {Have} have
 * @returns {Promise<PollAnswer>}
 */
export const poll = ({ user, realm, visit }, { sid, ...have }) =>
  ask('poll', 'poll', { user, realm, act: 'poll', visit, ...have, ...(sid && { sid }) });

/**
 * What is new, as soon as there is something.
 * @param {Visitor} who
 * @param {Have & {usersSeen: string[]}} have
 * @param {AbortSignal} signal
 * @param {number} timeoutMs
 * @returns {Promise<PollAnswer>}
 */
export function longPoll({ user, realm, visit }, { usersSeen, sid, ...have }, signal, timeoutMs) {
  const call = sid && { sid };
  const seen = { visit, usersSeen: JSON.stringify(usersSeen) };
  const fields = { user, realm, act: 'longPoll', ...seen, ...have, ...call };
  return ask('longPoll', 'poll', fields, { signal, timeoutMs });
}

/**
 * The pulse; `said` is null when the file was not understood. `isMarked`: the server tells its versions apart.
 * @param {string} url
 * @param {boolean} fresh whether to ask past all caches
 * @returns {Promise<{said: Pulse | null, isMarked: boolean}>}
 */
export async function pulse(url, fresh) {
  count('pulse');
  const { response, text } = await fetchInTime(fresh ? `${url}?${Date.now()}` : url, {
    cache: fresh ? 'no-store' : 'no-cache',
    timeoutMs: SMALL_MS,
  });
  if (response.status === 404) return { said: {}, isMarked: true };
  if (!response.ok) throw new ApiError('unreachable', '', { status: response.status, url });
  const isMarked = response.headers.has('ETag');
  try {
    return { said: JSON.parse(text), isMarked };
  } catch {
    return { said: null, isMarked };
  }
}

/** @param {Who} who @param {string} id the clip's file name */
export const deleteClip = ({ user, realm }, id) =>
  ask('delete', 'delete', { user, realm, act: 'delete', id });

/**
 * Gives a message to another user, or to all.
 * @param {Who} who
 * @param {string} target a user, or *
 * @param {Record<string, unknown>} message with its type
 * @param {boolean} log whether the call log is told
 */
export const relay = ({ user, realm }, target, message, log) =>
  tell('relay', 'chat', { ...message, user, realm, target, act: log ? 'logNrelay' : 'relay' });

/**
 * The same while the page is being closed: nobody hears whether it worked.
 * @param {Who} who
 * @param {string} target
 * @param {Record<string, unknown>} message
 * @param {boolean} log
 */
export function relayAtClose({ user, realm }, target, message, log) {
  count('relay');
  const act = log ? 'logNrelay' : 'relay';
  const form = formOf({ ...message, user, realm, target, act });
  return navigator.sendBeacon?.(programUrl('chat'), form) ?? false;
}

/** Tells the admin of an error in the page; nobody waits for the answer. @param {Who} who @param {Record<string, unknown>} error */
export function logError({ user, realm }, error) {
  count('logError');
  const form = formOf({ user, realm, act: 'logError', ...error });
  navigator.sendBeacon?.(programUrl('chat'), form);
}

/**
 * @typedef {object} ClipFields what goes up with a clip
 * @property {string} description
 * @property {string} mime
 * @property {string} ext
 * @property {string} duration seconds
 * @property {string} uploadId
 */

/** An upload that has moved no byte for this long is given up. */
const UPLOAD_STALL_MS = 45_000;

/**
 * Uploads a clip. XMLHttpRequest, because fetch tells nothing of an upload's progress.
 * @param {Who} who
 * @param {ClipFields} fields
 * @param {Blob} blob
 * @param {(fraction: number) => void} onProgress
 * @returns {Promise<{alert: string, id: string}>}
 * @throws {ApiError} `filtered`, `web-limit` or `broken` where it was this clip's fault
 */
export async function uploadClip({ user, realm }, fields, blob, onProgress) {
  count('upload');
  const form = new FormData();
  for (const [name, value] of formOf({ user, realm, act: 'uploadBlob', ...fields }))
    form.append(name, value);
  form.append('blob', blob, `clip.${fields.ext}`);
  try {
    return await send(programUrl('upload'), form, onProgress);
  } catch (error) {
    throw await whoseFault(error, { user, realm });
  }
}

/**
 * Whether it was this one request that something on the way dislikes, which shows in how another one fares.
 * @param {unknown} error of a request @param {Who} who
 * @returns {Promise<unknown>} `filtered` or `broken` if so
 */
async function whoseFault(error, { user, realm }) {
  if (!(error instanceof ApiError)) return error;
  const { url, status } = error;
  const small = `${programUrl('thread')}?${formOf({ realm, user })}`;
  if (error.code === 'network') return new ApiError(await whyNoAnswer(small), '', { url });
  if (!error.isFiltered || !(await areReached({ user, realm }))) return error;
  return new ApiError('filtered', '', { url, status });
}

/** @param {string} url @param {FormData} form @param {(fraction: number) => void} onProgress @returns {Promise<any>} */
function send(url, form, onProgress) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    const fail = (/** @type {string} */ code) => reject(new ApiError(code, '', { url }));
    /** @type {ReturnType<typeof setTimeout>} */
    let stall;
    const alive = () => {
      clearTimeout(stall);
      stall = setTimeout(() => {
        fail('timeout');
        xhr.abort();
      }, UPLOAD_STALL_MS);
    };
    xhr.open('POST', url);
    xhr.upload.onprogress = ({ loaded, total }) => {
      alive();
      onProgress(total ? loaded / total : 0);
    };
    xhr.onerror = () => fail('network');
    xhr.onabort = () => fail('network');
    xhr.onloadend = () => clearTimeout(stall);
    xhr.onload = () => {
      const code = xhr.getResponseHeader('Mozchat-Error');
      try {
        resolve(understand({ status: xhr.status, text: xhr.responseText, code, url }));
      } catch (error) {
        reject(error);
      }
    };
    alive();
    xhr.send(form);
  });
}
