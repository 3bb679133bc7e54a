// An admin tries out a thread's settings: each does to the page what it says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everybodyIsFine, scene } from './support/scene.mjs';
import { Serve } from './support/serve.mjs';

const here = scene({ site: Serve });
let count = 0;

/** A person in a new thread with these settings of the page. @param {Record<string, string | number>} client */
async function withSettings(client, common = {}, options = {}) {
  count += 1;
  const lines = (values) => Object.entries(values).map(([key, value]) => `${key}="${value}"`);
  const usual = { mediaFolder: 'media1', maxBlobBytes: 900_000, clipLifetimeSec: 600, ...common };
  const ini = ['[common]', ...lines(usual), '[client]', 'pollFactor=10', ...lines(client), ''];
  await here.site.makeThread(`t${count}`, ini.join('\n'));
  return here.person('Ann', `t${count}`, options);
}

const isVisible = ({ page }, ids) =>
  Promise.all(ids.map((id) => page.isVisible(`#${id}`))).then((all) => all.join());

test('title, lang and showMore', async () => {
  const ann = await withSettings({ title: 'Кухня', showMore: 1 }, { lang: 'ru' });
  assert.equal(await ann.page.innerText('#thread-title'), 'Кухня');
  assert.equal(await ann.page.innerText('#record'), 'Запись');
  assert.equal(await ann.page.getAttribute('html', 'lang'), 'ru');
  const more = ['phone-more', 'recorder-more', 'player-more'];
  assert.equal(await isVisible(ann, more), 'true,true,true');
  await ann.page.click('#settings-close');
  assert.equal(await isVisible(ann, more), 'false,false,false');
  await ann.page.click('#settings-open');
  assert.equal(await isVisible(ann, more), 'true,true,true');
  await ann.page.keyboard.press('Escape');
  assert.equal(await isVisible(ann, more), 'false,false,false');
  await everybodyIsFine(ann);
  const bob = await withSettings({ showMore: 0 });
  assert.equal(await isVisible(bob, more), 'false,false,false');
  await everybodyIsFine(bob);
  // On a phone they would cover the conversation.
  const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
  const cleo = await withSettings({ showMore: 1 }, {}, phone);
  assert.equal(await isVisible(cleo, more), 'false,false,false');
  assert.equal(await isVisible(cleo, ['clips-empty', 'record']), 'true,true');
  await everybodyIsFine(cleo);
});

test('a thread without a language speaks that of each visitor’s browser', async () => {
  const ann = await withSettings({});
  assert.equal(await ann.page.innerText('#recorder-heading'), 'Recorder');
  const boris = await here.person('Борис', `t${count}`, { locale: 'ru-RU' });
  assert.equal(await boris.page.innerText('#recorder-heading'), 'Запись');
  await everybodyIsFine(ann, boris);
});

test('the language menu goes before the thread’s language, and is remembered', async () => {
  const ann = await withSettings({}, { lang: 'ru' });
  assert.equal(await ann.page.inputValue('#language'), 'ru');
  await ann.openSettings();
  await ann.page.selectOption('#language', 'en');
  await ann.page.waitForSelector('#record-label:text-is("Record")');
  assert.equal(await ann.page.innerText('#recorder-heading'), 'Recorder');
  assert.equal(await ann.page.inputValue('#chat-text'), '');
  await ann.page.waitForSelector('#refresh option:text-is("Every 3 seconds")', {
    state: 'attached',
  });
  await ann.page.reload();
  await ann.isIn();
  assert.equal(await ann.page.innerText('#recorder-heading'), 'Recorder');
  // At the door, too; a recording is not lost by it.
  await ann.openSettings();
  await ann.recordFor(1);
  await ann.recorderIs('recorded');
  await ann.page.selectOption('#language', 'ru');
  await ann.page.waitForSelector('#recorder-heading:text-is("Запись")');
  await ann.recorderIs('recorded');
  // What is not lost is shown in the new language, too.
  for (const [place, words] of [
    ['#record-label', 'Записать заново'],
    ['#record-limits', 'последних записей'],
    ['#record-preset', 'Как у камеры по умолчанию'],
    ['#record-preset', '640 × 480, 15 кадров/с'],
    ['#refresh', 'Раз в 3 секунды'],
    ['#refresh', 'Только по кнопке «Обновить»'],
    ['#player-state', 'Остановлен'],
  ]) {
    const text = await ann.page.locator(place).textContent();
    assert.ok(text.includes(words), `${place}: ${text}`);
  }
  await ann.page.click('#recorded-discard');
  await ann.page.click('#leave');
  await ann.page.selectOption('#entry-language', 'en');
  await ann.page.waitForSelector('#entry-go:has-text("Join")');
  await everybodyIsFine(ann);
});

