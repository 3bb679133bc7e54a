// What went wrong, in words: a sentence has no gap where a fact is not known, as of a failure that an earlier visit stored.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { en } from '../../htdocs/js/i18n/en.js';
import { LANGUAGES, t } from '../../htdocs/js/util/i18n.js';
import { explain } from '../../htdocs/js/util/explain.js';

const url = 'https://host.example/cgi-bin/upload.cgi';
const codes = Object.keys(en)
  .filter((key) => key.startsWith('error.'))
  .map((key) => key.slice('error.'.length).replace('notJson', 'not-json'));

test('no failure is explained with a gap, whatever is known of it', () => {
  assert.ok(codes.length > 20);
  for (const code of codes) {
    for (const facts of [{}, { url: '' }, { url }, { url, status: 500 }]) {
      const words = explain({ code, said: '', ...facts });
      assert.doesNotMatch(words, /[{}]|\(\s*\)| [.,:]|undefined/, `${code}: ${words}`);
      assert.notEqual(words, '', code);
    }
  }
});

test('who was not reached is named where that is known', () => {
  for (const code of ['network', 'timeout']) {
    assert.equal(explain({ code, said: '' }), t(`error.${code}`));
    assert.ok(explain({ code, said: '', url }).endsWith(`(Tried ${url}.)`));
  }
  assert.match(explain({ code: 'unreachable', said: '', url, status: 404 }), /upload\.cgi .*404/);
});

test('in every language the sentence is whole without the address', async () => {
  for (const language of Object.keys(LANGUAGES)) {
    const { [language]: words } = await import(`../../htdocs/js/i18n/${language}.js`);
    for (const code of ['network', 'timeout']) {
      assert.doesNotMatch(words[`error.${code}`], /[{(]/, `${language}: ${code}`);
    }
    assert.match(words['tried.at'], /\{url\}/);
  }
});
