// @ts-check
// The way in: a name and a thread.
import { byId, make } from '../util/dom.js';
import { t } from '../util/i18n.js';
import { wrongRealm, wrongUser } from '../util/names.js';
import { load, save } from '../util/storage.js';

/** @typedef {import('../net/api.js').Who} Who */

const RECENT = 8;

/** What may be asked for besides: the thread's password, or the code that takes a name along. */
/** @typedef {'password' | 'code'} Key */
/** @type {Key | null} */
let wanted = null;

const fields = () => ({
  user: byId('entry-user', HTMLInputElement),
  realm: byId('entry-realm', HTMLInputElement),
  secret: byId('entry-secret', HTMLInputElement),
});

/** Where this tab was when the page was loaded again. @returns {Who | null} */
function reloadedIn() {
  const [loading] = performance.getEntriesByType('navigation');
  const { type } = /** @type {PerformanceNavigationTiming} */ (loading ?? {});
  return type === 'reload' ? load('inside', null, 'sessionStorage') : null;
}

/** Whether the person was in this thread before, and has not just left it in this tab. @param {string} realm */
const comesBack = (realm) =>
  load('recent', /** @type {string[]} */ ([])).includes(realm) &&
  load('left', '', 'sessionStorage') !== realm;

/** What the address and earlier visits say. */
export function knownEntry() {
  const inside = reloadedIn();
  if (inside) return { ...inside, invited: true, complete: true };
  const query = new URLSearchParams(location.search);
  const named = query.get('user')?.trim() ?? '';
  const realm = query.get('realm')?.trim() ?? '';
  const user = named || load('user', '');
  return {
    user,
    realm: realm || load('realm', ''),
    /** The address names the thread. */
    invited: Boolean(realm),
    /** There is nothing to ask. */
    complete: !wrongUser(user) && !wrongRealm(realm) && (Boolean(named) || comesBack(realm)),
  };
}

/**
 * Shows the form. `enter` is called with a good name and thread, and with the password or code if one was asked for.
 * @param {Who & {invited?: boolean}} known invited: the thread is known, and need not be asked for
 * @param {(who: Who, key?: {kind: Key, text: string}) => void} enter
 */
export function showEntry(known, enter) {
  const { user, realm } = fields();
  user.value = known.user;
  realm.value = known.realm;
  // A room's password is wanted whatever the name.
  user.oninput = () => wanted === 'code' && askForNothing();
  realm.oninput = askForNothing;
  const recent = load('recent', /** @type {string[]} */ ([]));
  byId('entry-recent', HTMLElement).replaceChildren(
    ...recent.map((name) => make('option', { value: name })),
  );
  byId('entry', HTMLElement).hidden = false;
  byId('entry-form', HTMLFormElement).onsubmit = (event) => {
    event.preventDefault();
    submit(enter);
  };
  byId('entry-room-other', HTMLButtonElement).onclick = () => {
    askForRoom();
    realm.focus();
  };
  if (known.invited) showRoom(known.realm);
  else askForRoom();
  (known.user && !known.invited ? realm : user).focus();
}

/** The link names the room: nothing to choose. @param {string} title */
export function showRoom(title) {
  byId('entry-room-title', HTMLElement).textContent = title;
  byId('entry-room', HTMLElement).hidden = false;
  byId('entry-realm-field', HTMLElement).hidden = true;
}

/** Lets the person choose the room. */
export function askForRoom() {
  byId('entry-room', HTMLElement).hidden = true;
  byId('entry-realm-field', HTMLElement).hidden = false;
}

/**
 * Offers the rooms that want to be found; where none does, says what to do.
 * @param {import('../net/api.js').ListedThread[]} rooms
 */
export function showRooms(rooms) {
  byId('entry-rooms', HTMLElement).hidden = false;
  byId('entry-rooms-none', HTMLElement).hidden = rooms.length > 0;
  byId('entry-rooms-list', HTMLElement).replaceChildren(...rooms.map(roomRow));
}

