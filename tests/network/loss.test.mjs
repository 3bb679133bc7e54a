// A call whose network goes away: it is mended where that can be, and ends in words where not.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { scene, talk } from './support/scene.mjs';
import { letThrough } from './support/network.mjs';
import { Turn, turnIni } from './support/turn.mjs';

const here = scene();
/** @type {Turn | null} */
let turn;
before(async () => (turn = await Turn.start()));
after(() => turn?.stop());

const { common, client } = turnIni();
const INI = `[common]
mediaFolder=media1
messageLifetimeSec=3600
userStatusFadeS=30
${common}
[client]
allowVideo=1
pollFactor=10
${client}
`;

/** Whatever a page says whose network is gone. */
const LOST = /ERR_|Failed to load resource|net::/;

/** @param {import('../browser/support/caller.mjs').Caller[]} callers */
async function close(...callers) {
  for (const { person } of callers) {
    person.isFine(LOST);
    await person.page.context().close();
  }
}

/** Waits until both talk, and hear each other anew. */
async function recovers(ann, bob) {
  const began = Date.now();
  await Promise.all([ann.is('talking'), bob.is('talking')]);
  await Promise.all([ann.hears(), bob.hears()]);
  return Date.now() - began;
}

/** Waits until a call goes by way of the relay. @param {import('../browser/support/caller.mjs').Caller} caller */
async function untilRelayed(caller) {
  const until = Date.now() + 30_000;
  while (!(await caller.stats())?.relayed) {
    if (Date.now() > until) throw new Error('no relay was found');
    await pause(100);
  }
}

test('a tunnel: both say that they reconnect, and hear each other behind it', async () => {
  const [ann, bob] = await here.two('tunnel', INI);
  await talk(ann, bob);
  await here.homes.Ann.swallow('wifi', true);
  const began = Date.now();
  // The offer goes the way that is dead already, which nobody knows yet.
  await ann.page.click('#camera');
  await Promise.all([ann.is('reconnecting'), bob.is('reconnecting')]);
  const noticed = Date.now() - began;
  assert.equal(await ann.words(), 'Reconnecting to Bob…');
  await here.homes.Ann.swallow('wifi', false);
  const mended = await recovers(ann, bob);
  await bob.sees();
  console.log(`# a tunnel: noticed after ${noticed} ms, mended within ${mended} ms`);
  assert.ok(noticed < 8000 && mended < 12_000, `${noticed} ${mended}`);
  await ann.page.click('#hang-up');
  await bob.is('ready');
  await close(ann, bob);
});

test('from Wi-Fi to mobile and back: the call goes on under another address', async () => {
  const [ann, bob] = await here.two('walk', INI);
  await talk(ann, bob);
  const { Ann } = here.homes;
  for (const [from, to] of [
    ['wifi', 'mobile'],
    ['mobile', 'wifi'],
  ]) {
    await Ann.plug(to);
    await Ann.unplug(from);
    await Promise.any([ann.is('reconnecting'), bob.is('reconnecting')]);
    const mended = await recovers(ann, bob);
    console.log(`# from ${from} to ${to}: mended within ${mended} ms`);
    assert.ok(mended < 12_000, `${mended} ms`);
  }
  await close(ann, bob);
});

test('a network that does not come back ends the call, in words, on both sides', async () => {
  const [ann, bob] = await here.two('cut', INI);
  await talk(ann, bob);
  await here.homes.Ann.unplug('wifi');
  try {
    await Promise.all([ann.is('reconnecting'), bob.is('reconnecting')]);
    await ann.says('The connection to Bob was lost');
    await bob.says('The connection to Ann was lost');
  } finally {
    await here.homes.Ann.plug('wifi');
  }
  // Both can call again at once.
  await bob.page.waitForSelector('#online li[data-user="Ann"]');
  await ann.page.waitForSelector('#online li[data-user="Bob"]');
  await talk(bob, ann);
  await close(ann, bob);
});

test('a relay that dies in the middle of a call is replaced by a direct way, or by itself when it is back', async () => {
  const [ann, bob] = await here.two('relay-dies', INI);
  await letThrough(false);
  try {
    await talk(ann, bob);
    await turn?.stop();
    turn = null;
    await Promise.all([ann.is('reconnecting'), bob.is('reconnecting')]);
    await letThrough(true);
    await recovers(ann, bob);
    assert.equal((await ann.stats()).relayed, false);
    turn = await Turn.start();
    await letThrough(false);
    await untilRelayed(ann);
    await recovers(ann, bob);
  } finally {
    await letThrough(true);
  }
  await close(ann, bob);
});
