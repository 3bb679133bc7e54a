// The hub inside scripts/serve, and a computer that is closed for more than a minute while others go on.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Person, startChromium } from './support/people.mjs';
import { asked, heard, hears, isPushed, say } from './support/pushed.mjs';
import { everybodyIsFine, scene } from './support/scene.mjs';
import { Serve } from './support/serve.mjs';

const INI = `[common]
mediaFolder=media1
maxBlobBytes=500000
messageLifetimeSec=3600
[client]
pollFactor=10
`;
const here = scene({ site: Serve });
/** Another computer, as far as that goes: a Chromium of its own. @type {any} */
let laptop;

before(async () => (laptop = await startChromium()));
after(() => laptop?.stop());

/** Stops or continues all processes of a browser. */
async function processesOf(browser) {
  const cdp = await browser.newBrowserCDPSession();
  const { processInfo } = await cdp.send('SystemInfo.getProcessInfo');
  const ids = processInfo.map(({ id }) => id);
  return (signal) => ids.forEach((id) => process.kill(id, signal));
}

test('two pages of scripts/serve hear of everything and ask for nothing', async () => {
  await here.site.makeThread('room', INI);
  const [ann, bob] = [await here.person('Ann', 'room'), await here.person('Bob', 'room')];
  await Promise.all([isPushed(ann), isPushed(bob)]);
  await ann.recordAndUpload(1);
  await bob.hasClips(1);
  await say(ann, 'Bob', 'hello');
  await hears(bob, 'Ann', 'hello');
  await ann.inMenu(ann.clips().last(), '.clip-delete');
  await ann.clips().last().locator('.clip-delete-confirm').click();
  await bob.hasClips(0);
  assert.deepEqual([await asked(ann), await asked(bob)], [0, 0]);
  await everybodyIsFine(ann, bob);
});

test('a page that was asleep for more than a minute has missed nothing and shows nothing twice', async () => {
  await here.site.makeThread('sleep', INI);
  const ann = await here.person('Ann', 'sleep');
  const bob = await Person.at(laptop.browser, 'Bob');
  await bob.enter(here.site.url, 'sleep');
  await Promise.all([isPushed(ann), isPushed(bob)]);
  await say(ann, 'Bob', 'before');
  await hears(bob, 'Ann', 'before');
  const signal = await processesOf(laptop.browser);
  signal('SIGSTOP');
  await say(ann, 'Bob', 'at once');
  await ann.recordAndUpload(1);
  // The hub asks after 25 seconds of silence whether a page is there, and gives it up after a minute.
  await ann.page.waitForSelector('#online li[data-user="Bob"]', {
    state: 'detached',
    timeout: 90_000,
  });
  await say(ann, 'Bob', 'much later');
  signal('SIGCONT');
  await hears(bob, 'Ann', 'much later');
  await bob.hasClips(1);
  await isPushed(bob);
  await ann.page.waitForSelector('#online li[data-user="Bob"]');
  await say(ann, 'Bob', 'after');
  await hears(bob, 'Ann', 'after');
  assert.deepEqual(await heard(bob, 'Ann'), ['before', 'at once', 'much later', 'after']);
  await everybodyIsFine(ann);
  bob.isFine();
});
