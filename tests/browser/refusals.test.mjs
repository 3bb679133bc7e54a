// Who is refused for good is shown out with words, whichever way the page hears of it.
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { HubSite } from './support/hub.mjs';
import { scene } from './support/scene.mjs';

const ini = (auth = '', factor = '5') => `[common]
mediaFolder=media1
userStatusFadeS=5
[client]
pollFactor=${factor}
iceString="[]"
[auth]
moderators=Mo
${auth}`;

/** What a refused page's console and Apache's log may say. */
const REFUSED =
  /403|404|Failed to load resource|No such thread|is closed|banned|moderators|plain text|SSL certificate/;

/** Waits until the person stands at the door and reads this there. */
const isShownOut = ({ page }, words) =>
  page
    .waitForSelector('#entry:not([hidden])')
    .then(() => page.waitForSelector(`#entry-error:has-text("${words}")`));

for (const [way, options] of [
  ['by polling', {}],
  ['by the hub', { site: { start: () => HubSite.start({}) } }],
]) {
  const here = scene({ ...options, expected: REFUSED });
  const secure = { ignoreHTTPSErrors: true };
  const thread = (name) => `${name}${way.length}`;

  test(`who is banned is shown out with words (${way})`, async () => {
    const name = thread('ban');
    await here.site.makeThread(name, ini());
    const mo = await here.person('Mo', name, secure);
    const bob = await here.person('Bob', name, secure);
    await mo.page.click('#online li[data-user="Bob"] button');
    await mo.page.click('#ban-person');
    await mo.page.click('#ban-confirm');
    await isShownOut(bob, 'has banned this name');
    await mo.page.waitForSelector('#online li[data-user="Bob"]', { state: 'detached' });
    assert.equal(await bob.page.isVisible('#app'), false);
    bob.isFine(REFUSED);
    mo.isFine(REFUSED);
    await bob.page.context().close();
    await mo.page.context().close();
  });

  test(`who is in a thread that gets a password is asked for it (${way})`, async () => {
    const name = thread('lock');
    await here.site.makeThread(name, ini());
    const bob = await here.person('Bob', name, secure);
    await writeFile(join(here.site.thread(name), '.ini'), ini('password=open sesame\n'));
    await isShownOut(bob, 'closed');
    await bob.page.fill('#entry-secret', 'open sesame');
    await bob.page.click('#entry-go');
    await bob.isIn();
    bob.isFine(REFUSED);
    await bob.page.context().close();
  });

  test(`whose thread is gone is told so (${way})`, async () => {
    const name = thread('gone');
    await here.site.makeThread(name, ini('', way === 'by polling' ? 'l' : '5'));
    const bob = await here.person('Bob', name, secure);
    await rm(here.site.thread(name), { recursive: true });
    await isShownOut(bob, 'There is no room');
    bob.isFine(REFUSED);
    await bob.page.context().close();
  });
}
