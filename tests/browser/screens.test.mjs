// Pictures of the page for people to look at (test-results/screens), and what a picture can't show: every panel and state,
// on phone and desktop, light and dark, can be used by everybody (axe), and nothing sticks out of the screen.
import { test } from 'node:test';
import { Caller } from './support/caller.mjs';
import { look, show, SIZES } from './support/look.mjs';
import { manyClips } from './support/many.mjs';
import { everybodyIsFine, scene } from './support/scene.mjs';

const INI = `[common]
mediaFolder=media1
maxBlobBytes=500000
maxMediaFolderBytes=4000000
clipLifetimeSec=3600
maxClipCount=0
[client]
title="Kitchen table"
allowVideo=1
allowStream=1
maxClipSizeSec=10
pollFactor=10
playNew=0
iceString="[]"
`;
/** As serve --hash makes it of 'mods'. */
const MODERATED = `[auth]
moderators=Mo
moderatorPassword="$pbkdf2-sha256$i=120000$Y2YyYThkMzFmMDJhMTYwNw$0hr78/2wckHRsAjr7cuDT381+n96txujyArv+F0OiC4"
`;
const LONG = 'Bartholomew Featherstonehaugh';
const SETTINGS = ['player-more', 'recorder-more', 'phone-more'];
const here = scene();

async function entering(ann, name) {
  await ann.page.goto(here.site.url);
  await ann.page.waitForSelector('#entry-go');
  await look(ann, `${name}-entry`);
  await ann.page.fill('#entry-user', 'Ann');
  await ann.page.fill('#entry-realm', 'nosuch');
  await ann.page.click('#entry-go');
  await ann.page.waitForSelector('#entry-error:not([hidden])');
  await look(ann, `${name}-entry-error`);
}

async function recording(ann, name) {
  await ann.page.waitForSelector('#clips-empty:not([hidden])');
  await look(ann, `${name}-empty`);
  if (await ann.page.isVisible('#record-more')) await ann.page.click('#record-more');
  await ann.page.fill('#record-description', 'Good morning, everybody');
  await look(ann, `${name}-described`);
  await ann.record(() => look(ann, `${name}-recording`));
  await ann.recorderIs('recorded');
  await look(ann, `${name}-recorded`);
  let goOn = () => {};
  const held = new Promise((resolve) => (goOn = resolve));
  await ann.page.route('**/upload.cgi', async (route) => {
    await held;
    await route.continue();
  });
  await ann.page.click('#recorded-upload');
  await ann.recorderIs('uploading');
  await look(ann, `${name}-uploading`);
  goOn();
  await ann.recorderIs('idle');
  await ann.page.unroute('**/upload.cgi');
}

async function playing(ann, bob, name) {
  await bob.page.fill(
    '#record-description',
    'What I wanted to say about the garden, and about the dog',
  );
  await bob.recordAndUpload(3.2);
  await ann.hasClips(2);
  await ann.clips().last().locator('.clip-play').click();
  await ann.page.waitForSelector('#seek-box[data-wave="true"]');
  await ann.page.click('#player-pause');
  await ann.playerIs('paused');
  await look(ann, `${name}-playing`);
  await ann.page.click('#player-stop');
  await ann.inMenu(ann.clips().first(), '.clip-delete');
  await look(ann, `${name}-deleting`);
  await ann.clips().first().locator('.clip-delete-cancel').click();
}

/** @param {import('./support/people.mjs').Person} person @param {string} text */
async function say({ page }, text) {
  await page.fill('#chat-text', text);
  await page.press('#chat-text', 'Enter');
}

async function writing(ann, bob, name) {
  await new Caller(bob).choose('Ann');
  await say(bob, 'Have you heard it? It is at https://example.org/garden');
  await ann.page.waitForSelector('#messages li:has-text("garden")');
  await new Caller(ann).choose(LONG);
  await say(ann, 'Not yet. Call me!');
  await ann.page.waitForSelector('#messages li[data-state="delivered"]');
  await look(ann, `${name}-chat`);
  for (let i = 1; i <= 12; i += 1) await say(bob, `Line ${i}: the gate, the well, the apple trees`);
  await ann.page.waitForSelector('#messages li:has-text("Line 12")');
  await look(ann, `${name}-chat-long`);
  await ann.page.evaluate(() => (document.getElementById('messages').scrollTop = 0));
  await say(bob, 'Are you still there?');
  await ann.page.waitForSelector('#messages-new:not([hidden])');
  await look(ann, `${name}-chat-new`);
  await ann.page.click('#messages-new');
}

