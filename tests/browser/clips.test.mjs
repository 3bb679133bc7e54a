// The list of clips follows the thread: deletion, expiry, limits; and what a thread allows.
import assert from 'node:assert/strict';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { probe } from './support/media.mjs';
import { everybodyIsFine, scene } from './support/scene.mjs';

const here = scene();

/** @param {Record<string, string | number>} common @param {Record<string, string | number>} [client] */
function ini(common, client = {}) {
  const lines = (values) => Object.entries(values).map(([key, value]) => `${key}="${value}"`);
  const usual = { mediaFolder: 'media1', maxBlobBytes: 900_000, maxMediaFolderBytes: 9_000_000 };
  return [
    '[common]',
    ...lines({ ...usual, clipLifetimeSec: 600, ...common }),
    '[client]',
    ...lines({ maxClipSizeSec: 10, pollFactor: 10, playNew: 0, ...client }),
    '',
  ].join('\n');
}

const clipsOnDisk = (thread) => readdir(join(here.site.thread(thread), 'media1'));

test('a clip that its author deletes leaves every page and the disk', async () => {
  await here.site.makeThread('deletion', ini({}));
  const ann = await here.person('Ann', 'deletion');
  const bob = await here.person('Bob', 'deletion');
  await ann.recordAndUpload(1);
  await ann.recordAndUpload(1);
  await bob.hasClips(2);
  assert.equal(await bob.clips().locator('.clip-delete').count(), 0, "only the author's own");
  const newest = ann.clips().last();
  const id = await newest.getAttribute('data-clip');
  await ann.inMenu(newest, '.clip-delete');
  assert.equal((await clipsOnDisk('deletion')).length, 2, 'it asks once more');
  await newest.locator('.clip-delete-confirm').click();
  await ann.hasClips(1);
  await bob.hasClips(1);
  assert.equal(await bob.clips(`[data-clip="${id}"]`).count(), 0);
  assert.equal((await clipsOnDisk('deletion')).length, 1);
  await everybodyIsFine(ann, bob);
});

test('a clip whose time is over leaves the page by itself', async () => {
  await here.site.makeThread('expiry', ini({ clipLifetimeSec: 4, hideExpired: 1 }));
  const ann = await here.person('Ann', 'expiry');
  const bob = await here.person('Bob', 'expiry');
  await ann.recordAndUpload(1);
  await bob.hasClips(1);
  await bob.hasClips(0);
  await ann.hasClips(0);
  await everybodyIsFine(ann, bob);
});

test('over the count limit the oldest clip goes', async () => {
  await here.site.makeThread('count', ini({ maxClipCount: 2 }));
  const ann = await here.person('Ann', 'count');
  for (const description of ['first', 'second', 'third']) {
    await ann.page.fill('#record-description', description);
    await ann.recordAndUpload(1);
    await ann.page.waitForSelector(`#clips li:has-text("${description}")`);
  }
  await ann.hasClips(2);
  assert.deepEqual(await ann.page.locator('.clip-description').allInnerTexts(), [
    'second',
    'third',
  ]);
  assert.equal((await clipsOnDisk('count')).length, 2);
  await everybodyIsFine(ann);
});

test('a clip over the size limit is refused in words and kept for its maker', async () => {
  // Less than a second of the poorest sound that the page records.
  await here.site.makeThread('size', ini({ maxBlobBytes: 900 }));
  const ann = await here.person('Ann', 'size');
  await ann.recordFor(2);
  await ann.recorderIs('recorded');
  assert.equal(await ann.page.isDisabled('#recorded-upload'), true);
  assert.match(await ann.page.innerText('#notice'), /900/);
  assert.equal(await ann.page.isVisible('#recorded-download'), true);
  await everybodyIsFine(ann);
});

