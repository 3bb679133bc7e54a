// A browser that stores nothing, or whose storage dies, hangs or is full: clips are sent all the same, and the page
// promises nothing that is not kept.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Person, startChromium } from './support/people.mjs';
import { everybodyIsFine, scene } from './support/scene.mjs';
import { Serve } from './support/serve.mjs';

const INI = `[common]
mediaFolder=media1
maxBlobBytes=5000000
maxMediaFolderBytes=50000000
clipLifetimeSec=600
[client]
maxClipSizeSec=30
pollFactor=10
`;
const UPLOAD = '**/cgi-bin/upload.cgi';
const EXPECTED = /net::ERR_FAILED|The browser keeps no clip/;
const here = scene({ site: Serve });
/** A browser whose owner forbids all sites to store anything. */
let strict;
before(async () => {
  strict = await startChromium(undefined, {
    profile: { permissions: ['microphone', 'notifications'], locale: 'en-GB' },
    preferences: { profile: { default_content_setting_values: { cookies: 2 } } },
  });
});
after(() => strict?.stop());

/** Sends a clip and waits until it is in the list. @param {Person} person @param {number} count of the clips then */
async function sends(person, count) {
  await person.recordAndUpload(1);
  await person.hasClips(count);
}

test('where cookies are forbidden a clip is sent', async () => {
  await here.site.makeThread('strict', INI);
  const ann = new Person('Ann', await strict.browser.newPage());
  await ann.enter(here.site.url, 'strict');
  const forbidden = await ann.page.evaluate(() => navigator.locks.request('x', () => {}).then(() => false, () => true)); // prettier-ignore
  assert.ok(forbidden, 'there are no locks');
  await sends(ann, 1);
  ann.isFine(EXPECTED);
});

test('where cookies are forbidden and only a service worker may notify, a message that comes to a hidden tab breaks nothing', async () => {
  await here.site.makeThread('unnotified', INI);
  const ann = new Person('Ann', await strict.browser.newPage());
  await ann.page.addInitScript(() => {
    globalThis.Notification = class extends Notification {
      constructor() {
        super('');
        throw new TypeError('Illegal constructor');
      }
    };
  });
  await ann.enter(here.site.url, 'unnotified');
  const forbidden = await ann.page.evaluate(() => navigator.serviceWorker.getRegistration().then(() => false, () => true)); // prettier-ignore
  assert.ok(forbidden, 'there is no worker');
  assert.equal(await ann.page.evaluate(() => Notification.permission), 'granted');
  await ann.page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  const bob = await here.person('Bob', 'unnotified');
  await bob.page.click('#online li[data-user="Ann"] button');
  await bob.page.fill('#chat-text', 'are you there?');
  await bob.page.press('#chat-text', 'Enter');
  await ann.page.waitForFunction(() => document.title.startsWith('(1)'));
  // What is asked later is refused later.
  await ann.page.evaluate(() => navigator.serviceWorker.getRegistration().catch(() => {}));
  ann.isFine(EXPECTED);
  await everybodyIsFine(bob);
});

test('a page whose database the browser has closed goes on sending', async () => {
  await here.site.makeThread('cleared', INI);
  const ann = await here.person('Ann', 'cleared');
  await sends(ann, 1);
  const cdp = await ann.page.context().newCDPSession(ann.page);
  const { origin } = new URL(here.site.url);
  await cdp.send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb' });
  await sends(ann, 2);
  await ann.page.route(UPLOAD, (route) => route.abort());
  await ann.recordFor(1);
  await ann.recorderIs('recorded');
  await ann.page.click('#recorded-upload');
  await ann.page.waitForSelector('#outbox li[data-state="kept"]');
  await ann.page.unroute(UPLOAD);
  await ann.page.reload();
  await ann.isIn();
  await ann.hasClips(3);
  ann.isFine(EXPECTED);
  await ann.page.context().close();
});

/** What may be wrong with a database, as a function of the page. */
const faults = {
  'never answers': () => {
    const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = function (name, ...more) {
      return /mozchat/.test(name) ? new EventTarget() : open.call(this, name, ...more);
    };
  },
  'is full': () => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
  },
};
for (const [fault, install] of Object.entries(faults)) {
  test(`a database that ${fault}: clips are sent, and nothing is called kept that is not`, async () => {
    const thread = fault.replaceAll(' ', '-');
    await here.site.makeThread(thread, INI);
    const ann = await here.visitor('Ann');
    await ann.page.addInitScript(install);
    await ann.enter(here.site.url, thread);
    await sends(ann, 1);
    // No program answers: the line is cut, and not only for clips.
    await ann.page.route(/cgi-bin\//, (route) => route.abort());
    await ann.recordFor(1);
    await ann.recorderIs('recorded');
    await ann.page.click('#recorded-upload');
    await ann.page.waitForSelector('#outbox li[data-state="kept"]');
    assert.match(await ann.page.innerText('#notice'), /can’t store it: leave this page open/);
    await ann.page.waitForSelector('.outbox-state:has-text("only on this page")');
    await ann.picture(`storage-${thread}`);
    await ann.page.unroute(/cgi-bin\//);
    await ann.hasClips(2);
    ann.isFine(EXPECTED);
    await ann.page.context().close();
  });
}

test('two tabs of one person, one of which lost its database, both send', async () => {
  await here.site.makeThread('tabs', INI);
  const ann = await here.person('Ann', 'tabs');
  const other = new Person('Ann', await ann.page.context().newPage());
  await other.enter(here.site.url, 'tabs');
  const cdp = await ann.page.context().newCDPSession(ann.page);
  const { origin } = new URL(here.site.url);
  await cdp.send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb' });
  await ann.page.bringToFront();
  await sends(ann, 1);
  await other.page.bringToFront();
  await sends(other, 2);
  await everybodyIsFine(ann);
  other.isFine();
});
