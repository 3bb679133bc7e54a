// Pictures of the page for people to look at (test-results/screens), and what a picture can't show: every panel and state
// can be used by everybody (axe), and nothing sticks out of the screen.
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { Caller } from './support/caller.mjs';
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
const SIZES = {
  phone: {
    viewport: { width: 360, height: 640 },
    isMobile: true,
    hasTouch: true,
    deviceScaleFactor: 2,
  },
  desktop: { viewport: { width: 1280, height: 800 } },
};
const LONG = 'Bartholomew Featherstonehaugh';
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const here = scene();

/** A picture of a state, and what axe finds wrong with it for people who see, hear or move otherwise. */
async function look({ page }, name) {
  const folder = new URL('../../test-results/screens/', import.meta.url);
  await mkdir(folder, { recursive: true });
  // What fades in would be measured half-way.
  await page.evaluate(() =>
    Promise.all(
      document
        .getAnimations()
        .filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity)
        .map(({ finished }) => finished.catch(() => {})),
    ),
  );
  await page.screenshot({ path: new URL(`${name}.png`, folder).pathname });
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe);
  const found = await page.evaluate(async (values) => {
    const { violations } = await globalThis.axe.run({ runOnly: { type: 'tag', values } });
    const { clientWidth, scrollWidth } = document.documentElement;
    const wide = scrollWidth > clientWidth ? [`${scrollWidth} of ${clientWidth} pixels`] : [];
    // What is just being scrolled under a bar has no size of its own.
    const isUnder = ({ target: [selector] }) =>
      ['.bar', '#dock'].some((bar) => {
        const [over, under] = [bar, selector].map((one) =>
          document.querySelector(one)?.getBoundingClientRect(),
        );
        return over?.height && under && over.top < under.bottom && under.top < over.bottom;
      });
    for (const violation of violations) {
      if (violation.id !== 'target-size') continue;
      violation.nodes = violation.nodes.filter((node) => !isUnder(node));
    }
    const words = ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`;
    return [...wide, ...violations.filter(({ nodes }) => nodes.length).map(words)];
  }, RULES);
  assert.deepEqual(found, [], name);
}

/** Brings a panel to the top, as the links on a phone do. */
const show = ({ page }, id) =>
  page.evaluate(
    (panel) => document.getElementById(panel).scrollIntoView({ behavior: 'instant' }),
    id,
  );

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
  await ann.page.fill('#record-description', 'Good morning, everybody');
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
  await ann.clips().first().locator('.clip-play').click();
  await ann.page.waitForSelector('#seek-box[data-wave="true"]');
  await ann.page.click('#player-pause');
  await ann.playerIs('paused');
  await show(ann, 'player');
  await look(ann, `${name}-playing`);
  await ann.page.click('#player-stop');
  await ann.clips().last().locator('.clip-delete').click();
  await look(ann, `${name}-deleting`);
  await ann.clips().last().locator('.clip-delete-cancel').click();
}

async function talking(ann, bob, name) {
  const caller = new Caller(bob);
  const called = new Caller(ann);
  const say = async ({ page }, text) => {
    await page.fill('#chat-text', text);
    await page.keyboard.press('Enter');
  };
  await caller.choose('Ann');
  await say(bob, 'Have you heard it? It is at https://example.org/garden');
  await called.choose(LONG);
  await say(ann, 'Not yet. Call me!');
  await ann.page.waitForSelector('#messages li[data-state="delivered"]');
  await ann.page.waitForSelector('#messages li:has-text("garden")');
  await show(ann, 'phone');
  await look(ann, `${name}-chat`);
  await bob.page.check('#call-video');
  await bob.page.click('#call');
  await called.is('ringing');
  await look(ann, `${name}-incoming`);
  await ann.page.click('#answer-video');
  await Promise.all([caller.is('talking'), called.is('talking')]);
  await ann.page.waitForFunction(() => document.getElementById('remote-video').videoWidth > 0);
  await show(ann, 'phone');
  await look(ann, `${name}-in-call`);
  await ann.page.click('#hang-up');
  await called.is('ready');
}

async function extras(ann, name) {
  for (const id of ['phone', 'recorder', 'player']) {
    await ann.page.click(`#${id}-extras`);
    await show(ann, id);
    await look(ann, `${name}-${id}-extras`);
    await ann.page.click(`#${id}-extras`);
  }
  await ann.page.click('#names summary');
  await ann.page.click('#help-open');
  await look(ann, `${name}-help`);
  await ann.page.click('#help-close');
}

for (const [size, options] of Object.entries(SIZES)) {
  for (const colorScheme of ['light', 'dark']) {
    test(`${size}, ${colorScheme}: nothing sticks out, and everybody can use it`, async () => {
      const name = `${size}-${colorScheme}`;
      await here.site.makeThread(`table-${name}`, INI);
      const ann = await here.visitor('Ann', { ...options, colorScheme });
      await entering(ann, name);
      await ann.enter(here.site.url, `table-${name}`);
      await recording(ann, name);
      const bob = await here.person(LONG, `table-${name}`);
      await playing(ann, bob, name);
      await talking(ann, bob, name);
      await extras(ann, name);
      await everybodyIsFine(ann, bob);
    });
  }
}

test('200 clips, long names, Russian; a closed thread and a moderator; the manual', async () => {
  const phone = { ...SIZES.phone, locale: 'ru-RU' };
  await here.site.makeThread('many', `${INI}lang=ru\n`);
  await manyClips(here.site.thread('many'), 200);
  const anna = await here.person('Анна Константинопольская', 'many', phone);
  await anna.hasClips(200);
  await look(anna, 'ru-phone-top');
  await show(anna, 'player');
  await look(anna, 'ru-phone-200-clips');
  await recordInRussian(anna);
  for (const id of ['phone', 'recorder', 'player']) {
    await anna.page.click(`#${id}-extras`);
    await show(anna, id);
    await look(anna, `ru-phone-${id}-extras`);
  }
  const boris = await here.person('Борис', 'many', { ...SIZES.desktop, colorScheme: 'dark' });
  await boris.hasClips(200);
  await look(boris, 'ru-desktop-200-clips');

  await here.site.makeThread('moderated', INI + MODERATED);
  const mo = await here.visitor('Mo', SIZES.desktop);
  await mo.page.goto(`${here.site.url}?user=Mo&realm=moderated`);
  await mo.page.waitForSelector('#entry-key:not([hidden])');
  await look(mo, 'desktop-password');
  await mo.page.fill('#entry-secret', 'mods');
  await mo.page.click('#entry-go');
  await mo.isIn();
  const bob = await here.person('Bob', 'moderated');
  await mo.page.click('#online li[data-user="Bob"] button');
  await mo.page.click('#names summary');
  await look(mo, 'desktop-moderator');

  for (const [path, name] of [
    ['manual/', 'manual-en'],
    ['manual/ru.html', 'manual-ru'],
  ]) {
    const reader = await here.visitor('Reader', { ...SIZES.phone, colorScheme: 'dark' });
    await reader.page.goto(here.site.url + path);
    await look(reader, name);
    await everybodyIsFine(reader);
  }
  await everybodyIsFine(anna, boris, bob);
  await mo.page.context().close();
});

/** @param {import('./support/people.mjs').Person} anna */
async function recordInRussian(anna) {
  await anna.record(() => look(anna, 'ru-phone-recording'));
  await anna.recorderIs('recorded');
  await look(anna, 'ru-phone-recorded');
  await anna.page.click('#recorded-discard');
}
