// Notifications as the desktop shows them: of a page, and of its service worker, by which phones have them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Desktop } from './support/desktop.mjs';
import { Person, startChromium } from './support/people.mjs';
import { everybodyIsFine, scene } from './support/scene.mjs';
import { Serve } from './support/serve.mjs';

const INI = `[common]
mediaFolder=media1
messageLifetimeSec=3600
[client]
pollFactor=10
iceString="[]"
`;
const PROFILE = { permissions: ['microphone', 'camera', 'notifications'], locale: 'en-GB' };
/** @type {Desktop} */
let desktop;
/** A browser on that desktop. @type {Awaited<ReturnType<typeof startChromium>>} */
let computer;

before(async () => {
  desktop = await Desktop.start();
  // What is clicked on comes only to a profile of a browser's own: not to a private window.
  computer = await startChromium(undefined, { prefix: desktop.prefix, profile: PROFILE });
});
after(async () => {
  await computer?.stop();
  await desktop?.stop();
});
// After these, which are run though something was wrong with the scene.
const here = scene({ site: Serve });

/** As on Android, where a page may notify only by its service worker. */
function onlyByWorker() {
  globalThis.Notification = class extends Notification {
    constructor() {
      super('');
      throw new TypeError('Illegal constructor');
    }
  };
}

/** Somebody at that computer whose page is hidden, and another who writes. @param {string} name @param {string} realm @param {() => void} [beforehand] */
async function two(name, realm, beforehand = () => {}) {
  await here.site.makeThread(realm, INI);
  const away = new Person(name, await computer.browser.newPage());
  await away.page.addInitScript(beforehand);
  await away.enter(here.site.url, realm);
  await away.page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
  const ann = await here.person(`Ann of ${realm}`, realm);
  await ann.page.click(`#online li[data-user="${name}"] button`);
  await hide(away, true);
  return { ann, away };
}

/** @param {Person} person @param {boolean} on */
const hide = ({ page }, on) =>
  page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event('visibilitychange'));
  }, on);

/** @param {Person} person @param {string} text */
async function write({ page }, text) {
  await page.fill('#chat-text', text);
  await page.press('#chat-text', 'Enter');
}

/** @param {Person} ann @param {Person} away */
async function end(ann, away) {
  away.isFine();
  await away.page.close();
  await everybodyIsFine(ann);
}

/** What the service worker shows at the moment. @param {Person} person */
const shown = ({ page }) =>
  page.evaluate(async () => {
    const worker = await navigator.serviceWorker.getRegistration();
    return (await worker.getNotifications()).map(({ title, body }) => `${title}: ${body}`);
  });

test('the desktop shows who has written and who calls; what is clicked on or over goes', async () => {
  const { ann, away } = await two('Bob', 'desk');
  await write(ann, 'are you there?');
  const written = await desktop.shows('Ann of desk');
  assert.match(written.body, /are you there\?/);
  desktop.click(written);
  await desktop.takesBack(written);
  await ann.page.click('#call');
  const calls = await desktop.shows('Ann of desk is calling');
  assert.equal(calls.stays, true);
  await ann.page.click('#hang-up');
  await desktop.takesBack(calls);
  await end(ann, away);
});

test('where only the service worker may notify, it does; who comes back finds none left', async () => {
  const { ann, away } = await two('Cleo', 'pocket', onlyByWorker);
  await write(ann, 'first');
  const first = await desktop.shows('Ann of pocket');
  assert.deepEqual(await shown(away), ['Ann of pocket: first']);
  await hide(away, false);
  await desktop.takesBack(first);
  assert.deepEqual(await shown(away), []);
  await end(ann, away);
});

test('a click on the service worker’s notification brings the page back, or opens it anew', async () => {
  const { ann, away } = await two('Dora', 'click', onlyByWorker);
  const context = away.page.context();
  await write(ann, 'look here');
  const first = await desktop.shows('Ann of click');
  const pages = context.pages().length;
  desktop.click(first);
  await desktop.takesBack(first);
  assert.equal(context.pages().length, pages, 'the page that is there is used');

  await write(ann, 'and now?');
  const second = await desktop.shows('Ann of click');
  away.isFine();
  await away.page.close();
  const opened = context.waitForEvent('page');
  desktop.click(second);
  const back = new Person('Dora', await opened);
  await back.isIn();
  await end(ann, back);
});
