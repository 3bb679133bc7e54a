// What was recorded and is not sent yet goes away only if its maker says so, and can be had back even then.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeTone } from './support/media.mjs';
import { everybodyIsFine, scene } from './support/scene.mjs';
import { Serve } from './support/serve.mjs';

const INI = `[common]
mediaFolder=media1
maxBlobBytes=5000000
maxMediaFolderBytes=50000000
clipLifetimeSec=600
[client]
maxClipSizeSec=60
pollFactor=10
`;
const here = scene({ site: Serve });
let folder;
before(async () => (folder = await mkdtemp(join(tmpdir(), 'mozchat-'))));
after(() => rm(folder, { recursive: true, force: true }));

/** Files with these names. @param {string[]} names */
const files = (...names) =>
  Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      await makeTone(path);
      return path;
    }),
  );
const described = ({ page }) => page.inputValue('#record-description');
const drafts = ({ page }) => page.locator('#outbox li[data-state="draft"]');

test('who records again keeps what was recorded before, over a reload, and can send it', async () => {
  await here.site.makeThread('again', INI);
  const ann = await here.person('Ann', 'again');
  await ann.page.fill('#record-description', 'the first');
  await ann.recordFor(1);
  await ann.recorderIs('recorded');
  assert.equal(await drafts(ann).count(), 0, 'it is in the recorder');
  await ann.recordFor(1);
  await ann.recorderIs('recorded');
  await ann.page.waitForSelector('#outbox li[data-state="draft"]:has-text("the first")');
  await ann.picture('drafts');
  ann.page.once('dialog', (dialog) => dialog.accept());
  await ann.page.reload();
  await ann.isIn();
  await ann.page.waitForFunction(() => document.querySelectorAll('#outbox li').length === 2);
  assert.equal(await ann.requests('upload'), 0, 'nothing goes by itself');
  await drafts(ann).first().locator('.outbox-retry').click();
  await ann.page.waitForSelector('#clips li:has-text("the first")');
  await drafts(ann).first().locator('.outbox-listen').click();
  await ann.recorderIs('recorded');
  assert.equal(await ann.page.isHidden('#outbox-box'), true);
  await everybodyIsFine(ann);
});

test('the space bar pressed while one listens takes nothing away', async () => {
  await here.site.makeThread('listens', INI);
  const ann = await here.person('Ann', 'listens');
  await ann.recordFor(1.5);
  await ann.recorderIs('recorded');
  const clip = () => ann.page.evaluate(() => globalThis.mozchat.recorder.clip?.duration);
  const before = await clip();
  await ann.page.click('#recorded-play');
  await ann.page.keyboard.press('Space');
  await ann.page.waitForSelector('#notice:has-text("too short")');
  await ann.recorderIs('recorded');
  assert.equal(await clip(), before, 'it is in the recorder again');
  await everybodyIsFine(ann);
});

test('discarding can be undone, in the recorder and in the list', async () => {
  await here.site.makeThread('discard', INI);
  const ann = await here.person('Ann', 'discard');
  await ann.recordFor(1);
  await ann.recorderIs('recorded');
  await ann.page.click('#recorded-discard');
  await ann.recorderIs('idle');
  await ann.picture('undo');
  await ann.page.click('#notice-act');
  await ann.recorderIs('recorded');
  await ann.recordFor(1);
  await drafts(ann).first().waitFor();
  await drafts(ann).first().locator('.outbox-discard').click();
  await drafts(ann).first().waitFor({ state: 'detached' });
  await ann.page.click('#notice-act');
  await drafts(ann).first().waitFor();
  await everybodyIsFine(ann);
});

test('Leave with something unsent asks first, and what was left behind is there again', async () => {
  await here.site.makeThread('leave', INI);
  const ann = await here.person('Ann', 'leave');
  await ann.recordFor(1);
  await ann.recorderIs('recorded');
  await ann.page.click('#leave');
  assert.match(await ann.page.innerText('#notice'), /not been sent yet.*kept in this browser/);
  assert.equal(await ann.page.isVisible('#app'), true);
  await ann.page.click('#notice-act');
  await ann.page.waitForSelector('#entry-go');
  await ann.page.click('#entry-go');
  await ann.isIn();
  await drafts(ann).first().waitFor();
  await everybodyIsFine(ann);
});

test('a file’s name describes that file alone, and a file takes nothing away', async () => {
  await here.site.makeThread('names', INI);
  const ann = await here.person('Ann', 'names');
  const [letter, song] = await files('Letter.wav', 'Song.wav');
  await ann.page.setInputFiles('#file', letter);
  await ann.recorderIs('recorded');
  assert.equal(await described(ann), 'Letter');
  await ann.page.setInputFiles('#file', song);
  await ann.page.waitForFunction(
    () => document.getElementById('record-description').value === 'Song',
  );
  await ann.page.waitForSelector('#outbox li[data-state="draft"]:has-text("Letter")');
  await ann.page.click('#recorded-discard');
  assert.equal(await described(ann), '');
  await ann.recordFor(1);
  await ann.recorderIs('recorded');
  assert.equal(await described(ann), '');
  await everybodyIsFine(ann);
});

test('of several files each is offered in its turn', async () => {
  await here.site.makeThread('several', INI);
  const ann = await here.person('Ann', 'several');
  await ann.page.setInputFiles('#file', await files('One.wav', 'Two.wav', 'Three.wav'));
  await ann.page.waitForSelector('#notice:has-text("3 files")');
  for (const name of ['One', 'Two', 'Three']) {
    await ann.page.waitForFunction(
      (wanted) => document.getElementById('record-description').value === wanted,
      name,
    );
    await ann.page.click('#recorded-upload');
  }
  await ann.hasClips(3);
  assert.deepEqual(await ann.page.locator('.clip-description').allInnerTexts(), [
    'One',
    'Two',
    'Three',
  ]);
  await everybodyIsFine(ann);
});
