// Pages and the hub: tabs that are left and come back, two of one person, and clocks that are set back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Person } from './support/people.mjs';
import { heard, hears, isPushed, say } from './support/pushed.mjs';
import { everybodyIsFine, scene } from './support/scene.mjs';
import { Serve } from './support/serve.mjs';

const INI = `[common]
mediaFolder=media1
messageLifetimeSec=3600
[client]
pollFactor=10
`;
const here = scene({ site: Serve });

/** @param {Person} person @param {string} user @param {boolean} [is] */
const isOnline = ({ page }, user, is = true) =>
  page.waitForSelector(`#online li[data-user="${user}"]`, { state: is ? 'attached' : 'detached' });

test('a page that the browser keeps for “back” has left, and is there again when it is shown', async () => {
  await here.site.makeThread('back', INI);
  const [ann, bob] = [await here.person('Ann', 'back'), await here.person('Bob', 'back')];
  await Promise.all([isPushed(ann), isPushed(bob)]);
  const passes = (type) =>
    ann.page.evaluate(
      (name) => dispatchEvent(new PageTransitionEvent(name, { persisted: true })),
      type,
    );
  await isOnline(bob, 'Ann');
  await passes('pagehide');
  await isOnline(bob, 'Ann', false);
  await say(bob, 'Ann', 'meanwhile');
  await passes('pageshow');
  await Promise.all([isPushed(ann), isOnline(bob, 'Ann')]);
  await hears(ann, 'Bob', 'meanwhile');
  await say(bob, 'Ann', 'after');
  await hears(ann, 'Bob', 'after');
  assert.deepEqual(await heard(ann, 'Bob'), ['meanwhile', 'after']);
  await everybodyIsFine(ann, bob);
});

test('two tabs of one person both hear, and she is there until the last is closed', async () => {
  await here.site.makeThread('tabs', INI);
  const [ann, bob] = [await here.person('Ann', 'tabs'), await here.person('Bob', 'tabs')];
  const second = new Person('Ann', await ann.page.context().newPage());
  await second.page.goto(`${here.site.url}?realm=tabs&user=Ann`);
  await second.isIn();
  await Promise.all([isPushed(ann), isPushed(bob), isPushed(second)]);
  await say(bob, 'Ann', 'to both');
  await Promise.all([hears(ann, 'Bob', 'to both'), hears(second, 'Bob', 'to both')]);
  await second.page.close();
  await say(bob, 'Ann', 'to one');
  await hears(ann, 'Bob', 'to one');
  await isOnline(bob, 'Ann');
  await ann.page.goto('about:blank');
  await isOnline(bob, 'Ann', false);
  await everybodyIsFine(bob);
});

test('somebody whose clock is set back by an hour stays online', async () => {
  await here.site.makeThread('clock', INI);
  const ann = await here.visitor('Ann');
  // Without the hub, so that she must say by herself that she is there.
  await ann.page.route('**/cgi-bin/thread.cgi*', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), hub: undefined } });
  });
  await ann.enter(here.site.url, 'clock');
  const renewals = () => globalThis.mozchat.api.requests.users ?? 0;
  const before = await ann.page.evaluate(renewals);
  await ann.page.evaluate(() => {
    const { now } = Date;
    Date.now = () => now() - 3_600_000;
  });
  await ann.page.waitForFunction(
    (count) => (globalThis.mozchat.api.requests.users ?? 0) > count,
    before,
  );
  await everybodyIsFine(ann);
});
