// A recording that ends by itself: it is heard, read, and seen on the button that is still held.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { everybodyIsFine, scene } from './support/scene.mjs';
import { Serve } from './support/serve.mjs';

const INI = `[common]
mediaFolder=media1
maxBlobBytes=500000
maxMediaFolderBytes=9000000
maxClipCount=7
clipLifetimeSec=600
[client]
pollFactor=10
`;
const STREAM = `${INI}maxClipSizeSec=1\nallowStream=1\nonRecorded=upload\n`;
const here = scene({ site: Serve });

const said = ({ page }, words) => page.waitForSelector(`#notice:has-text("${words}")`);
const signals = ({ page }) =>
  page.evaluate(async () => (await import('./js/device/signal.js')).signals.count);

/** Holds the button. */
async function hold({ page }) {
  await page.hover('#record');
  await page.mouse.down();
  await page.waitForSelector('#recorder[data-state="recording"]');
}

test('at the longest length the person is counted down to, told, and sent on', async () => {
  await here.site.makeThread('limit', `${INI}maxClipSizeSec=3\nonRecorded=upload\n`);
  const ann = await here.person('Ann', 'limit');
  assert.match(await ann.page.innerText('#record-limits'), /newest 7 clips/);
  await hold(ann);
  await ann.page.waitForSelector('#record-hint:has-text("Ends in 1 s")');
  await said(ann, 'The recording has ended: 3 seconds is the limit here');
  assert.equal(await ann.page.innerText('#record-label'), 'Recording has ended');
  assert.equal(await signals(ann), 1);
  await ann.picture('cut-off');
  await ann.page.mouse.up();
  assert.equal(await ann.page.innerText('#record-label'), 'Record');
  await ann.hasClips(1);
  await everybodyIsFine(ann);
});

test('a microphone that is taken away in mid-sentence is told of, and what was said is kept', async () => {
  await here.site.makeThread('taken', `${INI}maxClipSizeSec=60\n`);
  const ann = await here.person('Ann', 'taken');
  const pageCdp = await ann.page.context().newCDPSession(ann.page);
  const { targetInfo } = await pageCdp.send('Target.getTargetInfo');
  const cdp = await here.chromium.browser.newBrowserCDPSession();
  await hold(ann);
  await ann.page.waitForFunction(() => globalThis.mozchat.recorder.seconds > 1);
  await cdp.send('Browser.setPermission', {
    permission: { name: 'microphone' },
    setting: 'denied',
    origin: new URL(here.site.url).origin,
    browserContextId: targetInfo.browserContextId,
  });
  await said(ann, 'microphone was unplugged, or the browser is no longer allowed to use it');
  assert.equal(await ann.page.innerText('#record-label'), 'Recording has ended');
  await ann.recorderIs('recorded');
  assert.equal(await signals(ann), 1);
  await ann.page.mouse.up();
  await everybodyIsFine(ann);
});

test('a hands-free stream that nobody attends to ends, after a warning; a touch prolongs it', async () => {
  await here.site.makeThread('alone', `${STREAM}streamIdleS=8\n`);
  const ann = await here.person('Ann', 'alone');
  await ann.page.click('#record');
  await said(ann, 'The stream ends in 2 seconds');
  await ann.page.keyboard.press('Shift');
  await ann.page.waitForSelector('#toast[data-empty="true"]', { state: 'attached' });
  await said(ann, 'The live recording has ended, because nobody touched the page for 8 seconds');
  await ann.recorderIs('idle');
  assert.equal(await signals(ann), 3, 'two warnings and the end');
  await everybodyIsFine(ann);
});

