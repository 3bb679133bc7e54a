// From the download to a running site, as INSTALL.html says: a zip file unpacked on the admin's computer, FTP, a browser.
// Nothing is done on the host itself.
import assert from 'node:assert/strict';
import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Person, startChromium } from '../browser/support/people.mjs';
import { download } from './support/download.mjs';
import { cgiBinHost, suexecHost } from './support/host.mjs';

/** What Chromium says of a server that has no programs (yet). */
const BROKEN = /Failed to load resource.*(?:404|403|500)/;

let zip, chromium;
before(async () => {
  [zip, chromium] = [await download(), await startChromium()];
});
after(async () => {
  await chromium?.stop();
  await zip?.remove();
});

/** Somebody who opens a link to a thread. */
async function visitor(name, url) {
  const person = await Person.at(chromium.browser, name);
  await person.page.goto(`${url}&user=${name}`);
  return person;
}

/** Ann records a clip, and Bob hears it. */
async function oneTalksAndTheOtherHears(ann, bob) {
  await ann.isIn();
  await bob.isIn();
  await ann.recordAndUpload(1);
  await bob.hasClips(1);
  // It plays by itself, where the browser wants no press before.
  await bob.page.waitForSelector(
    '#unblock:not([hidden]), #clips li:is([data-state="playing"], [data-state="heard"])',
  );
  if (await bob.page.isVisible('#unblock')) await bob.page.click('#unblock');
  await bob.page.waitForSelector('#clips li[data-clip][data-state="heard"]');
}

async function refusal(person) {
  await person.page.waitForSelector('#entry-error:not([hidden])');
  return person.page.innerText('#entry-error');
}

async function closed(...people) {
  for (const person of people) {
    person.isFine(BROKEN);
    await person.page.context().close();
  }
}

/** The clips in a thread's catalog. */
const catalog = async (site, thread) =>
  JSON.parse(await readFile(join(site.folder, 'site/mozchat/threads', thread, 'catalog.json')));

