// What a first visit costs; and a page that can't start: too old a browser, files missing or cut off.
import assert from 'node:assert/strict';
import { readFile, readdir, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Apache } from './support/apache.mjs';
import { everybodyIsFine, scene } from './support/scene.mjs';

const MOST_BYTES = 150_000;
const MOST_REQUESTS = 30;
const OLD_PHONE = { viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true };

/** An Apache that writes down what really went over the wire: headers and bodies, as compressed as they were. */
class Counting extends Apache {
  static start() {
    const more = async (folder) => `
LogFormat "%O %>s %U" bytes
CustomLog "${folder}/bytes.log" bytes
`;
    return super.start(undefined, { more });
  }

  /** Everything that was sent since the last time: [{bytes, status, target}]. */
  async sent() {
    const path = join(this.folder, 'bytes.log');
    const lines = (await readFile(path, 'utf8')).split('\n').filter(Boolean);
    await truncate(path);
    return lines.map((line) => {
      const [bytes, status, target] = line.split(' ');
      return { bytes: Number(bytes), status: Number(status), target };
    });
  }

  /** The packaged files whose names begin so. @param {string} beginning */
  async files(beginning) {
    const folder = join(this.folder, 'site', beginning.split('/')[0]);
    const names = (await readdir(folder)).filter((name) =>
      name.startsWith(beginning.split('/')[1]),
    );
    return names.map((name) => join(folder, name));
  }
}

const here = scene({ site: Counting });

/** Adds up how far what is seen jumps about, as browsers count it. */
const watchShifts = () => {
  globalThis.shifts = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) globalThis.shifts += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
};

/** Until the service worker has what it keeps. */
const isKept = ({ page }) => page.evaluate(() => navigator.serviceWorker.ready.then(() => true));

for (const [locale, greeting] of [
  ['en-GB', 'Record'],
  ['ru-RU', 'Запись'],
]) {
  test(`a first visit is small, and nothing jumps (${locale})`, async () => {
    const ann = await here.visitor(locale, { ...OLD_PHONE, locale });
    await ann.page.addInitScript(watchShifts);
    const cdp = await ann.page.context().newCDPSession(ann.page);
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: 6 });
    await here.site.sent();
    await ann.page.goto(here.site.url);
    await ann.page.fill('#entry-user', locale);
    await ann.page.fill('#entry-realm', 'audioStream');
    const atEntry = await ann.page.evaluate(() => globalThis.shifts);
    await ann.page.click('#entry-go');
    await ann.isIn();
    await ann.page.waitForSelector('#clips-empty:not([hidden])');
    await isKept(ann);
    const words = await ann.page.innerText('#recorder-heading');
    assert.ok(words.includes(greeting), words);
    const sent = await here.site.sent();
    const bytes = sent.reduce((sum, one) => sum + one.bytes, 0);
    const shifts = await ann.page.evaluate(() => globalThis.shifts);
    console.log(
      `# first visit, ${locale}: ${bytes} bytes in ${sent.length} requests; layout shift ${atEntry} at the entry, ${shifts} with the thread`,
    );
    assert.ok(bytes > 30_000 && bytes < MOST_BYTES, JSON.stringify(sent, null, 1));
    assert.ok(sent.length <= MOST_REQUESTS, JSON.stringify(sent, null, 1));
    assert.equal(shifts, 0);
    await everybodyIsFine(ann);
  });
}

test('at the next visit only what may have changed is asked for, and nothing of it is sent', async () => {
  const ann = await here.person('Bea', 'audioStream');
  await isKept(ann);
  await ann.page.reload();
  await ann.isIn();
  await here.site.sent();
  await ann.page.reload();
  await ann.isIn();
  const files = (await here.site.sent()).filter(({ target }) => !/cgi-bin|threads/.test(target));
  assert.ok(files.length > 0);
  for (const { status, target } of files) {
    assert.ok(status === 304 || /\.(?:png|svg|webmanifest)$/.test(target), `${status} ${target}`);
    assert.doesNotMatch(target, /-[A-Z0-9]{8}\./);
  }
  await everybodyIsFine(ann);
});

