// The way in, and a page that may not listen or may not sound yet.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everybodyIsFine, scene } from './support/scene.mjs';

const INI =
  '[common]\nmediaFolder=media1\nmaxBlobBytes=500000\nclipLifetimeSec=600\n[client]\nmaxClipSizeSec=10\npollFactor=10\n';
const here = scene();

test('a wrong name or thread is refused in words', async () => {
  const ann = await here.visitor('Ann');
  await ann.page.goto(here.site.url);
  const attempt = async (user, realm) => {
    await ann.page.fill('#entry-user', user);
    await ann.page.fill('#entry-realm', realm);
    await ann.page.click('#entry-go');
    await ann.page.waitForSelector('#entry-error:not([hidden])');
    assert.equal(await ann.page.isVisible('#app'), false);
    return ann.page.innerText('#entry-error');
  };
  const words = new Set();
  for (const [user, realm] of [
    ['', 'mediaForum'],
    ['A<b', 'mediaForum'],
    ['x'.repeat(31), 'mediaForum'],
    ['Ann', '../etc'],
    ['Ann', 'nosuch'],
  ]) {
    words.add(await attempt(user, realm));
  }
  assert.ok(words.size >= 4, [...words].join('; '));
  await everybodyIsFine(ann);
});

test('the name and the thread are remembered', async () => {
  await here.site.makeThread('room', INI);
  const ann = await here.person('Ann 🦊', 'room');
  await ann.page.goto(here.site.url);
  assert.equal(await ann.page.inputValue('#entry-user'), 'Ann 🦊');
  assert.equal(await ann.page.inputValue('#entry-realm'), 'room');
  await everybodyIsFine(ann);
});

test('the folder of a thread leads to the page', async () => {
  const ann = await here.visitor('Ann');
  await ann.page.goto(`${here.site.url}threads/mediaChat/?user=Ann`);
  await ann.isIn();
  const settings = await fetch(new URL('cgi-bin/thread.cgi?realm=mediaChat', here.site.url));
  const { title } = await settings.json();
  assert.equal(await ann.page.innerText('#thread-title'), title);
  await everybodyIsFine(ann);
});

