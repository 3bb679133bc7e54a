// Whose name it is, a closed thread, and what moderators may do, in the page's words.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scene } from './support/scene.mjs';

const INI =
  '[common]\nmediaFolder=media1\nmaxBlobBytes=500000\nclipLifetimeSec=600\n[client]\nmaxClipSizeSec=10\npollFactor=10\n';
// As serve --hash makes them of 'open sesame' and 'mods'.
const OPEN_SESAME =
  '$pbkdf2-sha256$i=120000$M2MyOGEwMDBhZWY5ZTkyNg$JxwZpjB2J7HPGz+2uzytSm+1IlCgAdkLZkefJNLtbqg';
const MODS =
  '$pbkdf2-sha256$i=120000$Y2YyYThkMzFmMDJhMTYwNw$0hr78/2wckHRsAjr7cuDT381+n96txujyArv+F0OiC4';
const here = scene();

/** Fills in the form and waits for what it says. */
async function refused(person, realm) {
  await person.page.goto(here.site.url);
  await person.page.fill('#entry-user', person.name);
  await person.page.fill('#entry-realm', realm);
  await person.page.click('#entry-go');
  await person.page.waitForSelector('#entry-error:not([hidden])');
  return person.page.innerText('#entry-error');
}

test('a name that is taken is said so, and a code takes it to a second browser', async () => {
  await here.site.makeThread('room', INI);
  const ann = await here.person('Ann', 'room');
  const phone = await here.visitor('Ann');
  assert.match(await refused(phone, 'room'), /Somebody else has this name/);
  await ann.openSettings();
  await ann.page.click('#names summary');
  await ann.page.click('#name-share');
  await ann.page.waitForFunction(() =>
    /\w{4}-\w{4}/.test(document.querySelector('#name-code')?.textContent ?? ''),
  );
  const [code] = (await ann.page.innerText('#name-code')).match(/\w{4}-\w{4}/) ?? [];
  await phone.page.fill('#entry-secret', '2222-2222');
  await phone.page.click('#entry-go');
  await phone.page.waitForFunction(() =>
    document.querySelector('#entry-error')?.textContent?.includes('code is wrong'),
  );
  await phone.page.fill('#entry-secret', String(code));
  await phone.page.click('#entry-go');
  await phone.isIn();
  await ann.enter(here.site.url, 'room');
});

test('a closed thread asks for its password', async () => {
  await here.site.makeThread('closed', `${INI}[auth]\npassword="${OPEN_SESAME}"\n`);
  const ann = await here.visitor('Ann');
  assert.match(await refused(ann, 'closed'), /closed/);
  await ann.page.fill('#entry-secret', 'nonsense');
  await ann.page.click('#entry-go');
  await ann.page.waitForFunction(() =>
    document.querySelector('#entry-error')?.textContent?.includes('not the password'),
  );
  await ann.page.fill('#entry-secret', 'open sesame');
  await ann.page.click('#entry-go');
  await ann.isIn();
  await ann.enter(here.site.url, 'closed');
});

test('the link of a closed room asks for its password at once, and keeps it while one types the name', async () => {
  await here.site.makeThread('shut', `${INI}[auth]\npassword="${OPEN_SESAME}"\n`);
  const ann = await here.visitor('Ann');
  await ann.page.goto(`${here.site.url}?realm=shut`);
  await ann.page.waitForSelector('#entry-secret');
  await ann.page.fill('#entry-secret', 'open sesame');
  await ann.page.fill('#entry-user', 'Ann');
  await ann.page.keyboard.press('Enter');
  await ann.isIn();
});

test('a moderator mutes, deletes and bans', async () => {
  await here.site.makeThread('room', `${INI}[auth]\nmoderators=Mo\nmoderatorPassword="${MODS}"\n`);
  const mo = await here.visitor('Mo');
  assert.match(await refused(mo, 'room'), /moderator/);
  await mo.page.fill('#entry-secret', 'mods');
  await mo.page.click('#entry-go');
  await mo.isIn();
  const bob = await here.person('Bob', 'room');
  await bob.recordAndUpload(1);
  await mo.hasClips(1);
  await mo.page.click('#online li[data-user="Bob"] button');
  await mo.page.click('#mute-person');
  await mo.page.waitForFunction(() =>
    document.querySelector('#notice')?.textContent?.includes('can still listen'),
  );
  await bob.page.fill('#chat-text', 'can you hear me?');
  await bob.page.keyboard.press('Enter');
  await bob.page.waitForSelector('#messages li[data-state="refused"]');
  const row = mo.clips().last();
  await mo.inMenu(row, '.clip-delete');
  await row.locator('.clip-delete-confirm').click();
  await bob.hasClips(0);
  await mo.page.click('#ban-person');
  await mo.page.click('#ban-cancel');
  await mo.page.click('#ban-person');
  await mo.page.click('#ban-confirm');
  await mo.page.waitForSelector('#online li[data-user="Bob"]', { state: 'detached' });
});

test('a moderator logs everybody out after a second question', async () => {
  await here.site.makeThread(
    'den',
    `${INI}[auth]\npassword="${OPEN_SESAME}"\nmoderators=Mo\nmoderatorPassword="${MODS}"\n`,
  );
  const [mo, ann] = [await here.visitor('Mo'), await here.visitor('Ann')];
  await refused(mo, 'den');
  for (const secret of ['open sesame', 'mods']) {
    await mo.page.fill('#entry-secret', secret);
    await mo.page.click('#entry-go');
    if (secret !== 'mods')
      await mo.page.waitForFunction(() =>
        document.querySelector('#entry-error')?.textContent?.includes('moderator'),
      );
  }
  await mo.isIn();
  await refused(ann, 'den');
  await ann.page.fill('#entry-secret', 'open sesame');
  await ann.page.click('#entry-go');
  await ann.isIn();
  assert.equal(await ann.page.isVisible('#end-passes'), false);
  await ann.openSettings();
  await ann.page.click('#names summary');
  assert.equal(await ann.page.isVisible('#end-passes'), false, 'for moderators only');

  await mo.openSettings();
  await mo.page.click('#names summary');
  await mo.page.click('#end-passes');
  await mo.page.waitForSelector('#end-passes-question');
  await mo.page.click('#end-passes-cancel');
  await mo.page.click('#end-passes');
  await mo.page.click('#end-passes-confirm');
  await mo.page.waitForFunction(() =>
    document.querySelector('#notice')?.textContent?.includes('has to enter the password again'),
  );
  await ann.page.waitForSelector('#entry-secret');
  await mo.recordAndUpload(1);
  await ann.page.fill('#entry-secret', 'open sesame');
  await ann.page.click('#entry-go');
  await ann.isIn();
  await ann.hasClips(1);
});