/** @param {import('../net/api.js').ListedThread} room */
function roomRow({ thread, title, closed }) {
  const words = closed ? t('entry.closedRoom', { title }) : title;
  const button = make('button', { type: 'button' }, make('bdi', {}, words));
  button.dataset.room = thread;
  button.onclick = () => {
    const { user, realm } = fields();
    realm.value = thread;
    askForNothing();
    if (wrongUser(user.value.trim())) user.focus();
    else byId('entry-form', HTMLFormElement).requestSubmit();
  };
  const row = make('li', {});
  row.append(button);
  return row;
}

export function hideEntry() {
  byId('entry', HTMLElement).hidden = true;
}

/** While the thread is being asked for. @param {boolean} on */
export function entryBusy(on) {
  const go = byId('entry-go', HTMLButtonElement);
  go.textContent = t(on ? 'entry.going' : 'entry.go');
  go.setAttribute('aria-busy', String(on));
}

/** Asks for a password or a code, too. @param {Key} kind */
export function askFor(kind) {
  wanted = kind;
  const { secret } = fields();
  secret.value = '';
  secret.type = kind === 'password' ? 'password' : 'text';
  byId('entry-key-label', HTMLElement).textContent = t(`entry.${kind}`);
  byId('entry-secret-hint', HTMLElement).textContent = t(`entry.${kind}Hint`);
  byId('entry-key', HTMLElement).hidden = false;
}

/** The name comes first, if there is none yet. */
export function focusFirstEmpty() {
  const { user } = fields();
  if (!user.value) user.focus();
}

/** For another name or thread it may not be needed. */
function askForNothing() {
  wanted = null;
  byId('entry-key', HTMLElement).hidden = true;
}

/** @param {(who: Who, key?: {kind: Key, text: string}) => void} enter */
function submit(enter) {
  const { user, realm, secret } = fields();
  const who = { user: user.value.trim(), realm: realm.value.trim() };
  const wrong = { user: wrongUser(who.user), realm: wrongRealm(who.realm) };
  clearError();
  if (wrong.user) showEntryError('user', t(wrong.user));
  else if (wrong.realm) showEntryError('realm', t(wrong.realm));
  else if (wanted && secret.value.trim()) enter(who, { kind: wanted, text: secret.value.trim() });
  else enter(who);
}

/** Says what is wrong next to the field that is. @param {'user' | 'realm' | 'secret'} which @param {string} text */
export function showEntryError(which, text) {
  if (which === 'realm') askForRoom();
  const field = fields()[which];
  const error = byId('entry-error', HTMLElement);
  clearError();
  field.after(error);
  error.textContent = text;
  error.hidden = false;
  field.setAttribute('aria-invalid', 'true');
  field.setAttribute('aria-describedby', `entry-error entry-${which}-hint`);
  field.focus();
}

function clearError() {
  byId('entry-error', HTMLElement).hidden = true;
  for (const [which, field] of Object.entries(fields())) {
    field.removeAttribute('aria-invalid');
    field.setAttribute('aria-describedby', `entry-${which}-hint`);
  }
}

/** Reloading, or the same link in this tab, no longer goes back in by itself. */
export function forgetInside() {
  const inside = load('inside', /** @type {Who | null} */ (null), 'sessionStorage');
  save('inside', null, 'sessionStorage');
  save('left', inside?.realm ?? '', 'sessionStorage');
}

/** Remembers what worked. @param {Who} who */
export function rememberEntry({ user, realm }) {
  clearError();
  askForNothing();
  save('user', user);
  save('realm', realm);
  save('inside', { user, realm }, 'sessionStorage');
  save('left', '', 'sessionStorage');
  const others = load('recent', /** @type {string[]} */ ([])).filter((name) => name !== realm);
  save('recent', [realm, ...others].slice(0, RECENT));
}