test('a piece may be longer than the thread suggests, and no longer than fits; the picture can be hidden', async () => {
  await here.site.makeThread('choices', `${STREAM}allowVideo=1\nshowMore=1\n`);
  const ann = await here.person('Ann', 'choices');
  const { page } = ann;
  for (const [typed, becomes] of [
    ['5', '5'],
    ['100000', '283'],
    ['0', '1'],
  ]) {
    await page.fill('#record-chunk', typed);
    await page.press('#record-chunk', 'Tab');
    assert.equal(await page.inputValue('#record-chunk'), becomes);
  }
  await page.selectOption('#record-kind', 'video');
  assert.deepEqual(await page.locator('#record-preset option').allInnerTexts(), [
    'Camera’s default',
    '640 × 480, 15 fps',
    '640 × 480, 30 fps',
    '800 × 600, 30 fps',
    '960 × 720, 30 fps',
    '1280 × 720, 30 fps',
    'Low, 320 × 240, 15 fps',
  ]);
  await page.waitForSelector('#record-preview:not([hidden])');
  await ann.picture('presets');
  await page.click('#record-show-preview');
  await page.waitForSelector('#record-preview', { state: 'hidden' });
  await everybodyIsFine(ann);
});

test('each choice of a picture is asked of the camera, and recorded', async () => {
  await here.site.makeThread(
    'camera',
    `${INI}allowVideo=1\nvideoOn=1\nonRecorded=upload\nshowMore=1\n`,
  );
  const ann = await here.person('Ann', 'camera');
  const { page } = ann;
  await page.evaluate(() => {
    const { mediaDevices } = navigator;
    const open = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = (wanted) => open((globalThis.wanted = wanted));
  });
  // The camera shows what was chosen while nothing is recorded.
  await page.check('#record-ready');
  /** What was asked of the camera, and what picture came. */
  const picture = () =>
    page.evaluate(() => {
      const [track] = document.getElementById('record-preview').srcObject?.getVideoTracks() ?? [];
      const { width, height } = track?.getSettings() ?? {};
      const { video } = globalThis.wanted ?? {};
      const ideals = [video?.width, video?.height, video?.frameRate].map((one) => one?.ideal);
      return { asked: ideals.join(), came: `${width},${height}` };
    });
  /** @param {string} asked @param {string} came */
  const isAskedFor = async (asked, came) => {
    let now = await picture();
    for (
      const end = Date.now() + 10_000;
      Date.now() < end && now.asked + now.came !== asked + came;
    ) {
      await page.waitForTimeout(50);
      now = await picture();
    }
    assert.deepEqual(now, { asked, came });
  };
  const choices = await page
    .locator('#record-preset option')
    .evaluateAll((all) => all.map(({ value }) => value).reverse());
  for (const choice of choices.filter((one) => one !== 'auto')) {
    await page.selectOption('#record-preset', choice);
    const [width, height, rate] = choice.split(/[x@]/);
    await isAskedFor(`${width},${height},${rate}`, `${width},${height}`);
  }
  await page.selectOption('#record-preset', 'auto');
  await isAskedFor(',,', '640,480');
  // Whoever goes through the menu by the keys gets what was chosen last.
  for (const choice of ['960x720@30', '1280x720@30', '320x240@15'])
    await page.selectOption('#record-preset', choice);
  await isAskedFor('320,240,15', '320,240');
  await ann.recordFor(1);
  await ann.hasClips(1);
  // Other people get it as it was chosen.
  const bob = await here.person('Bob', 'camera');
  await bob.clips().first().locator('.clip-play').click();
  await bob.page.waitForFunction(() => {
    const shown = [...document.querySelectorAll('#stage video')].find((one) => one.videoWidth);
    return shown && `${shown.videoWidth},${shown.videoHeight}` === '320,240';
  });
  await everybodyIsFine(bob);
  await everybodyIsFine(ann);
});

test('a browser that can’t record is reported to the admin’s log', async () => {
  await here.site.makeThread('fault', INI);
  const ann = await here.visitor('Ann');
  await ann.page.addInitScript(() => delete globalThis.MediaRecorder);
  const reported = ann.page.waitForResponse((response) => /chat\.cgi/.test(response.url()));
  await ann.enter(here.site.url, 'fault');
  await reported;
  const log = await readFile(join(here.site.thread('fault'), 'error.log'), 'utf8');
  assert.match(log, /Ann .*Mime fault: audio: no MediaRecorder/);
  await everybodyIsFine(ann);
});
