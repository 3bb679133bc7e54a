// The invitation: a link, and a code that other phones' cameras read.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { look, SIZES } from './support/look.mjs';
import { everybodyIsFine, scene } from './support/scene.mjs';

const reader = await readFile(createRequire(import.meta.url).resolve('jsqr'), 'utf8');
const here = scene();

/** In the page: what a QR reader finds in a picture. @param {string} png */
async function read(png) {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const { width, height } = image;
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  // Black on white alone: many readers know nothing else.
  return globalThis.jsQR(data, width, height, { inversionAttempts: 'dontInvert' })?.data;
}

test('the invitation’s code says the room’s link, also in the dark, and is loaded when it is opened', async () => {
  const realm = 'кухня';
  await here.site.makeThread(realm, '[common]\nmediaFolder=media1\n[client]\ntitle="Kitchen"\n');
  const ann = await here.person('Ann', realm, { ...SIZES.phone, colorScheme: 'dark' });
  const { page } = ann;
  const loaded = () =>
    page.evaluate(() =>
      performance.getEntriesByType('resource').filter(({ name }) => /\/qr-\w+\.js/.test(name)),
    );
  await page.evaluate(() => navigator.serviceWorker.ready);
  assert.deepEqual(await loaded(), []);
  await page.click('#invite');
  await page.waitForSelector('#invite-code svg');
  assert.equal((await loaded()).length, 1);
  await look(ann, 'phone-invitation');
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  const picture = await page.locator('#invite-sheet').screenshot();
  await page.evaluate(reader);
  const said = await page.evaluate(read, picture.toString('base64'));
  assert.equal(said, `${here.site.url}?realm=${encodeURIComponent(realm)}`);
  assert.equal(said, await page.inputValue('#invite-link'));
  await page.click('#invite-close');
  await page.waitForSelector('#invite-sheet', { state: 'hidden' });
  await everybodyIsFine(ann);
});