describe('way A: everything in one folder, on a host where programs run as the admin', () => {
  let site, ftp;
  const url = (thread) => `${site.url}mozchat/?realm=${thread}`;
  const onHost = (name) => join(site.folder, 'site/mozchat', name);
  before(async () => ({ site, ftp } = await suexecHost()));
  after(async () => {
    await ftp?.stop();
    await site?.stop();
  });

  test('a copied folder lacks permissions; the page says so; with 755 it works', async () => {
    await ftp.copies(zip.site, 'mozchat');
    const early = await visitor('Early', url('mediaForum'));
    assert.match(await refusal(early), /\/mozchat\/cgi-bin\/thread\.cgi .*500.*755/s);
    await closed(early);

    await ftp.chmod(
      '755',
      zip.programs.map((name) => `mozchat/cgi-bin/${name}`),
    );
    const ann = await visitor('Ann', url('mediaForum'));
    const bob = await visitor('Bob', url('mediaForum'));
    await oneTalksAndTheOtherHears(ann, bob);
    await ann.picture('release');
    await closed(ann, bob);
  });

  test('a program that was copied in ASCII mode is damaged, which the page hints at', async () => {
    await ftp.copiesAsText(`${zip.site}/cgi-bin/thread.cgi`, 'mozchat/cgi-bin/thread.cgi');
    const ann = await visitor('Ascii', url('mediaForum'));
    assert.match(await refusal(ann), /500.*binary mode/s);
    await closed(ann);
    await ftp.does(`put "${zip.site}/cgi-bin/thread.cgi" -o mozchat/cgi-bin/thread.cgi`);
    const again = await visitor('Ascii', url('mediaForum'));
    await again.isIn();
    await closed(again);
  });

  test('a new thread is a copied folder with another .ini, written on Windows or not', async () => {
    const ini = join(zip.folder, 'new.ini');
    const text = await readFile(join(zip.site, 'threads/mediaForum/.ini'), 'utf8');
    const named = text.replace('title="Media forum"', 'title="Our club"').replace(/\n/g, '\r\n');
    await writeFile(ini, `\ufeff${named}`);
    await ftp.copies(join(zip.site, 'threads/mediaForum'), 'mozchat/threads/club');
    await ftp.does(`put "${ini}" -o mozchat/threads/club/.ini`);
    const ann = await Person.at(chromium.browser, 'Ann');
    await ann.page.goto(`${site.url}mozchat/threads/club/?user=Ann`);
    await ann.isIn();
    assert.equal(await ann.page.innerText('#thread-title'), 'Our club');
    await closed(ann);
  });

  test('a clip that is sent while upload.cgi is being replaced is kept by the page and sent later', async () => {
    await ftp.copies(join(zip.site, 'threads/mediaForum'), 'mozchat/threads/update');
    const ann = await visitor('Ann', url('update'));
    await ann.isIn();
    const [from, to] = [join(zip.site, 'cgi-bin/upload.cgi'), onHost('cgi-bin/upload.cgi')];
    const { size } = await stat(from);
    const copying = ftp.does(
      `set net:limit-rate ${Math.ceil(size / 12)}`,
      `put "${from}" -o mozchat/cgi-bin/upload.cgi`,
    );
    const half = async () => (await stat(to)).size;
    while ((await half()) === size);
    await ann.recordFor(1);
    await ann.recorderIs('recorded');
    await ann.page.click('#recorded-upload');
    await ann.page.waitForSelector('#outbox li[data-state="kept"]');
    assert.ok((await half()) < size, 'it was still being copied');
    await copying;
    await ann.hasClips(1);
    await ann.page.waitForSelector('#outbox li', { state: 'detached' });
    const tries = (await site.requests()).filter(({ target }) => target.endsWith('/upload.cgi'));
    assert.ok(
      tries.some(({ status }) => status === 500),
      'the server had half a program',
    );
    assert.equal((await catalog(site, 'update')).length, 1);
    await closed(ann);
  });

  test('a new version over the old one leaves threads, settings and mozchat.ini as they are', async () => {
    const settings = join(zip.folder, 'mozchat.ini');
    await writeFile(settings, '[mail]\nwaitSec="30"\n');
    await ftp.does(`put "${settings}" -o mozchat/cgi-bin/mozchat.ini`);
    const kept = ['cgi-bin/mozchat.ini', 'threads/club/.ini', 'threads/mediaForum/catalog.json'];
    const before_ = await Promise.all(kept.map((name) => readFile(onHost(name), 'utf8')));
    await ftp.copies(join(zip.site, 'cgi-bin'), 'mozchat/cgi-bin');
    await ftp.copies(zip.site, 'mozchat', ['cgi-bin/', 'threads/', 'index.html']);
    await ftp.does(`put "${join(zip.site, 'index.html')}" -o mozchat/index.html`);
    const now = await Promise.all(kept.map((name) => readFile(onHost(name), 'utf8')));
    assert.deepEqual(now, before_);
    const eve = await visitor('Eve', url('mediaForum'));
    await eve.hasClips(1);
    await closed(eve);
  });

  test('all that the programs made is the admin’s to delete', async () => {
    await ftp.does('rm -r mozchat');
    assert.deepEqual(await readdir(join(site.folder, 'site')), []);
  });
});

describe('way B: programs in the host’s cgi-bin, run as the web server’s user', () => {
  let site, ftp;
  before(async () => ({ site, ftp } = await cgiBinHost()));
  after(async () => {
    await ftp?.stop();
    await site?.stop();
  });

  test('two folders and two permissions, and it works', async () => {
    await ftp.copies(join(zip.site, 'cgi-bin'), 'cgi-bin/mozchat');
    await ftp.chmod(
      '755',
      zip.programs.map((name) => `cgi-bin/mozchat/${name}`),
    );
    await ftp.copies(zip.site, 'site/mozchat', ['cgi-bin/']);
    const url = `${site.url}mozchat/?realm=mediaForum`;
    const early = await visitor('Early', url);
    assert.match(await refusal(early), /may not write/);
    await closed(early);

    await ftp.chmod('777', ['site/mozchat/threads/mediaForum']);
    const ann = await visitor('Ann', url);
    const bob = await visitor('Bob', url);
    await oneTalksAndTheOtherHears(ann, bob);
    await closed(ann, bob);
    await ftp.does('rm -r site/mozchat/threads/mediaForum');
  });
});
