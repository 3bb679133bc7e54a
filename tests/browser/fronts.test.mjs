// What stands in front of a host: caches that give an old pulse, servers without ETags, proxies without patience.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { sendClip } from './support/clips.mjs';
import { everybodyIsFine, scene } from './support/scene.mjs';

const ini = (factor) => `[common]
mediaFolder=media1
maxBlobBytes=900000
maxMediaFolderBytes=9000000
clipLifetimeSec=9000
userStatusFadeS=10
longPollPeriodS=12
[client]
playNew=0
allowStream=0
pollFactor=${factor}
iceString="[]"
`;
const here = scene();

/** How many seconds it takes until a clip that somebody sends is in the list, for each of so many. */
async function delays(person, realm, clips) {
  const found = [];
  for (let i = 1; i <= clips; i += 1) {
    await sendClip(here.site, realm, 'Bob', 1);
    const began = Date.now();
    await person.hasClips(i);
    found.push((Date.now() - began) / 1000);
  }
  console.log(`# seconds until a clip is in the list: ${found.map((one) => one.toFixed(1))}`);
  return found;
}

/** Until the page has marked its user online again, nothing tells it that the file is old; from then on it knows. @param {number[]} seconds */
function isLateOnce(seconds) {
  assert.ok(Math.max(...seconds) < 25, `${seconds}`);
  assert.ok(seconds.filter((one) => one > 5).length <= 1, `${seconds}`);
}

/** A front that keeps what it was asked for. */
async function keepsPulse(person, isKept) {
  const kept = new Map();
  await person.page.route('**/pulse.json*', async (route) => {
    const url = route.request().url();
    if (!isKept(url)) return route.continue();
    if (!kept.has(url)) {
      const answer = await route.fetch();
      kept.set(url, {
        status: answer.status(),
        headers: answer.headers(),
        body: await answer.body(),
      });
    }
    return route.fulfill(kept.get(url));
  });
}

test('a pulse that a cache in front keeps is noticed, and asked for past it', async () => {
  await here.site.makeThread('cache', ini(10));
  const ann = await here.visitor('Ann');
  await keepsPulse(ann, (url) => !url.includes('?'));
  await ann.enter(here.site.url, 'cache');
  isLateOnce(await delays(ann, 'cache', 4));
  // The next visit knows it.
  const programs = async () => (await ann.requests('poll')) + (await ann.requests('users'));
  await ann.page.reload();
  await ann.hasClips(4);
  const before = await programs();
  await sendClip(here.site, 'cache', 'Bob', 1);
  await ann.hasClips(5);
  assert.ok((await programs()) - before <= 3, 'no program a look');
  await everybodyIsFine(ann);
});

test('where the pulse lies whatever one does, programs are asked', async () => {
  await here.site.makeThread('liar', ini(10));
  const ann = await here.visitor('Ann');
  let old;
  await ann.page.route('**/pulse.json*', async (route) => {
    old ??= await (await route.fetch()).body();
    await route.fulfill({ status: 200, contentType: 'application/json', body: old });
  });
  await ann.enter(here.site.url, 'liar');
  isLateOnce(await delays(ann, 'liar', 4));
  // Each lie costs one more look, until the file is given up.
  let [looks, rounds] = [-1, 0];
  for (let now = 0; looks !== now; rounds += 1) {
    assert.ok(rounds < 5, 'the file is not asked for any more');
    looks = now;
    await pause(4000);
    now = await ann.requests('pulse');
  }
  await everybodyIsFine(ann);
});

test('without an ETag two clips within a second are both heard of', async () => {
  await here.site.makeThread('etag', ini(5));
  const ann = await here.visitor('Ann');
  // As a browser and a server do that know a file by the second in which it was changed.
  let known = { at: '', body: Buffer.from('') };
  await ann.page.route('**/pulse.json*', async (route) => {
    const answer = await route.fetch();
    const headers = answer.headers();
    delete headers.etag;
    const isFresh = route.request().url().includes('?') || headers['last-modified'] !== known.at;
    if (isFresh) known = { at: headers['last-modified'], body: await answer.body() };
    await route.fulfill({ status: answer.status(), headers, body: known.body });
  });
  await ann.enter(here.site.url, 'etag');
  for (let i = 1; i <= 3; i += 1) {
    await sendClip(here.site, 'etag', 'Bob', 1);
    await ann.hasClips(2 * i - 1);
    await sendClip(here.site, 'etag', 'Bob', 1);
    const began = Date.now();
    await ann.hasClips(2 * i);
    assert.ok(Date.now() - began < 4000, `${Date.now() - began} ms`);
  }
  await everybodyIsFine(ann);
});

test('a front that ends long polls early is no trouble, and clips come as soon', async () => {
  await here.site.makeThread('front', ini('l'));
  const ann = await here.visitor('Ann');
  let ended = 0;
  await ann.page.route('**/cgi-bin/poll.cgi', async (route) => {
    if (!route.request().postData()?.includes('act=longPoll')) return route.continue();
    const answered = route.fetch().catch(() => null);
    const answer = await Promise.race([answered, pause(2500)]);
    if (answer) return route.fulfill({ response: answer });
    ended += 1;
    return route.fulfill({
      status: 504,
      contentType: 'text/html',
      body: '<h1>Gateway Time-out</h1>',
    });
  });
  await ann.page.addInitScript(() => {
    globalThis.states = [];
    new MutationObserver(() => {
      const state = document.getElementById('connection')?.dataset.state;
      if (state && state !== globalThis.states.at(-1)) globalThis.states.push(state);
    }).observe(document, { subtree: true, attributeFilter: ['data-state'] });
  });
  await ann.enter(here.site.url, 'front');
  await ann.page.waitForTimeout(8000);
  assert.ok(ended > 0 && ended <= 3, `${ended} long polls were ended`);
  for (const one of await delays(ann, 'front', 3)) assert.ok(one < 4, `${one}`);
  assert.deepEqual(
    await ann.page.evaluate(() => globalThis.states.filter((one) => one === 'retrying')),
    [],
  );
  ann.isFine(/504|Failed to load resource/);
  await ann.page.context().close();
});
