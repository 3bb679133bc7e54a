// A line that does not keep up with what is spoken: clips get smaller, none is lost, and all come in their order.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { STAIRS, loudest, makeStairs, samples } from './support/media.mjs';
import { everybodyIsFine, scene } from './support/scene.mjs';

const INI = `[common]
mediaFolder=media1
maxBlobBytes=500000
maxMediaFolderBytes=9000000
maxClipCount=0
clipLifetimeSec=600
[client]
allowStream=1
onRecorded=upload
maxClipSizeSec=1
pollFactor=10
`;
/** Of the line that is poor, in bytes a second: half of what a stream usually needs. */
const POOR = 6000;
const here = scene({ sound: makeStairs });

/** Rows of the catalog, of which each has the clip's size. @param {string} thread */
async function rows(thread) {
  const text = await readFile(join(here.site.thread(thread), 'catalog.json'), 'utf8');
  return JSON.parse(text).map(([file, , , , duration, bytes]) => ({
    file,
    duration: Number(duration),
    bytes: Number(bytes),
  }));
}

/** Bytes for each second of these clips. @param {{bytes: number, duration: number}[]} clips */
const weight = (clips) =>
  clips.reduce((sum, { bytes }) => sum + bytes, 0) /
  clips.reduce((sum, { duration }) => sum + duration, 0);

/** A person's line upwards, as a function that makes it so many bytes a second; -1: as many as there are. @param {import('./support/people.mjs').Person} person */
async function lineOf(person) {
  const cdp = await person.page.context().newCDPSession(person.page);
  await cdp.send('Network.enable');
  const others = { offline: false, latency: 0, downloadThroughput: -1 };
  return (/** @type {number} */ bytes) =>
    cdp.send('Network.emulateNetworkConditions', { ...others, uploadThroughput: bytes });
}

test('on a poor line clips get smaller, and all arrive in order; on a good one they are as before', async () => {
  await here.site.makeThread('poor', INI);
  const ann = await here.person('Ann', 'poor');
  const limits = () => ann.page.innerText('#record-limits');
  const line = await lineOf(ann);
  await line(POOR);
  const words = 'Slow connection: clips are smaller.';
  await ann.record(async () => {
    await ann.page.waitForFunction(
      (wanted) => document.querySelector('#record-limits').innerText.includes(wanted),
      words,
    );
    await ann.picture('slow-line');
    await ann.page.waitForFunction(() => globalThis.mozchat.recorder.seconds > 15);
    await line(-1);
    await ann.page.waitForFunction(
      (wanted) => !document.querySelector('#record-limits').innerText.includes(wanted),
      words,
    );
    const at = await ann.page.evaluate(() => globalThis.mozchat.recorder.seconds);
    await ann.page.waitForFunction(
      (least) => globalThis.mozchat.recorder.seconds > least,
      at + 3.5,
    );
  });
  await ann.recorderIs('idle');
  assert.ok(!(await limits()).includes(words));

  const clips = await rows('poor');
  const parts = clips.slice(1).map((_, n) => weight(clips.slice(n, n + 2)));
  const [first, least, last] = [parts[0], Math.min(...parts), weight(clips.slice(-3, -1))];
  console.log(`# ${clips.length} clips; bytes a second: at first ${first.toFixed(0)},`);
  console.log(`# at least ${least.toFixed(0)}, at last ${last.toFixed(0)}`);
  assert.ok(least < 0.6 * first, 'they get smaller');
  assert.ok(last > 0.8 * first, 'and as large again as they were');

  const { steps, first: lowest, rise, seconds } = STAIRS;
  const stairs = Array.from({ length: steps }, (_, step) => lowest + rise * step);
  const media = join(here.site.thread('poor'), 'media1');
  const heard = [];
  for (const { file } of clips) {
    const sound = await samples(join(media, file));
    // A whole step is in every piece but the shortest.
    if (sound.length > 40_000) heard.push(loudest(sound.subarray(0, 24_000), stairs));
  }
  const turns = heard.slice(1).filter((tone, n) => tone < heard[n]).length;
  assert.ok(
    turns <= 1,
    `the stairs begin anew after ${steps * seconds} s, and else go up: ${heard}`,
  );
  assert.equal((await readdir(media)).length, clips.length);
  const spoken = clips.reduce((sum, { duration }) => sum + duration, 0);
  console.log(`# ${spoken.toFixed(1)} s of sound, tones ${heard}`);
  await everybodyIsFine(ann);
});

test('who saves data sends smaller clips from the beginning', async () => {
  await here.site.makeThread('saving', INI);
  const sizes = {};
  for (const [name, saveData] of [
    ['Ann', false],
    ['Sue', true],
  ]) {
    const ann = await here.visitor(name);
    await ann.page.addInitScript((on) => {
      Object.defineProperty(navigator.connection, 'saveData', { get: () => on });
    }, saveData);
    await ann.enter(here.site.url, 'saving');
    await ann.recordFor(3.2);
    await ann.recorderIs('idle');
    const told = (await ann.page.innerText('#record-limits')).includes('Saving data');
    assert.equal(told, saveData);
    const clips = await rows('saving');
    sizes[String(saveData)] = weight(clips.slice(saveData ? -3 : 0, saveData ? -1 : 2));
    await everybodyIsFine(ann);
  }
  console.log(`# bytes a second: ${JSON.stringify(sizes)}`);
  assert.ok(sizes.true < 0.7 * sizes.false);
});
