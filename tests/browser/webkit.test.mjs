// WebKit (WebKitGTK), and WebKit together with Chromium: what one of them sends the other plays.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loudness, probe, samples } from './support/media.mjs';
import { scene } from './support/scene.mjs';
import { startWebKit } from './support/webkit.mjs';

const INI = `[common]
mediaFolder=media1
maxBlobBytes=500000
maxMediaFolderBytes=4000000
messageLifetimeSec=3600
clipLifetimeSec=3600
[client]
allowVideo=1
maxClipSizeSec=10
pollFactor=10
iceString="[]"
`;
const here = scene();
/** @type {Awaited<ReturnType<typeof startWebKit>>} */
let webkit;
before(async () => (webkit = await startWebKit('Wanda')));
after(() => webkit?.stop());

/** Wanda, who uses WebKit, and Carl, who uses Chromium, in a thread. @param {string} thread */
async function both(thread, ini = INI) {
  await here.site.makeThread(thread, ini);
  const wanda = webkit.person;
  await wanda.enter(here.site.url, thread);
  const carl = await here.person('Carl', thread);
  await wanda.page.waitForSelector('#online li[data-user="Carl"]');
  return { wanda, carl };
}

/** @param {import('./support/people.mjs').Person} wanda @param {...import('./support/people.mjs').Person} others */
async function end(wanda, ...others) {
  await webkit.page.complain();
  for (const person of [wanda, ...others]) {
    person.isFine();
    await person.page.context().close();
  }
}

/** Waits until somebody's player has really played the clip of another, to its end. @param {import('./support/people.mjs').Person} person @param {string} author */
const plays = (person, author) =>
  person.page.waitForSelector(`#clips li[data-author="${author}"][data-state="heard"]`);

test('the page opens at once, and once', async () => {
  await here.site.makeThread('opens', INI);
  await webkit.page.goto(`${here.site.url}?user=Wanda&realm=opens`);
  await webkit.person.isIn();
  const seen = await webkit.page.evaluate(() => ({
    incomplete: !document.querySelector('#incomplete').hidden,
    reloaded: performance.getEntriesByType('navigation')[0]?.type === 'reload',
  }));
  assert.deepEqual(seen, { incomplete: false, reloaded: false });
  await end(webkit.person);
});

test('clips: each plays what the other has recorded', async () => {
  const { wanda, carl } = await both('clips');
  await wanda.recordAndUpload(2);
  await plays(carl, 'Wanda');
  const media = join(here.site.thread('clips'), 'media1');
  const [clip] = await readdir(media);
  console.log('# from WebKit:', clip, await probe(join(media, clip)));
  const sound = await samples(join(media, clip));
  console.log('# seconds', sound.length / 48_000);
  const heard = await webkit.hear(async () => {
    await carl.recordAndUpload(2);
    await plays(wanda, 'Carl');
  });
  console.log(
    '# levels',
    [440, 880, 600].map((f) => loudness(heard, f)),
  );
  await end(wanda, carl);
});
