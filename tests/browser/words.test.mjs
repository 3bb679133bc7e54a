// The page's words: every language has every key, with the same places to fill in, and no word is there for nothing.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { test } from 'node:test';

const page = new URL('../../htdocs/', import.meta.url);
const languages = new URL('js/i18n/', page);

/** @param {string} code @returns {Promise<Record<string, string>>} */
const words = async (code) => (await import(new URL(`${code}.js`, languages).href))[code];
const codes = (await readdir(languages)).map((name) => name.replace(/\.js$/, ''));
const places = (/** @type {string} */ text) => (text.match(/\{\w+\}/g) ?? []).toSorted();

/** Everything of the page where a key may stand. */
async function sources() {
  const files = (await readdir(page, { recursive: true })).filter(
    (name) => /\.(?:js|html)$/.test(name) && !/^(?:js\/i18n|vendor|manual)\//.test(name),
  );
  const texts = await Promise.all(files.map((name) => readFile(new URL(name, page), 'utf8')));
  return texts.join('\n');
}

test('every language has the same keys, none empty that is not empty in English', async () => {
  assert.ok(codes.includes('en') && codes.includes('ru'), codes.join());
  const english = await words('en');
  for (const code of codes) {
    const own = await words(code);
    assert.deepEqual(Object.keys(own).toSorted(), Object.keys(english).toSorted(), code);
    for (const [key, text] of Object.entries(own)) {
      assert.equal(Boolean(text.trim()), Boolean(english[key].trim()), `${code}: ${key}`);
    }
  }
});

test('the places to fill in are the same in every language', async () => {
  const english = await words('en');
  for (const code of codes) {
    for (const [key, text] of Object.entries(await words(code))) {
      assert.deepEqual(places(text), places(english[key] ?? ''), `${code}: ${key}`);
    }
  }
});

test('every key that the page names is there, and every one there is named', async () => {
  const text = await sources();
  const english = Object.keys(await words('en'));
  const named = [...text.matchAll(/data-t(?:-\w+)?="([\w.-]+)"|\bt\(\s*'([\w.-]+)'/g)];
  assert.ok(named.length > 100, `${named.length}`);
  for (const [, inPage, inProgram] of named) {
    assert.ok(english.includes(inPage ?? inProgram), inPage ?? inProgram);
  }
  // Some are put together, as in t(`clip.${state}`); the part that stands there must stand in the key.
  const together = [...text.matchAll(/`([a-z]\w*(?:\.\w*)*\.)\$\{/g)].map(
    ([, beginning]) => beginning,
  );
  const unused = english.filter(
    (key) =>
      !text.includes(`'${key}'`) &&
      !text.includes(`"${key}"`) &&
      !together.some((beginning) => key.startsWith(beginning)),
  );
  assert.deepEqual(unused, []);
});
