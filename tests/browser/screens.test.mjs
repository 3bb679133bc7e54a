// Pictures of the page for people to look at (test-results/screens), and what a picture can't show.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { everybodyIsFine, scene } from './support/scene.mjs';

const INI = `[common]
mediaFolder=media1
maxBlobBytes=500000
maxMediaFolderBytes=4000000
clipLifetimeSec=600
[client]
title="Kitchen table"
allowVideo=1
allowStream=1
maxClipSizeSec=10
pollFactor=10
playNew=0
`;
const SIZES = {
  phone: {
    viewport: { width: 390, height: 844 },
    isMobile: true,
    hasTouch: true,
    deviceScaleFactor: 2,
  },
  desktop: { viewport: { width: 1280, height: 800 } },
};
const here = scene();

/** What axe finds wrong for people who see, hear or move otherwise. */
async function findings(page) {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

for (const [size, options] of Object.entries(SIZES)) {
  for (const colorScheme of ['light', 'dark']) {
    test(`${size}, ${colorScheme}: nothing sticks out, and everybody can use it`, async () => {
      const thread = `table-${size}-${colorScheme}`;
      await here.site.makeThread(thread, INI);
      const name = `${size}-${colorScheme}`;
      const ann = await here.visitor('Ann', { ...options, colorScheme });
      await ann.page.goto(here.site.url);
      await ann.page.waitForSelector('#entry-go');
      await ann.picture(`${name}-entry`);
      assert.deepEqual(await findings(ann.page), []);
      await ann.enter(here.site.url, thread);
      await ann.page.fill('#record-description', 'Good morning, everybody');
      await ann.recordAndUpload(1);
      const bob = await here.person('Bob', thread);
      await bob.recordAndUpload(1);
      await ann.hasClips(2);
      await ann.picture(`${name}-thread`);
      await ann.recordFor(1);
      await ann.recorderIs('recorded');
      await ann.picture(`${name}-recorded`);
      const { width, wide } = await ann.page.evaluate(() => ({
        width: document.documentElement.clientWidth,
        wide: document.documentElement.scrollWidth,
      }));
      assert.ok(wide <= width, `${wide} of ${width} pixels`);
      assert.deepEqual(await findings(ann.page), []);
      await everybodyIsFine(ann, bob);
    });
  }
}
