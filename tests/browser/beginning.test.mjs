// The beginning of what one says: the page says that it records only once the microphone gives sound.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { samples, whereIs } from './support/media.mjs';
import { everybodyIsFine, scene } from './support/scene.mjs';
import { FIRST_WORD, giveSlowMicrophone, openLate } from './support/slow-microphone.mjs';

const INI = `[common]
mediaFolder=media1
maxBlobBytes=500000
[client]
maxClipSizeSec=10
pollFactor=10
`;
const here = scene();

/** Ann, whose microphone takes its time. @param {string} thread @param {(ann: any) => Promise<void>} [prepare] */
async function annIn(thread, prepare = async () => {}) {
  await here.site.makeThread(thread, INI);
  const ann = await here.visitor('Ann');
  await giveSlowMicrophone(ann);
  await prepare(ann);
  await ann.enter(here.site.url, thread);
  return ann;
}

test('the first word is in the clip, however late the microphone gives sound', async () => {
  const ann = await annIn('slow', openLate);
  await ann.page.hover('#record');
  await ann.page.mouse.down();
  await ann.recorderIs('starting');
  assert.equal(await ann.page.innerText('#record-label'), 'Opening the microphone…');
  await ann.picture('opening-the-microphone');
  await ann.recorderIs('recording');
  await ann.page.waitForFunction(() => globalThis.mozchat.recorder.seconds >= 1);
  await ann.page.mouse.up();
  await ann.recorderIs('recorded');
  await ann.page.click('#recorded-upload');
  await ann.recorderIs('idle');
  const media = join(here.site.thread('slow'), 'media1');
  const [clip] = await readdir(media);
  const { first, seconds } = whereIs(await samples(join(media, clip)), FIRST_WORD.frequency);
  console.log(`# the first word: after ${first} s, ${seconds} s of ${FIRST_WORD.seconds} s`);
  assert.ok(seconds > FIRST_WORD.seconds - 0.04, `only ${seconds} s of it`);
  assert.ok(first < 0.3, `${first} s of nothing before it`);
  await everybodyIsFine(ann);
});

test('one who lets go before that has recorded nothing, and may try again at once', async () => {
  const ann = await annIn('hasty', openLate);
  await ann.page.hover('#record');
  await ann.page.mouse.down();
  await ann.recorderIs('starting');
  await ann.page.waitForFunction(() => globalThis.microphones === 1);
  await ann.page.waitForTimeout(800); // Longer than a click, which goes on by itself.
  await ann.page.mouse.up();
  await ann.recorderIs('idle');
  await ann.recordFor(0.5);
  await ann.recorderIs('recorded');
  await everybodyIsFine(ann);
});

test('between recordings the microphone stays open, and nothing is waited for', async () => {
  const ann = await annIn('warm');
  await ann.openSettings();
  await ann.page.check('#record-ready');
  await ann.recordFor(0.5);
  await ann.recorderIs('recorded');
  const before = await ann.page.evaluate(() => {
    const recorder = document.getElementById('recorder');
    const times = (globalThis.times = {});
    new MutationObserver(() => (times[recorder.dataset.state] = performance.now())).observe(
      recorder,
      { attributeFilter: ['data-state'] },
    );
    return globalThis.microphones;
  });
  await ann.recordFor(0.5);
  const { starting, recording } = await ann.page.evaluate(() => globalThis.times);
  console.log(`# recording ${(recording - starting).toFixed(0)} ms after RECORD was pressed`);
  assert.ok(recording - starting < 500, 'at once');
  assert.equal(await ann.page.evaluate(() => globalThis.microphones), before, 'it is not reopened');
  await everybodyIsFine(ann);
});
