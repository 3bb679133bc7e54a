// Programs that are not beside the page: in the host's own cgi-bin, or nowhere.
import assert from 'node:assert/strict';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Apache } from './support/apache.mjs';
import { everybodyIsFine, scene } from './support/scene.mjs';

/** What Chromium says of the addresses at which there is nothing. */
const NOT_THERE = /Failed to load resource.*(?:404|403|500)/;

/** A site whose programs are in a folder of the host's, outside of the web space. */
const elsewhere = {
  async start() {
    return Apache.start(undefined, {
      more: async (folder) => {
        await rename(join(folder, 'site/cgi-bin'), join(folder, 'programs'));
        return `LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so
          ScriptAlias /cgi-bin/mozchat/ "${folder}/programs/"
          <Directory "${folder}/programs">\nAllowOverride None\nRequire all granted\n</Directory>\n`;
      },
    });
  },
};

/** The words of the entry form after an attempt. @param {import('./support/people.mjs').Person} person @param {string} url */
async function attempt(person, url) {
  await person.page.goto(url);
  await person.page.waitForSelector('#entry-error:not([hidden])');
  return person.page.innerText('#entry-error');
}

describe('programs in the host’s own cgi-bin', () => {
  const here = scene({ site: elsewhere });

  test('are found by the page as it is, and everything works', async () => {
    const ann = await here.person('Ann', 'audioStream');
    const bob = await here.person('Bob', 'mediaForum');
    const cat = await here.person('Cat', 'mediaForum');
    await cat.recordAndUpload(1);
    await bob.hasClips(1);
    await bob.page.waitForSelector('#clips li[data-clip][data-state="heard"]');
    const asked = (await here.site.requests()).filter(({ target }) => target.includes('.cgi'));
    const lost = asked.filter(({ status }) => status === 404);
    assert.equal(lost.length, 3, 'each page looks beside itself once');
    assert.ok(asked.some(({ target }) => target === '/cgi-bin/mozchat/upload.cgi'));
    for (const person of [ann, bob, cat]) {
      person.isFine(NOT_THERE);
      await person.page.context().close();
    }
  });

  test('the service worker keeps the page, and nothing that a program says', async () => {
    const ann = await here.person('Eve', 'mediaForum');
    await ann.page.evaluate(() => navigator.serviceWorker.ready);
    await ann.page.reload();
    await ann.isIn();
    const kept = await ann.page.evaluate(async () => {
      const caches_ = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
      const keys = await Promise.all(caches_.map((cache) => cache.keys()));
      return keys.flat().map(({ url }) => new URL(url).pathname);
    });
    assert.ok(
      kept.some((path) => path.startsWith('/js/main-')),
      String(kept),
    );
    assert.ok(!kept.some((path) => path.includes('cgi') || path.includes('threads')), String(kept));
    ann.isFine(NOT_THERE);
    await ann.page.context().close();
  });

  test('one line in index.html says where they are', async () => {
    const index = join(here.site.folder, 'site/index.html');
    const text = await readFile(index, 'utf8');
    const said = 'name="mozchat-programs" content="/cgi-bin/mozchat"';
    await writeFile(index, text.replace(/name="mozchat-programs" content="[^"]*"/, said));
    const dan = await here.person('Dan', 'mediaForum');
    await everybodyIsFine(dan);
    await writeFile(index, text);
  });

  test('another line offers the source of whoever has changed the programs, and only then', async () => {
    const index = join(here.site.folder, 'site/index.html');
    const text = await readFile(index, 'utf8');
    const fay = await here.person('Fay', 'mediaForum');
    await fay.page.click('#help-open');
    assert.ok(await fay.page.isVisible('#help-licence'));
    assert.ok(await fay.page.isHidden('#help-source'));
    const said = 'name="mozchat-source" content="https://example.org/ours.tar.gz"';
    await writeFile(index, text.replace('name="mozchat-source" content=""', said));
    await fay.page.reload();
    await fay.isIn();
    await fay.page.click('#help-open');
    assert.equal(
      await fay.page.getAttribute('#help-source:not([hidden])', 'href'),
      'https://example.org/ours.tar.gz',
    );
    await writeFile(index, text);
    fay.isFine(NOT_THERE);
    await fay.page.context().close();
  });
});

describe('programs that can’t be reached', () => {
  const here = scene({ site: { start: () => Apache.start() } });
  const url = () => `${here.site.url}?user=Ann&realm=mediaForum`;
  const programs = () => join(here.site.folder, 'site/cgi-bin');

  test('every address that was tried is said, with what came of it, in both languages', async () => {
    const ann = await here.visitor('Ann');
    const olga = await here.visitor('Olga', { locale: 'ru-RU' });
    const places = ['cgi-bin/', 'cgi-bin/mozchat/'].map((path) => here.site.url + path);

    await writeFile(join(programs(), '.htaccess'), '');
    const text = await attempt(ann, url());
    for (const place of places) assert.ok(text.includes(`${place}thread.cgi`), text);
    assert.match(text, /sends the file instead of running it/);
    assert.match(text, /nothing there \(404\)/);
    assert.equal(text.match(/thread\.cgi/g)?.length, places.length, 'each once');
    assert.match(text, /INSTALL\.html/);
    await ann.picture('no-programs');
    assert.match(await attempt(olga, url()), /отдаёт файл вместо того, чтобы его запустить/);

    await rm(programs(), { recursive: true });
    const gone = await attempt(olga, url());
    for (const place of places) assert.ok(gone.includes(`${place}thread.cgi`), gone);
    assert.match(gone, /ничего нет \(404\)/);
    assert.match(gone, /INSTALL\.html/);
    for (const person of [ann, olga]) {
      person.isFine(NOT_THERE);
      await person.page.context().close();
    }
  });
});
