// @ts-check
// The menus that choose the page's language, at the door and inside. What a person chooses goes before a thread's own.
import { byId, make } from '../util/dom.js';
import { LANGUAGES, language } from '../util/i18n.js';
import { load, save } from '../util/storage.js';

const menus = () => ['entry-language', 'language'].map((id) => byId(id, HTMLSelectElement));

/** The language that the person has chosen at some time; empty: none. */
export const chosenLanguage = () => load('language', '');

/** @param {(code: string) => void} speak */
export function bindLanguages(speak) {
  for (const menu of menus()) {
    menu.replaceChildren(...Object.entries(LANGUAGES).map(option));
    menu.onchange = () => {
      save('language', menu.value);
      speak(menu.value);
    };
  }
}

/** A language by its own name. @param {[string, string]} language */
const option = ([code, name]) => make('option', { value: code, lang: code }, name);

/** Shows which language the page speaks. */
export function showLanguage() {
  for (const menu of menus()) menu.value = language();
}
