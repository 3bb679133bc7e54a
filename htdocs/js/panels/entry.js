// @ts-check
// The way in: a name and a thread.
import { byId, make } from '../util/dom.js';
import { t } from '../util/i18n.js';
import { wrongRealm, wrongUser } from '../util/names.js';
import { load, save } from '../util/storage.js';

/** @typedef {import('../net/api.js').Who} Who */

const RECENT = 8;

const fields = () => ({
  user: byId('entry-user', HTMLInputElement),
  realm: byId('entry-realm', HTMLInputElement),
});

/** What the address and earlier visits say. */
export function knownEntry() {
  const query = new URLSearchParams(location.search);
  const user = query.get('user')?.trim() ?? '';
  const realm = query.get('realm')?.trim() ?? '';
  return {
    user: user || load('user', ''),
    realm: realm || load('realm', ''),
    /** The address gives both, so there is nothing to ask. */
    complete: !wrongUser(user) && !wrongRealm(realm),
  };
}

/**
 * Shows the form. `enter` is called with a good name and thread.
 * @param {Who} known
 * @param {(who: Who) => void} enter
 */
export function showEntry(known, enter) {
  const { user, realm } = fields();
  user.value = known.user;
  realm.value = known.realm;
  const recent = load('recent', /** @type {string[]} */ ([]));
  byId('entry-recent', HTMLElement).replaceChildren(
    ...recent.map((name) => make('option', { value: name })),
  );
  byId('entry', HTMLElement).hidden = false;
  byId('entry-form', HTMLFormElement).onsubmit = (event) => {
    event.preventDefault();
    submit(enter);
  };
  (known.user ? realm : user).focus();
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

/** @param {(who: Who) => void} enter */
function submit(enter) {
  const { user, realm } = fields();
  const who = { user: user.value.trim(), realm: realm.value.trim() };
  const wrong = { user: wrongUser(who.user), realm: wrongRealm(who.realm) };
  clearError();
  if (wrong.user) showEntryError('user', t(wrong.user));
  else if (wrong.realm) showEntryError('realm', t(wrong.realm));
  else enter(who);
}

/** Says what is wrong next to the field that is. @param {'user' | 'realm'} which @param {string} text */
export function showEntryError(which, text) {
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

/** Remembers what worked. @param {Who} who */
export function rememberEntry({ user, realm }) {
  clearError();
  save('user', user);
  save('realm', realm);
  const others = load('recent', /** @type {string[]} */ ([])).filter((name) => name !== realm);
  save('recent', [realm, ...others].slice(0, RECENT));
}