test('where the browser blocks sound, one button unblocks it', async () => {
  await here.site.makeThread('blocked', INI);
  const ann = await here.person('Ann', 'blocked');
  // Without a gesture and without a microphone, Chromium lets no page sound. Whatever Playwright evaluates in a
  // page counts as a gesture, so Bob's is only watched from outside until then.
  const bob = await here.visitor('Bob', { permissions: [] });
  await bob.page.goto(`${here.site.url}?user=Bob&realm=blocked`);
  await ann.page.waitForSelector('#online li[data-user="Bob"]');
  const loading = bob.page.waitForRequest(/\/media1\//);
  await ann.recordAndUpload(2);
  await loading;
  await bob.playerIs('blocked');
  await bob.page.click('#unblock');
  await bob.playerIs('playing');
  await bob.page.waitForFunction(() => globalThis.mozchat.player.element.currentTime > 0.5);
  await everybodyIsFine(ann, bob);
});

test('any gesture unblocks the sound, not only that button', async () => {
  await here.site.makeThread('gesture', INI);
  const ann = await here.person('Ann', 'gesture');
  const gestures = {
    Bob: (page) => page.click('#thread-title'),
    Eve: (page) => page.tap('#thread-title'),
    Tom: (page) => page.keyboard.press('Tab'),
  };
  for (const [name, gesture] of Object.entries(gestures)) {
    const person = await here.visitor(name, { permissions: [], hasTouch: name === 'Eve' });
    await person.page.goto(`${here.site.url}?user=${name}&realm=gesture`);
    await ann.page.waitForSelector(`#online li[data-user="${name}"]`);
    const loading = person.page.waitForRequest(/\/media1\//);
    await ann.recordAndUpload(1);
    await loading;
    await person.playerIs('blocked');
    await gesture(person.page);
    await person.page.waitForSelector('#player[data-state="stopped"]');
    assert.equal(await person.clips('[data-state="heard"]').count(), 1);
    await everybodyIsFine(person);
  }
  await everybodyIsFine(ann);
});

test('a clip that the browser blocked sounds when the microphone opens after it', async () => {
  await here.site.makeThread('late', INI);
  const ann = await here.person('Ann', 'late');
  await ann.recordAndUpload(1);
  await ann.hasClips(1);
  const id = await ann.clips().getAttribute('data-clip');
  const bob = await here.visitor('Bob');
  await bob.page.addInitScript(() => localStorage.setItem('mozchat.keepReady', 'true'));
  await bob.page.addInitScript(() => {
    const opened = new Promise((resolve) => (globalThis.openMicrophone = resolve));
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (wanted) => {
      await opened;
      return ask(wanted);
    };
  });
  const loading = bob.page.waitForRequest(/\/media1\//);
  await bob.page.goto(`${here.site.url}?user=Bob&realm=late&clip=${id}`);
  await loading;
  await bob.playerIs('blocked');
  await bob.page.evaluate(() => globalThis.openMicrophone());
  await bob.page.waitForSelector('#clips li[data-state="heard"]');
  await everybodyIsFine(ann, bob);
});

test('who denies the microphone is told so and still hears', async () => {
  await here.site.makeThread('denied', INI);
  const ann = await here.person('Ann', 'denied');
  const bob = await here.visitor('Bob', { permissions: [] });
  await bob.page.addInitScript(() => {
    const denied = () => Promise.reject(new DOMException('denied', 'NotAllowedError'));
    Object.defineProperty(navigator.mediaDevices, 'getUserMedia', { value: denied });
  });
  await bob.enter(here.site.url, 'denied');
  await bob.page.click('#record');
  await bob.recorderIs('denied');
  assert.equal(await bob.page.isVisible('#recorder-problem'), true);
  await ann.recordAndUpload(1);
  await bob.playerIs('playing');
  await everybodyIsFine(ann, bob);
});

test('the space bar records, but not while one writes', async () => {
  await here.site.makeThread('space', INI);
  const ann = await here.person('Ann', 'space');
  await ann.page.fill('#record-description', 'a');
  await ann.page.press('#record-description', 'Space');
  assert.equal(await ann.page.inputValue('#record-description'), 'a ');
  assert.equal(await ann.page.getAttribute('#recorder', 'data-state'), 'idle');
  await ann.page.locator('#player-standby').focus();
  await ann.page.keyboard.down('Space');
  await ann.recorderIs('recording');
  await ann.page.waitForFunction(() => globalThis.mozchat.recorder.seconds > 1);
  await ann.page.keyboard.up('Space');
  await ann.recorderIs('recorded');
  assert.equal(await ann.page.getAttribute('#player-standby', 'aria-pressed'), 'false');
  await everybodyIsFine(ann);
});

test('a link leads to its room by a name alone, and the same person goes straight in from a new tab', async () => {
  await here.site.makeThread('party', `${INI}title="The party"\n`);
  const ann = await here.visitor('Ann');
  await ann.page.goto(`${here.site.url}?realm=party`);
  await ann.page.waitForFunction(
    () => document.querySelector('#entry-room-title')?.textContent === 'The party',
  );
  assert.equal(await ann.page.isVisible('#entry-realm'), false);
  await ann.page.fill('#entry-user', 'Ann');
  await ann.page.keyboard.press('Enter');
  await ann.isIn();
  const tab = await ann.page.context().newPage();
  await tab.goto(`${here.site.url}?realm=party`);
  await tab.waitForSelector('#app:not([hidden])');
  await tab.close();
  // Whoever leaves is out until the name is said again, also after a reload.
  await ann.page.click('#leave');
  await ann.page.waitForSelector('#entry-user');
  await ann.page.reload();
  await ann.page.waitForSelector('#entry-user');
  assert.equal(await ann.page.isVisible('#app'), false);
  await everybodyIsFine(ann);
});

for (const name of ['Наша комната', 'Tom & Jerry’s, 100% + #1?']) {
  test(`a room may be called “${name}”: its folder and its link lead in, and clips and words go through it`, async () => {
    await here.site.makeThread(name, INI);
    const ann = await here.person('Ann', name);
    // The folder, as an admin gives its address to others.
    const bob = await here.visitor('Bob');
    await bob.page.goto(`${here.site.url}threads/${encodeURIComponent(name)}/`);
    await bob.page.fill('#entry-user', 'Bob');
    await bob.page.click('#entry-go');
    await bob.isIn();
    assert.equal(new URL(bob.page.url()).searchParams.get('realm'), name);
    await ann.recordAndUpload(1);
    await bob.hasClips(1);
    await bob.playerIs('playing');
    await bob.playerIs('stopped');
    const clip = await bob.page.evaluate(async () => {
      const { href } = document.querySelector('.clip-download');
      return (await fetch(href)).status;
    });
    assert.equal(clip, 200);
    await bob.page.fill('#chat-text', 'Привет');
    await bob.page.press('#chat-text', 'Enter');
    await ann.page.waitForSelector('.message:has-text("Привет")');
    // The link that invites.
    const cy = await here.visitor('Cy');
    await cy.page.goto(ann.page.url().replace(/user=[^&]*&?/, ''));
    await cy.page.fill('#entry-user', 'Cy');
    await cy.page.click('#entry-go');
    await cy.isIn();
    await ann.inMenu(ann.clips().first(), '.clip-delete');
    await ann.clips().first().locator('.clip-delete-confirm').click();
    await cy.hasClips(0);
    await bob.page.reload();
    await bob.isIn();
    await everybodyIsFine(ann, bob, cy);
  });
}

test('a dead link says so before anything is typed, and the other rooms are offered', async () => {
  const ann = await here.visitor('Ann');
  await ann.page.goto(`${here.site.url}?realm=nosuch`);
  await ann.page.waitForSelector('#entry-error:not([hidden])');
  assert.match(await ann.page.innerText('#entry-error'), /nosuch/);
  await ann.page.waitForSelector('#entry-rooms [data-room=mediaForum]');
  assert.equal(await ann.page.isVisible('#entry-realm'), true);
  await everybodyIsFine(ann);
});

test('the site’s address offers the rooms that want to be found, and a tap leads in', async () => {
  await here.site.makeThread('hidden', `${INI}title="A private room"\n`);
  const ann = await here.visitor('Ann');
  await ann.page.goto(here.site.url);
  await ann.page.waitForSelector('#entry-rooms [data-room=audioStream]');
  assert.doesNotMatch(await ann.page.innerText('#entry-rooms'), /private/);
  await ann.page.fill('#entry-user', 'Ann');
  await ann.page.click('#entry-rooms [data-room=audioStream]');
  await ann.isIn();
  assert.match(ann.page.url(), /realm=audioStream/);
  await everybodyIsFine(ann);
});

/** As the ready audioStream. */
const LIVE = INI.replace(
  'maxClipSizeSec=10',
  'maxClipSizeSec=1\nallowStream=1\nplayNew=1\nonRecorded="upload"',
);

test('from a link to being heard it takes a name, two taps and the browser’s permission', async () => {
  await here.site.makeThread('taps', LIVE);
  const ann = await here.person('Ann', 'taps');
  const bob = await here.visitor('Bob', { isMobile: true, hasTouch: true });
  const { page } = bob;
  await page.addInitScript(() => {
    globalThis.taps = 0;
    globalThis.asked = 0;
    addEventListener('pointerdown', () => (globalThis.taps += 1), true);
    const { mediaDevices } = navigator;
    const ask = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = (wanted) => {
      globalThis.asked += 1;
      return ask(wanted);
    };
  });
  await page.goto(`${here.site.url}?realm=taps`);
  // The name's field has the focus already.
  await page.waitForSelector('#entry-user:focus');
  await page.keyboard.type('Bob');
  await page.tap('#entry-go');
  await bob.isIn();
  await page.tap('#record');
  // Ann's player says whose voice it plays.
  await ann.page.waitForSelector('#online li[data-user="Bob"][data-talking="true"]');
  const { taps, asked } = await page.evaluate(() => ({
    taps: globalThis.taps,
    asked: globalThis.asked,
  }));
  console.log(`# taps until one is heard: ${taps}; the microphone was asked for ${asked} times`);
  assert.deepEqual([taps, asked], [2, 1]);
  await page.tap('#record');
  await everybodyIsFine(ann, bob);
});
