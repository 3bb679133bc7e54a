// What one came for is in view, and nothing that is needed has to be scrolled to: at the sizes of a phone and a small laptop.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Caller } from './support/caller.mjs';
import { putClips } from './support/clips.mjs';
import { everybodyIsFine, scene } from './support/scene.mjs';

const INI = `[common]
mediaFolder=media1
[client]
allowVideo=1
allowStream=1
playNew=0
pollFactor=10
iceString="[]"
`;
const LIVE = INI.replace(
  'playNew=0',
  'playNew=1\nvideoOn=1\nonRecorded="upload"\nmaxClipSizeSec=2',
);
const PHONE = {
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
};
const SMALL_PHONE = { ...PHONE, viewport: { width: 360, height: 640 } };
const TABLET = { ...PHONE, viewport: { width: 820, height: 1180 } };
const LAPTOP = { viewport: { width: 1280, height: 720 } };
const here = scene();

/** In the page: whether the middle of each and its edges are seen, and nothing lies upon it. @param {string[]} selectors */
function outOfView(selectors) {
  const isSeen = (/** @type {string} */ selector) => {
    const at = /** @type {Element} */ (document.querySelector(selector));
    const { top, bottom, left, right, width } = at.getBoundingClientRect();
    if (!width || top < 0 || left < 0 || bottom > innerHeight || right > innerWidth) return false;
    const found = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    return !!found && (at.contains(found) || found.contains(at));
  };
  return selectors.filter((selector) => !isSeen(selector));
}

/** @param {import('./support/people.mjs').Person} person @param {string[]} selectors */
const sees = async ({ page }, selectors) =>
  assert.deepEqual(await page.evaluate(outOfView, selectors), [], 'out of view');

/** How much of the window a picture's place takes. @param {import('./support/people.mjs').Person} person @param {string} selector */
const share = ({ page }, selector) =>
  page.evaluate((at) => {
    const { width, height } = document.querySelector(at).getBoundingClientRect();
    return (width * height) / (innerWidth * innerHeight);
  }, selector);

for (const [name, options, daily] of [
  ['phone', PHONE, ['#online', '#record', '#chat-text', '#settings-open', '#play-unheard']],
  [
    'laptop',
    LAPTOP,
    '#online #recipient #call #conversation-filter #play-unheard #player-standby #chat-text #chat-send #record #record-description #record-kind #record-mode #file-choose #settings-open'.split(
      ' ',
    ),
  ],
]) {
  test(`${name}: what one uses every day is in view, the newest clip with it, and the player's bar`, async () => {
    await here.site.makeThread(name, INI);
    const clips = Array.from({ length: 30 }, () => ({ author: 'Ben', seconds: 5 }));
    await putClips(here.site.thread(name), clips);
    const ann = await here.person('Ann', name, options);
    await ann.hasClips(30);
    await sees(ann, [...daily, '#clips li[data-clip]:last-child']);
    await ann.clips().last().locator('.clip-play').click();
    await ann.page.waitForSelector('#player-bar:not([hidden])');
    await sees(ann, [...daily, '#player-pause', '#player-next', '#player-rate', '#seek']);
    await ann.page.click('#settings-open');
    await sees(ann, ['#settings-close', '#settings #language', '#settings #play-new']);
    await everybodyIsFine(ann);
  });
}

for (const [name, options] of [
  ['phone', PHONE],
  ['small phone', SMALL_PHONE],
]) {
  test(`${name}: where a picture is streamed, it and the record button are both in view`, async () => {
    const realm = `live-${name.length}`;
    await here.site.makeThread(realm, LIVE);
    const [ann, ben] = [
      await here.person('Ann', realm, options),
      await here.person('Ben', realm, options),
    ];
    // Ben's own camera stays on, too.
    await ben.page.click('#record');
    await ben.recorderIs('recording');
    await ben.page.click('#record');
    await ann.page.click('#record');
    await ann.recorderIs('recording');
    await ben.page.waitForSelector('#stage:not([hidden])');
    await ben.page.waitForSelector('#record-preview:not([hidden])');
    await sees(ben, ['#stage', '#record-preview', '#record', '#chat-text', '#player-pause']);
    await ann.page.click('#record');
    await everybodyIsFine(ann, ben);
  });
}

for (const [name, options, least] of [
  ['phone', PHONE, 0.38],
  ['tablet', TABLET, 0.5],
  ['laptop', LAPTOP, 0.4],
]) {
  test(`${name}: the picture of a call is as large as the window allows, and what one presses stays in view`, async () => {
    const realm = `call-${name}`;
    await here.site.makeThread(realm, INI);
    const bob = new Caller(await here.person('Bob', realm));
    const ann = new Caller(await here.person('Ann', realm, options));
    await bob.choose('Ann');
    await bob.page.check('#call-video');
    await bob.page.click('#call');
    await ann.page.click('#answer-video');
    await Promise.all([ann.is('talking'), bob.is('talking')]);
    await ann.sees();
    const has = await share(ann.person, '#call-stage');
    console.log(`# ${name}: the picture's place is ${Math.round(has * 100)} % of the window`);
    assert.ok(has >= least, String(has));
    const pressed = ['#mute', '#camera', '#share', '#full-screen', '#hang-up'];
    await sees(ann.person, [...pressed, '#call-stage', '#chat-text', '#record']);
    await ann.page.click('#hang-up');
    await everybodyIsFine(ann.person, bob.person);
  });
}
