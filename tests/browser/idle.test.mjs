// A page that nobody uses costs its host almost nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { everybodyIsFine, scene } from './support/scene.mjs';

const INI = '[common]\nmediaFolder=media1\nmaxBlobBytes=500000\n[client]\npollFactor=10\n';
const IDLE_S = 40;
/** A goodbye that is lost by chance is lost in one of so many visits. */
const VISITS = 6;
const here = scene();

const isProgram = ({ target }) => target.includes('/cgi-bin/');
const isPulse = ({ target }) => target.endsWith('/pulse.json');

/** Waits until a page only looks at the pulse. @param {import('./support/people.mjs').Person} person */
async function isSettled(person) {
  const looks = await person.requests('pulse');
  await person.page.waitForFunction(
    (had) => globalThis.mozchat.api.requests.pulse >= had + 2,
    looks,
  );
}

test('in forty seconds an idle page runs at most three programs and hears 304 from the pulse', async () => {
  await here.site.makeThread('room', INI);
  const ann = await here.person('Ann', 'room');
  await isSettled(ann);
  const before = (await here.site.requests()).length;
  await pause(IDLE_S * 1000);
  const asked = (await here.site.requests()).slice(before);
  const [programs, pulses] = [asked.filter(isProgram), asked.filter(isPulse)];
  console.log(
    `# idle for ${IDLE_S} s: ${programs.length} programs run, ${pulses.length} looks at the pulse`,
  );
  assert.ok(programs.length <= 3, JSON.stringify(programs));
  assert.ok(pulses.length > IDLE_S / 3, `it looks every second: ${pulses.length}`);
  assert.deepEqual(
    pulses.filter(({ status }) => status !== 304),
    [],
  );
  assert.equal(asked.length, programs.length + pulses.length, 'and nothing else');
  await everybodyIsFine(ann);
});

test('a message to one person wakes no other page', async () => {
  await here.site.makeThread('mail', INI);
  const [ann, bob] = [await here.person('Ann', 'mail'), await here.person('Bob', 'mail')];
  await ann.page.waitForSelector('#online li[data-user="Bob"]');
  await isSettled(bob);
  const polls = async () => [await ann.requests('poll'), await bob.requests('poll')];
  const [annsPolls, bobsPolls] = await polls();
  const answer = await fetch(new URL('cgi-bin/chat.cgi', here.site.url), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      user: 'Eve',
      realm: 'mail',
      act: 'relay',
      target: 'Bob',
      type: 'message',
      text: 'hi',
    }),
  });
  assert.equal(answer.status, 200);
  await bob.page.waitForFunction((had) => globalThis.mozchat.api.requests.poll > had, bobsPolls);
  // Ann's page has looked at the changed pulse as well, and again, before it is asked whether it polled.
  await isSettled(ann);
  assert.equal((await polls())[0], annsPolls);
  await everybodyIsFine(ann, bob);
});

test('a page that is closed says goodbye', async () => {
  await here.site.makeThread('bye', INI);
  const [ann, bob] = [await here.person('Ann', 'bye'), await here.person('Bob', 'bye')];
  await ann.page.waitForSelector('#online li[data-user="Bob"]');
  for (let visit = 1; visit <= VISITS; visit += 1) {
    // The service worker takes the page over a moment after the first visit has begun.
    await bob.page.waitForFunction(() => navigator.serviceWorker.controller);
    bob.isFine();
    await bob.page.goto('about:blank');
    await ann.page.waitForSelector('#online li[data-user="Bob"]', { state: 'detached' });
    if (visit === VISITS) break;
    await bob.enter(here.site.url, 'bye');
    await ann.page.waitForSelector('#online li[data-user="Bob"]');
  }
  await bob.page.context().close();
  await everybodyIsFine(ann);
});
