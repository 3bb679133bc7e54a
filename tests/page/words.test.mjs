// The page's words: each language has every word, with the same places to fill in and all of its plural forms, and no word
// is there for nothing. (A word that is missing all the same is said in English.)
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { LANGUAGES } from '../../htdocs/js/util/i18n.js';

const page = new URL('../../htdocs/', import.meta.url);
const folder = new URL('js/i18n/', page);
/** Numbers as there are of clips and messages. */
const COUNTS = Array.from({ length: 1001 }, (_, n) => n);

/** @typedef {string | Record<string, string>} Text */
/** @param {string} code @returns {Promise<Record<string, Text>>} */
const words = async (code) => (await import(new URL(`${code}.js`, folder).href))[code];
const codes = (await readdir(folder)).map((name) => name.replace(/\.js$/, ''));
const english = await words('en');

/** @param {Text} text */
const formsOf = (text) => (typeof text === 'string' ? [text] : Object.values(text));
const places = (/** @type {string} */ text) =>
  (text.match(/\{\w+\}/g) ?? []).filter((place) => place !== '{count}').toSorted();

/** Everything of the page where a key may stand. */
async function sources() {
  const files = (await readdir(page, { recursive: true })).filter(
    (name) => /\.(?:js|html)$/.test(name) && !/^(?:js\/i18n|vendor|manual)\//.test(name),
  );
  const texts = await Promise.all(files.map((name) => readFile(new URL(name, page), 'utf8')));
  return texts.join('\n');
}

test('the menu names every language that there is a file for', () => {
  assert.deepEqual(Object.keys(LANGUAGES).toSorted(), codes.toSorted());
  assert.ok(codes.length > 1, codes.join());
});

test('both menus of the page name them before its program has run', async () => {
  const html = await readFile(new URL('index.html', page), 'utf8');
  for (const id of ['entry-language', 'language']) {
    const [, menu = ''] =
      html.match(new RegExp(`<select id="${id}"[^>]*>(.*?)</select>`, 's')) ?? [];
    const options = [...menu.matchAll(/value="(\w+)" lang="(\w+)">([^<]+)</g)];
    assert.ok(options.every(([, value, lang]) => value === lang));
    assert.deepEqual(
      Object.fromEntries(options.map(([, code, , name]) => [code, name])),
      LANGUAGES,
    );
  }
});

/** Hints that name controls: they must use the words that are on them. @type {Record<string, string[]>} */
const NAMING = {
  'entry.codeHint': ['names', 'name.share'],
  'conversation.empty': ['record'],
  'phone.failed': ['test.button'],
  'record.noPicture': ['record'],
  'mic.denied': ['record'],
  'mic.missingVideo': ['kind.audio', 'record'],
  'mic.empty': ['record'],
  'refresh.off': ['refresh.now'],
};

for (const code of codes) {
  test(`${code}: hints call controls by what stands on them`, async () => {
    const own = await words(code);
    for (const [key, names] of Object.entries(NAMING)) {
      for (const name of names) assert.ok(own[key].includes(own[name]), `${key}: ${own[name]}`);
    }
  });

  test(`${code}: no word is missing, none is too many, none is empty`, async () => {
    const own = await words(code);
    const missing = Object.keys(english).filter((key) => !(key in own));
    const surplus = Object.keys(own).filter((key) => !(key in english));
    assert.deepEqual({ missing, surplus }, { missing: [], surplus: [] });
    for (const [key, text] of Object.entries(own)) {
      const isEmpty = english[key] === '';
      for (const one of formsOf(text)) assert.equal(one.trim() === '', isEmpty, key);
    }
  });

  test(`${code}: the places to fill in are those of the English words`, async () => {
    for (const [key, text] of Object.entries(await words(code))) {
      const [first = ''] = formsOf(english[key] ?? '');
      for (const one of formsOf(text)) assert.deepEqual(places(one), places(first), key);
    }
  });

  test(`${code}: words with a number have all plural forms`, async () => {
    const rules = new Intl.PluralRules(code);
    const needed = [...new Set(COUNTS.map((n) => rules.select(n)))].toSorted();
    const counted = Object.entries(english).filter(([, text]) => typeof text !== 'string');
    assert.ok(counted.length > 3, `${counted.length}`);
    for (const [key, text] of Object.entries(await words(code))) {
      assert.equal(typeof text, typeof english[key], key);
      if (typeof text === 'string') {
        assert.doesNotMatch(text, /\{count\}/, key);
        continue;
      }
      assert.deepEqual(Object.keys(text).toSorted(), needed, key);
      // One and two may be said in words; a form that stands for several numbers says which.
      for (const [form, one] of Object.entries(text)) {
        const numbers = COUNTS.filter((n) => rules.select(n) === form);
        assert.ok(numbers.length === 1 || one.includes('{count}'), `${key}, ${form}`);
      }
    }
  });
}

test('every key that the page names is there, and every one there is named', async () => {
  const text = await sources();
  const keys = Object.keys(english);
  const named = [...text.matchAll(/data-t(?:-\w+)?="([\w.-]+)"|\bt\(\s*'([\w.-]+)'/g)];
  assert.ok(named.length > 100, `${named.length}`);
  for (const [, inPage, inProgram] of named) {
    assert.ok(keys.includes(inPage ?? inProgram), inPage ?? inProgram);
  }
  // Some are put together, as in t(`clip.${state}`); the part that stands there must stand in the key.
  const together = [...text.matchAll(/`([a-z]\w*(?:\.\w*)*\.)\$\{/g)].map(
    ([, beginning]) => beginning,
  );
  const unused = keys.filter(
    (key) =>
      !text.includes(`'${key}'`) &&
      !text.includes(`"${key}"`) &&
      !together.some((beginning) => key.startsWith(beginning)),
  );
  assert.deepEqual(unused, []);
});
