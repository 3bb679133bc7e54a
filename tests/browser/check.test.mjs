// check.cgi as the admin sees it: pictures for people to look at (test-results/screens), and what they can't show.
import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { giveAway } from './support/apache.mjs';
import { startFront } from './support/nginx.mjs';
import { scene } from './support/scene.mjs';

const KEY = 'correct horse battery';
const PHONE = {
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
  deviceScaleFactor: 2,
};
const DESKTOP = { viewport: { width: 1280, height: 800 } };
// It asks for what must not be seen, and one thread is broken on purpose.
const here = scene({ expected: /AH01630: client denied|AH01276: Cannot serve|broken\/\.ini:1/ });

/** Something of everything: faults, doubts, and what is good. */
async function installKey() {
  const ini = join(here.site.folder, 'site/cgi-bin/mozchat.ini');
  await writeFile(ini, `checkKey="${KEY}"\n`);
  await chmod(ini, 0o600);
  await giveAway(join(here.site.folder, 'site/cgi-bin'));
  await here.site.makeThread('leaky', '[common]\nclipLifetimeSec=soon\n[auth]\npassword=plain\n');
  // An .htaccess that is merely missing opens nothing: that of the folder above holds.
  const open = '<FilesMatch ".">\n  Require all granted\n</FilesMatch>\n';
  await writeFile(join(here.site.thread('leaky'), '.htaccess'), open);
  await here.site.makeThread('broken', '[common\n');
}

/** What axe finds wrong for people who see, hear or move otherwise. */
async function findings(page) {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

for (const [name, options, words] of [
  ['phone-light-en', { ...PHONE, colorScheme: 'light', locale: 'en-US' }, /Wrong: \d/],
  ['phone-dark-ru', { ...PHONE, colorScheme: 'dark', locale: 'ru-RU' }, /Ошибок: \d/],
  ['desktop-light-ru', { ...DESKTOP, colorScheme: 'light', locale: 'ru-RU' }, /Ошибок: \d/],
  ['desktop-dark-en', { ...DESKTOP, colorScheme: 'dark', locale: 'en-US' }, /Wrong: \d/],
]) {
  test(`${name}: the admin types the key, reads what is wrong first, and makes a hash`, async () => {
    await installKey();
    const admin = await here.visitor('Admin', options);
    const { page } = admin;
    await page.goto(`${here.site.url}cgi-bin/check.cgi`);
    assert.equal(await page.locator('li').count(), 0);
    assert.deepEqual(await findings(page), []);
    await page.fill('#key', KEY);
    await page.click('button');
    await page.waitForSelector('.sum');
    assert.match(await page.textContent('.sum'), words);
    assert.equal(await page.locator('li').first().getAttribute('class'), 'bad');
    // The script runs, and nothing else that the policy forbids was tried.
    await page.waitForSelector('#clock-same:visible');
    // What the browser itself was shown stands with the rest.
    await page.waitForSelector('#browser li');
    const seen = await page.locator('#browser li').allTextContents();
    assert.ok(
      seen.some((said) => /leaky.*(EVERYBODY CAN READ|ВСЕМ ДОСТУПНО)/.test(said)),
      seen.join(),
    );
    assert.equal(seen.filter((said) => /mediaForum/.test(said)).length, 0, seen.join());
    await admin.picture(`check-${name}`, { fullPage: true });
    const { width, wide } = await page.evaluate(() => ({
      width: document.documentElement.clientWidth,
      wide: document.documentElement.scrollWidth,
    }));
    assert.ok(wide <= width, `${wide} of ${width} pixels`);
    await page.fill('#password', 'open sesame');
    await page.click('form:has(#password) button');
    assert.match(await page.textContent('code'), /^password="\$pbkdf2-sha256\$/);
    assert.deepEqual(await findings(page), []);
    // The admin's browser asks for what it must not be given.
    admin.isFine(/responded with a status of 40[34]/);
    await page.context().close();
  });
}

test('whoever runs into a fault of the host reads where the admin finds out more', async () => {
  await installKey();
  const ann = await here.visitor('Ann');
  await ann.page.goto(`${here.site.url}?realm=broken&user=Ann`);
  await ann.page.waitForSelector('#entry-error:not([hidden])');
  const said = await ann.page.innerText('#entry-error');
  assert.match(said, /broken\/\.ini line 1/);
  assert.ok(said.includes(`${here.site.url}cgi-bin/check.cgi says what is wrong`), said);
});

test('a device whose clock is wrong is told so, and without scripts the page is all there', async () => {
  await installKey();
  const late = await here.visitor('Late');
  await late.page.clock.setFixedTime(new Date(Date.now() + 3_600_000));
  await late.page.goto(`${here.site.url}cgi-bin/check.cgi?key=${encodeURIComponent(KEY)}`);
  assert.match(await late.page.textContent('#clock-off:visible'), /differs by 3[56]\d\d s/);
  const plain = await here.visitor('Plain', { javaScriptEnabled: false });
  await plain.page.goto(`${here.site.url}cgi-bin/check.cgi?key=${encodeURIComponent(KEY)}`);
  assert.ok((await plain.page.locator('li').count()) > 15);
  assert.equal(await plain.page.locator('#clock-off:visible, #clock-same:visible').count(), 0);
});

/** What the admin's browser sees by way of a front. @param {string} lines @param {string} [more] */
async function seenThrough(lines, more) {
  await installKey();
  const front = await startFront(here.site.url, lines, more);
  const admin = await here.visitor('Admin');
  try {
    const { page } = admin;
    await page.goto(`${front.url}cgi-bin/check.cgi?key=${encodeURIComponent(KEY)}`);
    // A long poll takes 15 s.
    await page.waitForSelector('#asking', { state: 'hidden', timeout: 60_000 });
    const seen = await page.locator('#browser li').allTextContents();
    // This thread is broken on purpose.
    return seen.filter((said) => !said.includes('leaky'));
  } finally {
    await admin.page.context().close();
    await front.stop();
  }
}

test('a front that lets all through, and has patience, raises no alarm', async () => {
  const seen = await seenThrough('');
  assert.deepEqual(seen, []);
});

test('a front that allows an address few connections at once is named', async () => {
  const seen = await seenThrough(
    'limit_conn few 3;',
    'limit_conn_zone $binary_remote_addr zone=few:1m;',
  );
  assert.equal(seen.length, 1, seen.join());
  assert.match(seen[0], /Of six requests .* only 3 got through.*limit_conn/);
});

test('a proxy that cuts long polls off is named, and after how many seconds', async () => {
  const seen = await seenThrough('proxy_read_timeout 3s;');
  assert.equal(seen.length, 1, seen.join());
  assert.match(seen[0], /may take 15 s, as longPollPeriodS says, is cut off after [34] s/);
  assert.match(seen[0], /proxy_read_timeout/);
});
