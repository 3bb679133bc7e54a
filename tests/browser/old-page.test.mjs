// The original's pages and ours call each other: the same messages, whoever begins.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Caller } from './support/caller.mjs';
import { oldPage } from './support/old-page.mjs';
import { everybodyIsFine, scene } from './support/scene.mjs';

const INI = `[common]
mediaFolder=media1
messageLifetimeSec=3600
[client]
allowVideo=1
pollFactor=10
iceString="[]"
`;
/** How often in a row each direction is tried; ten, when what calls do was changed. */
const CALLS = Number(process.env.MOZCHAT_OLD_CALLS ?? 4);
const here = scene();

/** Olga, whose page is the original's, and Ann. @param {string} thread @param {{video?: boolean}} [options] */
async function both(thread, { video = false } = {}) {
  await here.site.makeThread(thread, INI);
  const olga = await here.visitor('Olga');
  await olga.page.goto(`${here.site.url}robots.txt`);
  await olga.page.evaluate(oldPage, { user: 'Olga', realm: thread, video });
  const ann = new Caller(await here.person('Ann', thread));
  await ann.choose('Olga');
  return { olga: new OldCaller(olga), ann };
}

/** Somebody at an old page. */
class OldCaller {
  /** @param {import('./support/people.mjs').Person} person */
  constructor(person) {
    this.person = person;
    this.page = person.page;
  }

  /** @param {string} other */
  call(other) {
    return this.page.evaluate((name) => globalThis.old.call(name), other);
  }

  hangUp() {
    return this.page.evaluate(() => globalThis.old.hangUp());
  }

  /** @param {string} state */
  is(state) {
    return this.page.waitForFunction((wanted) => globalThis.old.state === wanted, state);
  }

  hears() {
    const hears = async () => (await globalThis.old.energy()) > 1e-4;
    return this.page.waitForFunction(hears, undefined, { polling: 200 });
  }

  async isFine() {
    assert.deepEqual(await this.page.evaluate(() => globalThis.old.problems), []);
    await everybodyIsFine(this.person);
  }
}

const log = (thread) => readFile(join(here.site.thread(thread), 'calls.csv'), 'utf8');

test(`an old page is called, ${CALLS} times: each hears the other, and either hangs up`, async () => {
  const { olga, ann } = await both('to-old');
  for (let i = 0; i < CALLS; i++) {
    await ann.page.click('#call');
    await Promise.all([ann.hears(), olga.hears()]);
    if (i % 2) await olga.hangUp();
    else await ann.page.click('#hang-up');
    await Promise.all([olga.is('ready'), ann.is('ready')]);
  }
  assert.equal((await log('to-old')).match(/;Ann;[^\n]*;Olga;[^\n]*;hang-up/g)?.length, CALLS);
  await olga.isFine();
  await everybodyIsFine(ann.person);
});

test(`an old page calls, ${CALLS} times: each hears the other, and either hangs up`, async () => {
  const { olga, ann } = await both('from-old');
  for (let i = 0; i < CALLS; i++) {
    await olga.call('Ann');
    await ann.page.click('#answer');
    await Promise.all([ann.hears(), olga.hears()]);
    if (i % 2) await ann.page.click('#hang-up');
    else {
      await olga.hangUp();
      await ann.says('Olga has hung up');
    }
    await Promise.all([olga.is('ready'), ann.is('ready')]);
  }
  assert.equal((await log('from-old')).match(/;Olga;[^\n]*;Ann;[^\n]*;hang-up/g)?.length, CALLS);
  await olga.isFine();
  await everybodyIsFine(ann.person);
});

test('pictures go both ways where the old page shows them, whoever calls', async () => {
  const { olga, ann } = await both('pictures', { video: true });
  await olga.call('Ann');
  await ann.page.click('#answer-video');
  await Promise.all([ann.sees(), olga.hears()]);
  await olga.page.waitForFunction(() => globalThis.old.shows === 'picture');
  // What needs no negotiation goes on working.
  await ann.page.click('#camera');
  await ann.page.waitForSelector('#camera[aria-pressed="false"]');
  await ann.page.click('#camera');
  await ann.page.waitForSelector('#camera[aria-pressed="true"]');
  await Promise.all([ann.hears(), ann.sees(), olga.hears()]);
  await ann.page.click('#hang-up');
  await olga.is('ready');
  await ann.page.check('#call-video');
  await ann.page.click('#call');
  await Promise.all([ann.sees(), olga.hears()]);
  await olga.page.waitForFunction(() => globalThis.old.shows === 'picture');
  await olga.isFine();
  await everybodyIsFine(ann.person);
});

test('with an old page that calls without a picture nobody is offered one', async () => {
  const { olga, ann } = await both('voices');
  await olga.call('Ann');
  await ann.is('ringing');
  assert.equal(await ann.page.isVisible('#answer-video'), false);
  await ann.page.click('#answer');
  await Promise.all([ann.hears(), olga.hears()]);
  assert.equal(await ann.page.isVisible('#camera'), false);
  assert.deepEqual(await olga.page.evaluate(() => globalThis.old.ignored), []);
  await olga.isFine();
  await everybodyIsFine(ann.person);
});

test('an old page declines, gives up ringing, and does not disturb a call', async () => {
  const { olga, ann } = await both('no');
  await olga.page.evaluate(() => (globalThis.old.answers = false));
  await ann.page.click('#call');
  await ann.says('Olga can’t talk now');
  await olga.call('Ann');
  await ann.is('ringing');
  await olga.hangUp();
  await ann.says('You missed a call from Olga');
  // It takes no rejection: it rings until its person hangs up, which must not ring again here.
  await olga.call('Ann');
  await ann.page.click('#decline');
  await olga.hangUp();
  await ann.is('ready');
  const bob = new Caller(await here.person('Bob', 'no'));
  await bob.choose('Ann');
  await bob.page.click('#call');
  await ann.page.click('#answer');
  await bob.is('talking');
  await olga.call('Ann');
  await olga.page.waitForFunction(() => globalThis.old.heard.at(-1) === 'rejectCall');
  await ann.is('talking');
  await olga.isFine();
  await everybodyIsFine(ann.person, bob.person);
});