test('when the folder is full, the oldest clips make room', async () => {
  await here.site.makeThread('full', ini({ maxMediaFolderBytes: 9000 }));
  const ann = await here.person('Ann', 'full');
  for (const description of ['first', 'second', 'third']) {
    await ann.page.fill('#record-description', description);
    await ann.recordAndUpload(2);
    await ann.page.waitForSelector(`#clips li:has-text("${description}")`);
    const rows = JSON.parse(await readFile(join(here.site.thread('full'), 'catalog.json'), 'utf8'));
    const total = rows.reduce((sum, row) => sum + row[5], 0);
    assert.ok(total > 0 && total <= 9000, `${total} bytes after the ${description}`);
  }
  await ann.page.waitForSelector('#clips li:has-text("first")', { state: 'detached' });
  const count = await ann.clips().count();
  assert.equal((await clipsOnDisk('full')).length, count);
  await everybodyIsFine(ann);
});

test('where streaming is off, nobody is offered it', async () => {
  await here.site.makeThread('off', ini({}, { allowStream: 0, onRecorded: 'stop' }));
  const ann = await here.person('Ann', 'off');
  assert.equal(await ann.page.isVisible('#record-mode'), false);
  await ann.recordFor(1);
  await ann.recorderIs('recorded');
  assert.equal(await ann.requests('upload'), 0, 'nothing goes up before one says so');
  assert.deepEqual(await clipsOnDisk('off').catch(() => []), []);
  await ann.page.click('#recorded-discard');
  await ann.recorderIs('idle');
  await everybodyIsFine(ann);
});

test('a thread that takes no clips at all refuses them and still plays', async () => {
  await here.site.makeThread('silent', ini({ maxBlobBytes: 0 }));
  const ann = await here.person('Ann', 'silent');
  await ann.recordFor(1);
  await ann.recorderIs('recorded');
  assert.equal(await ann.page.isDisabled('#recorded-upload'), true);
  await everybodyIsFine(ann);
});

test('a video is recorded, and another sees it with its sound', async () => {
  await here.site.makeThread('video', ini({}, { allowVideo: 1, videoOn: 1, playNew: 1 }));
  const ann = await here.person('Ann', 'video');
  const bob = await here.person('Bob', 'video');
  assert.equal(await ann.page.inputValue('#record-kind'), 'video');
  await ann.recordFor(2);
  await ann.recorderIs('recorded');
  await ann.page.click('#recorded-upload');
  await bob.playerIs('playing');
  await bob.page.waitForFunction(() => {
    const { currentTime, videoWidth } = document.querySelector('#stage .front');
    return currentTime > 0.5 && videoWidth > 0;
  });
  assert.equal(await bob.page.isVisible('#stage video'), true);
  const [clip] = await clipsOnDisk('video');
  const { codecs, duration } = await probe(join(here.site.thread('video'), 'media1', clip));
  assert.deepEqual(codecs.toSorted(), ['opus', 'vp8']);
  assert.ok(duration > 1.8 && duration < 4, `${duration} s`);
  await everybodyIsFine(ann, bob);
});

test('where video is off, nobody is offered it', async () => {
  await here.site.makeThread('sound', ini({}, { allowVideo: 0 }));
  const ann = await here.person('Ann', 'sound');
  assert.equal(await ann.page.isVisible('#record-kind'), false);
  await everybodyIsFine(ann);
});

test('a clip that can not be played is marked and the next one plays', async () => {
  await here.site.makeThread('broken', ini({}, { playNew: 1 }));
  const ann = await here.person('Ann', 'broken');
  await ann.recordAndUpload(1);
  await ann.recordAndUpload(1);
  await ann.hasClips(2);
  const [first, second] = (await clipsOnDisk('broken')).toSorted();
  await writeFile(join(here.site.thread('broken'), 'media1', first), 'this is no clip');
  const bob = await here.person('Bob', 'broken');
  await bob.hasClips(2);
  await bob.inMenu(bob.clips(`[data-clip="${first}"]`), '.clip-play-from');
  await bob.page.waitForSelector(`#clips li[data-clip="${first}"][data-state="failed"]`);
  await bob.page.waitForSelector(`#clips li[data-clip="${second}"][data-state="heard"]`);
  ann.isFine();
  await ann.page.context().close();
  await bob.page.context().close();
});