test('allowVideo, videoOn', async () => {
  const none = await withSettings({ allowVideo: 0, videoOn: 1 });
  assert.equal(await isVisible(none, ['record-kind', 'call-video']), 'false,false');
  await everybodyIsFine(none);
  const on = await withSettings({ allowVideo: 1, videoOn: 1 });
  assert.equal(await on.page.inputValue('#record-kind'), 'video');
  assert.equal(await isVisible(on, ['record-kind', 'call-video']), 'true,false');
  const bob = await here.person('Bob', `t${count}`);
  await on.page.click('#online li[data-user="Bob"] button');
  assert.equal(await isVisible(on, ['call-video']), 'true');
  assert.ok(await on.page.isChecked('#call-video'));
  await everybodyIsFine(on, bob);
  const off = await withSettings({ allowVideo: 1, videoOn: 0 });
  assert.equal(await off.page.inputValue('#record-kind'), 'audio');
  await everybodyIsFine(off);
});

test('onRecorded: what is recorded waits, or goes at once', async () => {
  const waits = await withSettings({ onRecorded: 'stop', maxClipSizeSec: 10 });
  await waits.recordFor(0.6);
  await waits.recorderIs('recorded');
  await everybodyIsFine(waits);
  const goes = await withSettings({ onRecorded: 'upload', maxClipSizeSec: 10 });
  await goes.recordFor(0.6);
  await goes.hasClips(1);
  await goes.recorderIs('idle');
  await everybodyIsFine(goes);
});

test('playNew and skipMine', async () => {
  const silent = await withSettings({ playNew: 0, skipMine: 0, maxClipSizeSec: 10 });
  await silent.recordAndUpload(0.6);
  await silent.hasClips(1);
  assert.equal(await silent.page.isChecked('#play-new'), false);
  assert.equal(await silent.page.getAttribute('#clips li[data-clip]', 'data-state'), 'heard');
  await everybodyIsFine(silent);
  const plays = await withSettings({ playNew: 1, skipMine: 0, maxClipSizeSec: 10 });
  await plays.recordAndUpload(0.6);
  await plays.page.waitForSelector('#clips li[data-state="playing"]');
  await everybodyIsFine(plays);
});

test('pollFactor off: nothing is asked for until one asks; l: news come at once', async () => {
  const off = await withSettings({ pollFactor: 'off', playNew: 0, maxClipSizeSec: 10 });
  await off.page.waitForFunction(() => /off/.test(document.getElementById('connection').innerText));
  const bob = await here.person('Bob', `t${count}`);
  await bob.recordAndUpload(0.6);
  await bob.page.click('#settings-open');
  await bob.page.click('#refresh-now');
  await bob.hasClips(1);
  assert.equal(await off.clips().count(), 0);
  await off.page.click('#settings-open');
  await off.page.click('#refresh-now');
  await off.hasClips(1);
  await everybodyIsFine(off, bob);
  const long = await withSettings({ pollFactor: 'l', playNew: 0, maxClipSizeSec: 10 });
  const cy = await here.person('Cy', `t${count}`);
  await cy.recordAndUpload(0.6);
  await long.hasClips(1);
  await everybodyIsFine(long, cy);
});

test('reportErrors: what goes wrong in a page is told to the admin', async () => {
  for (const reportErrors of [0, 1]) {
    const ann = await withSettings({ reportErrors });
    await ann.page.evaluate(() => {
      setTimeout(() => {
        throw new Error('a test of the report');
      });
    });
    await ann.page.waitForFunction(
      (wanted) => (globalThis.mozchat.api.requests.logError ?? 0) === wanted,
      reportErrors,
    );
    ann.isFine(/a test of the report/);
    await ann.page.context().close();
  }
});
