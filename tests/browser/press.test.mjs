// What a press of RECORD and of the keys means: click and hold, letting go elsewhere, giving up.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everybodyIsFine, scene } from './support/scene.mjs';
import { Serve } from './support/serve.mjs';

const COMMON = `[common]
mediaFolder=media1
maxBlobBytes=500000
maxMediaFolderBytes=9000000
clipLifetimeSec=600
[client]
pollFactor=10
`;
const ASK = `${COMMON}maxClipSizeSec=60\n`;
const STREAM = `${COMMON}maxClipSizeSec=9\nallowStream=1\nonRecorded=upload\n`;
const here = scene({ site: Serve });

/** Presses the button for so long. @param {number} ms */
async function press({ page }, ms) {
  await page.hover('#record');
  await page.mouse.down();
  await page.waitForTimeout(ms);
  await page.mouse.up();
}

const recordsFor = ({ page }, seconds) =>
  page.waitForFunction((least) => globalThis.mozchat.recorder.seconds >= least, seconds);

test('a slow click starts a recording, and the next one stops it; what is held longer stops when it is let go', async () => {
  await here.site.makeThread('click', ASK);
  const ann = await here.person('Ann', 'click');
  assert.match(await ann.page.innerText('#record-hint'), /Click to start and stop, or hold/);
  await press(ann, 550);
  await recordsFor(ann, 1);
  assert.equal(await ann.page.getAttribute('#recorder', 'data-locked'), 'true');
  await press(ann, 550);
  await ann.recorderIs('recorded');
  await press(ann, 900);
  await ann.recorderIs('recorded');
  await everybodyIsFine(ann);
});

test('the space bar stops when it is let go, wherever the focus is by then and whatever else is held', async () => {
  await here.site.makeThread('space', ASK);
  const ann = await here.person('Ann', 'space');
  const { page } = ann;
  for (const meanwhile of [() => page.focus('#chat-text'), () => page.keyboard.down('Control')]) {
    await page.focus('#thread-title');
    await page.keyboard.down('Space');
    await recordsFor(ann, 0.5);
    await meanwhile();
    await page.keyboard.down('Space'); // The key repeats.
    await page.keyboard.up('Space');
    await page.keyboard.up('Control');
    await ann.recorderIs('recorded');
  }
  assert.equal(await page.inputValue('#chat-text'), '', 'nothing was typed');
  await everybodyIsFine(ann);
});

test('the space bar does not record behind a dialog, nor where it opens something', async () => {
  await here.site.makeThread('dialog', ASK);
  const ann = await here.person('Ann', 'dialog');
  const { page } = ann;
  await ann.openSettings();
  await page.focus('#names > summary');
  await page.keyboard.press('Space');
  await page.waitForSelector('#names[open]');
  await page.click('#help-open');
  await page.focus('#help');
  await page.keyboard.down('Space');
  await page.waitForTimeout(400);
  await page.keyboard.up('Space');
  assert.equal(await page.getAttribute('#recorder', 'data-state'), 'idle');
  await everybodyIsFine(ann);
});

test('what is given up is not sent: too short a press of the space bar, Esc, or sliding away', async () => {
  await here.site.makeThread('given-up', STREAM);
  const ann = await here.person('Ann', 'given-up');
  const { page } = ann;
  await page.focus('#thread-title');
  await page.keyboard.down('Space');
  await page.waitForTimeout(150);
  await page.keyboard.up('Space');
  await page.waitForSelector('#notice:has-text("too short")');
  await ann.recorderIs('idle');

  await press(ann, 150);
  await ann.recorderIs('recording');
  await page.keyboard.press('Escape');
  await page.waitForSelector('#notice:has-text("cancelled")');
  await ann.recorderIs('idle');

  await page.hover('#record');
  await page.mouse.down();
  await ann.recorderIs('recording');
  await page.mouse.move(5, 5);
  assert.match(await page.innerText('#record'), /Let go to cancel/);
  await ann.picture('give-up');
  await page.mouse.up();
  await ann.recorderIs('idle');
  assert.equal(await ann.requests('upload'), 0);
  await everybodyIsFine(ann);
});

test('what was given up by Esc can be had back', async () => {
  await here.site.makeThread('undo', ASK);
  const ann = await here.person('Ann', 'undo');
  await press(ann, 100);
  await recordsFor(ann, 1);
  await ann.page.keyboard.press('Escape');
  await ann.recorderIs('idle');
  await ann.page.click('#notice-act');
  await ann.recorderIs('recorded');
  await everybodyIsFine(ann);
});
