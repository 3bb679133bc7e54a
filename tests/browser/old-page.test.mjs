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
pollFactor=10
iceString="[]"
`;
const here = scene();

/** Olga, whose page is the original's, and Ann. @param {string} thread */
async function both(thread) {
  await here.site.makeThread(thread, INI);
  const olga = await here.visitor('Olga');
  await olga.page.goto(`${here.site.url}robots.txt`);
  await olga.page.evaluate(oldPage, { user: 'Olga', realm: thread });
  const ann = new Caller(await here.person('Ann', thread));
  await ann.choose('Olga');
  const says = (...words) => olga.page.evaluate((given) => globalThis.old.send(...given), words);
  const hears = () =>
    olga.page.waitForFunction(async () => (await globalThis.old.energy()) > 1e-4, undefined, {
      polling: 200,
    });
  return { olga, ann, says, hears };
}

const log = (thread) => readFile(join(here.site.thread(thread), 'calls.csv'), 'utf8');

test('an old page is called: each hears the other, and either may hang up', async () => {
  const { olga, ann, hears } = await both('to-old');
  await ann.page.click('#call');
  await Promise.all([ann.hears(), hears()]);
  assert.match(await log('to-old'), /;Ann;[^;]*;Olga;[^;]*;[^;]*;oldcalledsid;\d+;accept/);
  await ann.page.click('#hang-up');
  await olga.page.waitForFunction(() => globalThis.old.ended === 'hang-up');
  assert.match(await log('to-old'), /oldcalledsid;\d+;hang-up/);
  await everybodyIsFine(olga, ann.person);
});

test('an old page calls: each hears the other, and its hang-up is heard', async () => {
  const { olga, ann, says, hears } = await both('from-old');
  await says('relay', 'Ann', { type: 'invite', video: '' });
  await ann.page.click('#answer');
  await Promise.all([ann.hears(), hears()]);
  const sid = await ann.sid();
  await says('logNrelay', 'Ann', { type: 'hang-up', sid });
  await ann.is('ready');
  assert.equal(await ann.words(), 'Olga has hung up');
  assert.match(await log('from-old'), /;Olga;[^;]*;Ann;[^;]*;[^;]*;[a-z]{10,};\d+;hang-up/);
  await everybodyIsFine(olga, ann.person);
});

test('an old page declines, is declined, gives up ringing, and hears that one is busy', async () => {
  const { olga, ann, says } = await both('no');
  await olga.page.evaluate(() => (globalThis.old.answering = false));
  await ann.page.click('#call');
  await ann.says('Olga can’t talk now');
  await says('relay', 'Ann', { type: 'invite', video: '' });
  await ann.page.click('#decline');
  await olga.page.waitForFunction(() => globalThis.old.ended === 'rejectCall');
  await says('relay', 'Ann', { type: 'invite', video: '' });
  await ann.is('ringing');
  await says('logNrelay', 'Ann', { type: 'hang-up', sid: 'whoknowswhich' });
  await ann.says('You missed a call from Olga');
  const bob = new Caller(await here.person('Bob', 'no'));
  await bob.choose('Ann');
  await bob.page.click('#call');
  await ann.page.click('#answer');
  await bob.is('talking');
  await olga.page.evaluate(() => (globalThis.old.ended = ''));
  await says('relay', 'Ann', { type: 'invite', video: '' });
  await olga.page.waitForFunction(() => globalThis.old.ended === 'rejectCall');
  await ann.is('talking');
  await everybodyIsFine(olga, ann.person, bob.person);
});
