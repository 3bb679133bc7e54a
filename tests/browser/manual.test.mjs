// The manual says what every control does, in each language, by the name that the control has there.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { controls } from './support/controls.mjs';

const page = new URL('../../htdocs/', import.meta.url);
const texts = { en: 'manual/index.html', ru: 'manual/ru.html' };
const plain = (/** @type {string} */ html) =>
  html
    .replace(/&(?:#x27|#39);/g, "'")
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')
    .trim();

for (const [code, path] of Object.entries(texts)) {
  test(`every control is described, by its name (${code})`, async () => {
    const words = (await import(new URL(`js/i18n/${code}.js`, page).href))[code];
    const manual = await readFile(new URL(path, page), 'utf8');
    assert.match(manual, new RegExp(`<html lang="${code}">`));
    const described = new Map();
    for (const [, ids, name, about] of manual.matchAll(
      /<dt data-for="([^"]+)"\s*>([^<]+)<\/dt\s*>\s*<dd>([^<]+)<\/dd>/g,
    )) {
      assert.ok(plain(about).length > 5, ids);
      for (const id of ids.split(' ')) described.set(id, plain(name));
    }
    const all = await controls();
    assert.ok(all.length > 50, `${all.length}`);
    for (const { id, key } of all) {
      assert.ok(described.has(id), `#${id} is not in ${path}`);
      if (key)
        assert.equal(described.get(id), plain(words[key]), `#${id} has another name in ${path}`);
      described.delete(id);
    }
    assert.deepEqual([...described.keys()], [], 'the manual knows controls that are not there');
  });
}