async function talking(ann, bob, name) {
  const [caller, called] = [new Caller(bob), new Caller(ann)];
  await bob.page.check('#call-video');
  await bob.page.click('#call');
  await called.is('ringing');
  await look(ann, `${name}-incoming`);
  await ann.page.click('#answer-video');
  await Promise.all([caller.is('talking'), called.is('talking')]);
  await ann.page.waitForFunction(() => document.getElementById('remote-video').videoWidth > 0);
  await look(ann, `${name}-in-call`);
  await Promise.all([ann.page.click('#camera'), bob.page.click('#camera')]);
  await ann.page.waitForSelector('#call-stage', { state: 'hidden' });
  await look(ann, `${name}-in-call-sound`);
  await ann.page.click('#hang-up');
  await called.is('ready');
  await ann.page.click('#call');
  await called.is('calling');
  await look(ann, `${name}-calling`);
  await ann.page.click('#hang-up');
}

async function settings(ann, name) {
  const { page } = ann;
  await page.click('#settings-open');
  for (const id of SETTINGS) {
    await show(ann, id);
    await look(ann, `${name}-${id}`);
  }
  await page.check('#motion-on');
  await page.check('#remote-control-on');
  await page.waitForSelector('#motion-view[data-moved]:not([hidden])');
  await page.locator('#motion-on').scrollIntoViewIfNeeded();
  await look(ann, `${name}-motion`);
  await page.uncheck('#motion-on');
  await page.uncheck('#remote-control-on');
  // The camera's picture has moved meanwhile.
  await ann.recorderIs('idle');
  await page.click('#names summary');
  await look(ann, `${name}-names`);
  await page.click('#settings-close');
  await page.click('#help-open');
  await look(ann, `${name}-help`);
  await page.click('#help-close');
}

/** Without a network: what the page says, and what is kept. */
async function offline(ann, name) {
  await ann.page.context().setOffline(true);
  await say(ann, 'From the tunnel');
  await ann.page.waitForSelector('#connection[data-state="retrying"]');
  await ann.recordFor(0.5);
  await ann.recorderIs('recorded');
  await ann.page.click('#recorded-upload');
  await ann.page.waitForSelector('#outbox-box:not([hidden])');
  await look(ann, `${name}-offline`);
}

for (const [size, options] of Object.entries(SIZES)) {
  for (const lang of ['en', 'ru']) {
    test(`${size}, ${lang}: nothing sticks out, and everybody can use it`, async () => {
      const name = `${size}-${lang}`;
      await here.site.makeThread(name, INI);
      const ann = await here.visitor('Ann', { ...options, locale: lang });
      await entering(ann, name);
      await ann.enter(here.site.url, name);
      await recording(ann, name);
      const bob = await here.person(LONG, name);
      await playing(ann, bob, name);
      await writing(ann, bob, name);
      await talking(ann, bob, name);
      await settings(ann, name);
      ann.isFine();
      await offline(ann, name);
      await ann.page.context().close();
      await everybodyIsFine(bob);
    });
  }

  test(`${size}: 200 clips with long names; a closed thread, a moderator, the manual`, async () => {
    await here.site.makeThread(`many-${size}`, INI);
    await manyClips(here.site.thread(`many-${size}`), 200);
    const anna = await here.person('Анна Константинопольская', `many-${size}`, {
      ...options,
      locale: 'ru',
    });
    await anna.hasClips(200);
    await look(anna, `${size}-ru-top`);
    await look(anna, `${size}-ru-200-clips`);
    await everybodyIsFine(anna);
    await moderating(size, options);
    for (const [path, lang] of [
      ['manual/', 'en'],
      ['manual/ru.html', 'ru'],
    ]) {
      const reader = await here.visitor('Reader', options);
      await reader.page.goto(here.site.url + path);
      await look(reader, `${size}-${lang}-manual`);
      await everybodyIsFine(reader);
    }
  });
}

async function moderating(size, options) {
  const realm = `moderated-${size}`;
  await here.site.makeThread(realm, INI + MODERATED);
  const mo = await here.visitor('Mo', options);
  await mo.page.goto(`${here.site.url}?user=Mo&realm=${realm}`);
  await mo.page.waitForSelector('#entry-key:not([hidden])');
  await look(mo, `${size}-en-password`);
  await mo.page.fill('#entry-secret', 'nonsense');
  await mo.page.click('#entry-go');
  await mo.page.waitForSelector('#entry-error:has-text("not the password")');
  await look(mo, `${size}-en-password-wrong`);
  await mo.page.fill('#entry-secret', 'mods');
  await mo.page.click('#entry-go');
  await mo.isIn();
  const bob = await here.person(LONG, realm);
  await mo.page.click(`#online li[data-user="${LONG}"] button`);
  await look(mo, `${size}-en-moderator`);
  await mo.page.click('#mute-person');
  await mo.page.waitForSelector('#toast[data-empty="false"]');
  await look(mo, `${size}-en-muted`);
  await say(bob, 'Why?');
  await bob.page.waitForSelector('#messages li[data-state="refused"]');
  await look(bob, `${size}-en-refused`);
  for (const person of [mo, bob]) await person.page.context().close();
}
