// Somebody has the page open twice: in another tab, or on another device. Calls ring at all of their pages, one of these
// has the call, and the others know. Each of it while the pages ask, and while the hub tells them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Caller } from './support/caller.mjs';
import { Person } from './support/people.mjs';
import { scene } from './support/scene.mjs';
import { Serve } from './support/serve.mjs';

const INI = `[common]
mediaFolder=media1
messageLifetimeSec=3600
[client]
allowVideo=1
pollFactor=10
iceString="[]"
`;
const here = scene({ site: Serve });

/** Pages ask for news instead of being told. @param {Person} person */
const withoutHub = ({ page }) =>
  page.context().route('**/cgi-bin/thread.cgi*', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), hub: undefined } });
  });

for (const way of ['polling', 'hub']) {
  let threads = 0;

  /** Somebody in a thread. @param {string} name @param {string} realm */
  const comes = async (name, realm) => {
    const person = await here.visitor(name);
    if (way === 'polling') await withoutHub(person);
    await person.enter(here.site.url, realm);
    return new Caller(person);
  };

  /** Another tab of somebody. @param {Caller} caller @param {string} realm */
  const tabOf = async ({ person }, realm) => {
    const tab = new Person(person.name, await person.page.context().newPage());
    await tab.page.goto(`${here.site.url}?realm=${realm}&user=${person.name}`);
    await tab.isIn();
    return new Caller(tab);
  };

  /** Another device of somebody, who brings the name there by its code. @param {Caller} caller @param {string} realm */
  const deviceOf = async ({ person, page }, realm) => {
    const { code } = await page.evaluate((who) => globalThis.mozchat.api.shareName(who), {
      user: person.name,
      realm,
    });
    const device = await here.visitor(person.name);
    if (way === 'polling') await withoutHub(device);
    await device.page.goto(here.site.url);
    await device.page.fill('#entry-user', person.name);
    await device.page.fill('#entry-realm', realm);
    await device.page.click('#entry-go');
    await device.page.fill('#entry-secret', code);
    await device.page.click('#entry-go');
    await device.isIn();
    return new Caller(device);
  };

  /** A new thread with these people. @param {string[]} names */
  const gathered = async (...names) => {
    const realm = `two-${way}-${++threads}`;
    await here.site.makeThread(realm, INI);
    const callers = [];
    for (const name of names) callers.push(await comes(name, realm));
    return { realm, callers };
  };

  /** @param {Caller[]} callers */
  const allFine = async (...callers) => {
    // A name that is brought to another device is refused before its code is given.
    for (const { person } of callers) person.isFine(/status of 403/);
    for (const context of new Set(callers.map(({ page }) => page.context()))) await context.close();
  };

  test(`who has a second tab or device can call and be called (${way})`, async () => {
    for (const another of [tabOf, deviceOf]) {
      const { realm, callers } = await gathered('Ann', 'Bob');
      const [ann, bob] = callers;
      const second = await another(bob, realm);
      await bob.page.bringToFront();
      await bob.choose('Ann');
      await bob.page.click('#call');
      await ann.page.click('#answer');
      await Promise.all([ann.hears(), bob.hears()]);
      assert.equal(await second.page.getAttribute('#phone', 'data-state'), 'ready');
      await bob.page.click('#hang-up');
      await ann.is('ready');
      await ann.choose('Bob');
      await ann.page.click('#call');
      await Promise.all([bob.is('ringing'), second.is('ringing')]);
      await second.page.bringToFront();
      await second.page.click('#answer');
      await bob.says('The call from Ann was answered or declined on another page');
      await Promise.all([ann.hears(), second.hears()]);
      assert.equal(await bob.page.locator('#messages li[data-state="note"]').count(), 0);
      await allFine(ann, bob, second);
    }
  });

  test(`a call that one declines, or the caller gives up, rings on nowhere (${way})`, async () => {
    const { realm, callers } = await gathered('Ann', 'Bob');
    const [ann, bob] = callers;
    const second = await tabOf(bob, realm);
    await ann.choose('Bob');
    await ann.page.click('#call');
    await Promise.all([bob.is('ringing'), second.is('ringing')]);
    await second.page.click('#decline');
    await ann.says('Bob can’t talk now');
    await Promise.all([bob.is('ready'), second.is('ready')]);
    await ann.page.click('#call');
    await Promise.all([bob.is('ringing'), second.is('ringing')]);
    await ann.page.click('#hang-up');
    for (const page of [bob, second]) await page.says('You missed a call from Ann');
    await allFine(ann, bob, second);
  });

  test(`a page that is reloaded rings again, and one that is closed declines nothing (${way})`, async () => {
    const { realm, callers } = await gathered('Ann', 'Bob');
    const [ann, bob] = callers;
    const second = await tabOf(bob, realm);
    await ann.choose('Bob');
    await ann.page.click('#call');
    await Promise.all([bob.is('ringing'), second.is('ringing')]);
    await second.page.close();
    await bob.page.reload();
    await bob.is('ringing');
    await bob.page.click('#answer');
    await Promise.all([ann.hears(), bob.hears()]);
    await ann.page.click('#hang-up');
    await bob.is('ready');
    await ann.page.click('#call');
    await bob.is('ringing');
    await bob.page.goto('about:blank');
    await ann.says('Bob can’t talk now');
    await allFine(ann, bob);
  });

  test(`who talks on one page is busy on the other, and keeps the call (${way})`, async () => {
    const { realm, callers } = await gathered('Ann', 'Bob', 'Cy');
    const [ann, bob, cy] = callers;
    const second = await tabOf(bob, realm);
    await ann.choose('Bob');
    await ann.page.click('#call');
    await bob.page.click('#answer');
    await Promise.all([ann.hears(), bob.hears(), second.is('ready')]);
    await cy.choose('Bob');
    await cy.page.click('#call');
    await cy.says('Bob is busy');
    await second.is('ready');
    await Promise.all([ann.hears(), bob.hears()]);
    await allFine(ann, bob, cy, second);
  });

  test(`two who call each other at once, each with a second page, get one call (${way})`, async () => {
    const { realm, callers } = await gathered('Ann', 'Bob');
    const [ann, bob] = callers;
    const others = [await tabOf(ann, realm), await tabOf(bob, realm)];
    await ann.choose('Bob');
    await bob.choose('Ann');
    // By the script: the tabs in front are others.
    const call = ({ page }) => page.evaluate(() => document.querySelector('#call').click());
    await Promise.all([ann, bob].map(call));
    await Promise.all([ann.hears(), bob.hears()]);
    await Promise.all(others.map((other) => other.is('ready')));
    assert.equal(await ann.sid(), await bob.sid());
    await allFine(ann, bob, ...others);
  });

  test(`a call without a picture that is answered with one connects (${way})`, async () => {
    const { callers } = await gathered('Ann', 'Bob');
    const [ann, bob] = callers;
    await ann.choose('Bob');
    for (let i = 0; i < 3; i++) {
      await ann.page.click('#call');
      await bob.page.click('#answer-video');
      await Promise.all([ann.hears(), ann.sees(), bob.hears()]);
      await (i % 2 ? ann : bob).page.click('#hang-up');
      await Promise.all([ann.is('ready'), bob.is('ready')]);
    }
    await allFine(ann, bob);
  });
}

test('who calls a browser that can’t make calls is told so, and that one reads why it can’t', async () => {
  await here.site.makeThread('without', INI);
  const [ann, person] = [
    new Caller(await here.person('Ann', 'without')),
    await here.visitor('Bob'),
  ];
  // As in a browser that was built without WebRTC, such as WebKitGTK.
  await person.page.addInitScript(() => delete globalThis.RTCPeerConnection);
  await person.enter(here.site.url, 'without');
  const bob = new Caller(person);
  await bob.choose('Ann');
  assert.ok(await bob.page.isDisabled('#call'));
  assert.match(await bob.page.innerText('#phone'), /This browser can’t make calls/);
  await ann.choose('Bob');
  await ann.page.click('#call');
  await ann.says('Bob has no page open that can make calls');
  await ann.is('ready');
  for (const { person: one } of [ann, bob]) one.isFine();
  for (const { page } of [ann, bob]) await page.context().close();
});
