// Whatever people and admins write is shown as text: nothing of it runs, and it turns nothing around it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everybodyIsFine, scene } from './support/scene.mjs';

const here = scene();
const TEXTS = [
  '<script>globalThis.pwned = 1</script>',
  '<img src=x onerror="globalThis.pwned = 1">',
  '"><svg/onload=globalThis.pwned=1>',
  'javascript:globalThis.pwned=1',
  '${globalThis.pwned=1} {{globalThis.pwned=1}}',
  '&lt;b&gt;&amp;&#60;',
  "=cmd|' /C calc'!A0",
  '\u202egpj.exe \u2066inside',
  'שלום مرحبا 😀𝕏',
  'https://example.net/"onmouseover="globalThis.pwned=1',
];
// What a name may have.
const NAME = '=1+1{{7*7}} שלום%3Cb%3E';

/** Asks a program as a script would. @param {string} program @param {object} fields */
async function ask(program, fields) {
  const answer = await fetch(`${here.site.url}cgi-bin/${program}.cgi`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ user: NAME, realm: 'room', ...fields }),
  });
  assert.ok(answer.ok, `${program}: ${answer.status}`);
}

/** @param {string} description */
async function upload(description) {
  const form = new FormData();
  const fields = {
    user: NAME,
    realm: 'room',
    act: 'uploadBlob',
    mime: 'audio/webm',
    ext: 'webm',
    description,
  };
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append(
    'blob',
    new Blob([new Uint8Array([0x1a, 0x45, 0xdf, 0xa3]), 'clip'.repeat(99)]),
    'blob',
  );
  const answer = await fetch(`${here.site.url}cgi-bin/upload.cgi`, { method: 'POST', body: form });
  assert.equal(answer.headers.get('mozchat-error'), null);
}

test('names, messages, descriptions and titles are text to the letter', async () => {
  const title = TEXTS.join(' ').replaceAll('"', "'");
  await here.site.makeThread(
    'room',
    `[common]\nmediaFolder=media1\nmaxClipCount=0\n[client]\ntitle="${title}"\npollFactor=10\nplayNew=0\n`,
  );
  const ann = await here.person('Ann', 'room');
  ann.page.on('dialog', (dialog) => ann.problems.push(`a dialog: ${dialog.message()}`));
  await ask('users', { act: 'online' });
  for (const text of TEXTS) {
    await ask('chat', { act: 'relay', target: '*', type: 'message', text });
    await upload(text);
  }
  await ann.page.waitForFunction(
    (count) => document.querySelectorAll('#messages .message-text').length === count,
    TEXTS.length,
  );
  await ann.hasClips(TEXTS.length);
  const shown = await ann.page.evaluate(() => {
    const texts = (selector) =>
      [...document.querySelectorAll(selector)].map((element) => element.textContent ?? '');
    const isolation = (selector) =>
      [...document.querySelectorAll(selector)].map(
        (element) => getComputedStyle(element).unicodeBidi,
      );
    return {
      messages: texts('#messages .message-text'),
      authors: texts('#messages .message-author'),
      descriptions: texts('#clips .clip-description'),
      clipAuthors: texts('#clips .clip-author'),
      online: texts('#online li'),
      title: document.title,
      strangers: document.querySelectorAll(
        'main script, main img, main svg[onload], main b, [onerror], [onmouseover]',
      ).length,
      links: [...document.querySelectorAll('.message-text a')].map(
        (link) => link.getAttribute('href') ?? '',
      ),
      isolation: [
        '.message-text',
        '.message-author',
        '.clip-description',
        '.clip-author',
        '#online li',
      ].flatMap(isolation),
      pwned: 'pwned' in globalThis,
    };
  });
  assert.deepEqual(shown.messages, TEXTS);
  assert.deepEqual([...shown.descriptions].sort(), [...TEXTS].sort());
  assert.ok([...shown.authors, ...shown.clipAuthors].every((name) => name === NAME));
  assert.ok(
    shown.online.some((name) => name.includes(NAME)),
    String(shown.online),
  );
  assert.ok(shown.title.includes(title), shown.title);
  assert.deepEqual([shown.strangers, shown.pwned], [0, false]);
  assert.ok(
    shown.links.every((href) => href.startsWith('https://example.net/')),
    String(shown.links),
  );
  const kept = shown.isolation.filter(
    (value) => !['isolate', 'plaintext', 'isolate-override'].includes(value),
  );
  assert.deepEqual(kept, [], 'what is written in it turns nothing outside of it');
  await everybodyIsFine(ann);
});