test('the page opens without a network, from its own files, and nothing else is kept', async () => {
  const ann = await here.person('Cleo', 'mediaForum');
  await isKept(ann);
  await ann.recordAndUpload(1);
  await ann.hasClips(1);
  await ann.clips().last().locator('.clip-play').click();
  await ann.page.waitForFunction(() => globalThis.mozchat.player.position > 0.3);
  await ann.page.reload();
  await ann.isIn();
  const kept = await ann.page.evaluate(async () => {
    const paths = [];
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const { url } of await cache.keys()) paths.push(url);
    }
    return paths;
  });
  for (const url of kept) {
    assert.ok(url.startsWith(here.site.url), url);
    assert.match(
      url.slice(here.site.url.length),
      /^(?:$|mozchat\.webmanifest$|(?:js|css|img)\/[^/]+$)/,
    );
  }
  assert.ok(kept.length > 5, kept.join('\n'));
  await ann.page.context().setOffline(true);
  await ann.page.goto(here.site.url);
  await ann.page.waitForSelector('#entry-go');
  await ann.page.click('#entry-go');
  await ann.page.waitForSelector('#entry-error:not([hidden])');
  assert.match(await ann.page.innerText('#entry-error'), /thread\.cgi/, 'says what was tried');
  await ann.page.context().close();
});

test('a new version takes the place of what was kept of the last one', async () => {
  const ann = await here.person('Dora', 'mediaForum');
  await isKept(ann);
  const names = () => ann.page.evaluate(() => caches.keys());
  const [before] = await names();
  const path = join(here.site.folder, 'site/service-worker.js');
  const text = await readFile(path, 'utf8');
  const version = before.split('-').pop();
  assert.ok(text.includes(version), before);
  await writeFile(path, text.replaceAll(version, 'next'));
  await ann.page.reload();
  await ann.page.waitForFunction(async () => (await caches.keys()).join() === 'mozchat-page-next');
  await writeFile(path, text);
  await everybodyIsFine(ann);
});

test('a browser that lacks something is told so in words', async () => {
  const ann = await here.visitor('Ann');
  await ann.page.addInitScript(() => delete globalThis.HTMLDialogElement);
  await ann.page.goto(here.site.url);
  await ann.page.waitForSelector('#old-browser:not([hidden])');
  assert.match(
    await ann.page.innerText('#old-browser'),
    /needs a newer browser[\s\S]*нужен браузер/,
  );
  await ann.page.context().close();
});

for (const [beginning, name] of [
  ['js/main-', 'Eve'],
  ['js/session-', 'Fay'],
]) {
  test(`in the middle of an update, without ${beginning}…, the page says so, and goes on afterwards`, async () => {
    const files = await here.site.files(beginning);
    for (const file of files) await rename(file, `${file}.later`);
    const ann = await here.visitor(name);
    await ann.page.goto(`${here.site.url}?user=${name}&realm=mediaForum`);
    await ann.page.waitForSelector('#incomplete:not([hidden])');
    await ann.picture('incomplete');
    for (const file of files) await rename(`${file}.later`, file);
    await ann.page.click('#incomplete-retry');
    await ann.isIn();
    await ann.page.context().close();
  });
}

for (const beginning of ['js/main-', 'js/chunk-', 'js/session-', 'css/page-']) {
  test(`half a file that the browser has kept is put right by itself: ${beginning}…`, async () => {
    const files = await here.site.files(beginning);
    const whole = await Promise.all(files.map((file) => readFile(file)));
    for (const [i, file] of files.entries()) {
      await writeFile(file, whole[i].subarray(0, whole[i].length / 2));
    }
    const name = beginning.replace('/', '');
    const ann = await here.visitor(name);
    const address = `${here.site.url}?user=${name}&realm=mediaForum`;
    await ann.page.goto(address);
    await ann.page.waitForSelector('#incomplete:not([hidden])');
    for (const [i, file] of files.entries()) await writeFile(file, whole[i]);
    // Another tab, which has not tried yet, in the browser that has the half.
    ann.page = await ann.page.context().newPage();
    await ann.page.goto(address);
    await ann.isIn();
    await ann.page.waitForFunction(() => getComputedStyle(document.body).margin === '0px');
    await ann.page.context().close();
  });
}
