// @ts-check
// The page's beginning: asks for a name and a thread, and starts a session in it.
import { ApiError, listedThreads, logIn, takeName, threadSettings } from './net/api.js';
import * as entry from './ui/entry.js';
import { bindHelp } from './ui/help.js';
import { bindLanguages, chosenLanguage, showLanguage } from './ui/language-menu.js';
import { closeSettings } from './ui/settings-panel.js';
import { byId } from './util/dom.js';
import { explain } from './util/explain.js';
import { setLanguage, t } from './util/i18n.js';

/** @typedef {import('./net/api.js').Who} Who */

const browserLanguages = navigator.languages ?? [navigator.language];
/** @type {import('./session.js').Session | null} */
let session = null;
let entering = false;

/**
 * Asks for the thread's settings and goes in; says next to the field why it can't.
 * @param {Who} who @param {{kind: 'password' | 'code', text: string}} [key] what opens the thread or the name
 */
async function enter(who, key) {
  if (entering) return;
  entering = true;
  entry.entryBusy(true);
  try {
    if (key?.kind === 'password') await logIn(who.realm, key.text);
    if (key?.kind === 'code') await takeName(who, key.text);
    // Both are needed, and neither has to wait for the other.
    const [settings, { Session }] = await Promise.all([
      threadSettings(who.realm, who.user),
      import('./session.js').catch(incomplete),
    ]);
    // A thread begins in its own language, if it has one and the person has chosen none.
    await speakOneOf(settings.lang);
    entry.rememberEntry(who);
    // What stands in the address bar leads others to the same thread.
    setAddress((query) => query.set('realm', who.realm));
    session = new Session(settings, who.user);
    session.onRefused = (error) => showOut(who, error);
    showApp(true);
    session.start();
    // For debugging and tests: the parts of the running session, and counters in api.requests.
    Object.assign(window, { mozchat: session.parts });
  } catch (error) {
    showForm(who);
    if (!(error instanceof ApiError)) throw error;
    refuse(who, error);
  } finally {
    entering = false;
    entry.entryBusy(false);
  }
}

/** What the form asks for after a refusal. @type {Record<string, 'password' | 'code'>} */
const keys = {
  password: 'password',
  moderator: 'password',
  'bad-password': 'password',
  'slow-down': 'password',
  'name-taken': 'code',
  'bad-code': 'code',
};

/** A file of the page could not be loaded: js/first-aid.js knows what to do. @returns {never} */
function incomplete() {
  document.dispatchEvent(new Event('mozchat-incomplete'));
  throw new ApiError('incomplete', '');
}

/** @param {Who} who @param {ApiError} error */
function refuse({ realm }, error) {
  const key = keys[error.code];
  if (key) {
    entry.askFor(key);
    // That a key is wanted is said by its field; what was wrong with one is an error.
    const isAboutKey = ['bad-password', 'bad-code', 'slow-down'].includes(error.code);
    entry.showEntryError(
      isAboutKey ? 'secret' : key === 'code' ? 'user' : 'secret',
      explain(error),
    );
    return;
  }
  const words = error.code === 'no-thread' ? t('entry.noThread', { realm }) : explain(error);
  entry.showEntryError(['bad-user', 'banned'].includes(error.code) ? 'user' : 'realm', words);
}

/** Lets a service worker keep the page's own files, so that it opens without a network, too. */
async function keepFiles() {
  // What the person waits for comes first.
  if (document.readyState !== 'complete') {
    addEventListener('load', keepFiles, { once: true });
    return;
  }
  try {
    await navigator.serviceWorker?.register('service-worker.js');
  } catch {
    // Plain http, a private window, or a frame that may store nothing: the page works without it.
  }
}

/** @param {boolean} on */
function showApp(on) {
  byId('app', HTMLElement).hidden = !on;
  if (on) entry.hideEntry();
}

/** @param {Who & {invited?: boolean}} known */
function showForm(known) {
  showApp(false);
  document.title = t('appName');
  entry.showEntry(known, enter);
}

/**
 * Looks, while the person types, whether the room of the link is there, or which rooms there are.
 * @param {Who & {invited?: boolean}} known
 */
async function lookAhead({ user, realm, invited }) {
  const isWaiting = () => !entering && !session;
  try {
    if (!invited) return entry.showRooms(await listedThreads());
    const { title } = await threadSettings(realm, '');
    if (isWaiting()) entry.showRoom(title || realm);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // Without the list the room can still be named; what is wrong with the server is said when one goes in.
    if (!invited || !isWaiting()) return;
    refuse({ user, realm }, error);
    entry.focusFirstEmpty();
    if (error.code === 'no-thread') lookAhead({ user, realm, invited: false });
  }
}

/** @param {(query: URLSearchParams) => void} change */
function setAddress(change) {
  const url = new URL(location.href);
  change(url.searchParams);
  history.replaceState(history.state, '', url);
}

async function leave() {
  session?.leave();
  session = null;
  closeSettings();
  entry.forgetInside();
  setAddress((query) => query.delete('user'));
  await speakOneOf();
  const known = entry.knownEntry();
  showForm(known);
  lookAhead(known);
}

/** Goes in, or shows the form. Not at the module's top level: WebKit runs a module that waits there after `load`. */
async function begin() {
  await speakOneOf();
  const known = entry.knownEntry();
  if (known.complete) return enter(known);
  showForm(known);
  await lookAhead(known);
}

/** @param {string} [threads] the thread's language */
async function speakOneOf(threads = '') {
  await setLanguage([chosenLanguage(), threads, ...browserLanguages]);
  showLanguage();
}

/** The person has chosen a language. */
async function speak() {
  await speakOneOf();
  // A new session writes the rest of its words anew; what it must not lose keeps the old one.
  if (!session?.isFree) return session?.translate();
  const { who } = session;
  session.leave();
  await enter(who);
  byId('language', HTMLSelectElement).focus();
}

/** Banned, closed with a password, gone: shown at the door. @param {Who} who @param {ApiError} error */
async function showOut(who, error) {
  await leave();
  showForm(who);
  refuse(who, error);
}

byId('leave', HTMLButtonElement).onclick = () => session?.mayLeave(leave) && leave();
bindHelp();
bindLanguages(speak);
keepFiles();
document.documentElement.dataset.started = '';
begin();
