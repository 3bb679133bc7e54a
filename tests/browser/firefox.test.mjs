// Firefox, and Firefox together with Chromium: what one of them sends the other plays, and they call each other.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Caller } from './support/caller.mjs';
import { flaws } from './support/chirp.mjs';
import { HEARD, heard, listenTo } from './support/ears.mjs';
import { FirefoxPage, startFirefox } from './support/firefox.mjs';
import { loudness, probe, samples, whereIs } from './support/media.mjs';
import { Person } from './support/people.mjs';
import { asked, isPushed, say } from './support/pushed.mjs';
import { scene } from './support/scene.mjs';
import { Serve } from './support/serve.mjs';
import { FIRST_WORD, giveSlowMicrophone, openLate } from './support/slow-microphone.mjs';

const INI = `[common]
mediaFolder=media1
maxBlobBytes=500000
maxMediaFolderBytes=4000000
messageLifetimeSec=3600
clipLifetimeSec=3600
[client]
allowVideo=1
maxClipSizeSec=10
pollFactor=10
iceString="[]"
`;
const here = scene();
/** @type {Awaited<ReturnType<typeof startFirefox>>} */
let firefox;
before(async () => (firefox = await startFirefox()));
after(() => firefox?.stop());

/** Fay, who uses Firefox, and Carl, who uses Chromium, in a thread. @param {string} thread */
async function both(thread, ini = INI) {
  await here.site.makeThread(thread, ini);
  const fay = new Person('Fay', new FirefoxPage(await firefox.browser.newPage()));
  await fay.enter(here.site.url, thread);
  const carl = await here.person('Carl', thread);
  await fay.page.waitForSelector('#online li[data-user="Carl"]');
  return { fay, carl };
}

/** @param {Person[]} people */
async function end(...people) {
  for (const person of people) {
    person.isFine();
    await person.page.context().close();
  }
}

/** Waits until somebody's player has really played the clip of another, to its end. @param {Person} person @param {string} author */
const plays = (person, author) =>
  person.page.waitForSelector(`#clips li[data-author="${author}"][data-state="heard"]`);

test('clips: each plays what the other has recorded', async () => {
  const { fay, carl } = await both('clips');
  await fay.recordAndUpload(2);
  await plays(carl, 'Fay');
  const media = join(here.site.thread('clips'), 'media1');
  const [clip] = await readdir(media);
  const { codecs, duration } = await probe(join(media, clip));
  assert.deepEqual(codecs, ['opus']);
  assert.ok(duration > 1.8 && duration < 3.5, `${duration} s`);
  const sound = await samples(join(media, clip));
  const [tone, between] = [440, 600].map((frequency) => loudness(sound, frequency));
  console.log(`# from Firefox: ${clip}: ${duration} s; 440 Hz ${tone}, 600 Hz ${between}`);
  assert.ok(tone > 50 * between, 'the tone of its microphone is in it');
  const { first, seconds } = whereIs(sound, 440);
  console.log(`# its first recording: the tone after ${first} s, for ${seconds} s`);
  assert.ok(first < 0.1 && seconds > duration - 0.15, 'from beginning to end');
  const heard = await firefox.hear(async () => {
    await carl.recordAndUpload(2);
    await plays(fay, 'Carl');
  });
  const levels = [440, 880, 600].map((frequency) => loudness(heard, frequency));
  console.log(
    `# from Firefox’s loudspeaker: 440 Hz ${levels[0]}, 880 Hz ${levels[1]}, 600 Hz ${levels[2]}`,
  );
  assert.ok(Math.min(levels[0], levels[1]) > 20 * levels[2], 'both of Carl’s tones are heard');
  await end(fay, carl);
});

test('clips: the first word is in it, however late the microphone gives sound', async () => {
  await here.site.makeThread('slow', INI);
  const fay = new Person('Fay', new FirefoxPage(await firefox.browser.newPage()));
  await giveSlowMicrophone(fay);
  await openLate(fay);
  await fay.enter(here.site.url, 'slow');
  await fay.recordAndUpload(1);
  const media = join(here.site.thread('slow'), 'media1');
  const [clip] = await readdir(media);
  const { first, seconds } = whereIs(await samples(join(media, clip)), FIRST_WORD.frequency);
  console.log(`# the first word: after ${first} s, ${seconds} s of ${FIRST_WORD.seconds} s`);
  assert.ok(seconds > FIRST_WORD.seconds - 0.04, `only ${seconds} s of it`);
  await end(fay);
});

test('streams with a picture: each sees and hears the other, Firefox’s without gaps', async () => {
  const film = `${INI}maxClipSizeSec=2\nallowStream=1\nonRecorded=upload\nvideoOn=1\n`;
  await here.site.makeThread('film', film.replace('maxClipSizeSec=10\n', ''));
  const fay = new Person('Fay', new FirefoxPage(await firefox.browser.newPage()));
  const carl = await here.visitor('Carl', HEARD);
  await listenTo(carl);
  for (const person of [fay, carl]) await person.enter(here.site.url, 'film');
  for (const [from, to] of [
    [fay, carl],
    [carl, fay],
  ]) {
    await from.record(() =>
      to.page.waitForFunction(() => {
        const { videoWidth, currentTime } = document.querySelector('#stage .front') ?? {};
        return videoWidth > 0 && currentTime > 0;
      }),
    );
    await from.recorderIs('idle');
    await plays(to, from.name);
    await to.playerIs('stopped');
    if (to !== carl) continue;
    const { samples: sound, rate } = await heard(carl);
    // Its tone is a soft one, and does not rise: it can't tell what is missing or there twice.
    const { seconds, silences } = flaws(
      sound.map((sample) => 5 * sample),
      rate,
    );
    console.log(`# from Firefox: ${seconds.toFixed(2)} s, silences ${silences}`);
    assert.ok(Math.max(0, ...silences) < 30, `silent for ${silences} ms`);
  }
  await end(fay, carl);
});

test('chat: messages go both ways and are marked as delivered; addresses are links', async () => {
  const { fay, carl } = await both('chat');
  for (const [from, to] of [
    [fay, carl],
    [carl, fay],
  ]) {
    await new Caller(from).choose(to.name);
    await from.page.fill('#chat-text', `to ${to.name}: https://example.org/`);
    await from.page.press('#chat-text', 'Enter');
    await to.page.waitForSelector(`#messages li[data-author="${from.name}"] a`);
    await from.page.waitForSelector('#messages li[data-mine="true"][data-state="delivered"]');
  }
  await end(fay, carl);
});

for (const [from, to] of [
  ['Firefox', 'Chromium'],
  ['Chromium', 'Firefox'],
]) {
  test(`a call from ${from} to ${to}: sound and pictures arrive at both`, async () => {
    const { fay, carl } = await both(`call-${from}`);
    const [caller, called] = (from === 'Firefox' ? [fay, carl] : [carl, fay]).map(
      (person) => new Caller(person),
    );
    await caller.choose(called.person.name);
    const began = Date.now();
    await caller.page.click('#call');
    await called.page.click('#answer');
    await Promise.all([caller.hears(), called.hears()]);
    console.log(`# ${from} to ${to}: sound at both after ${Date.now() - began} ms`);
    await caller.page.click('#mute');
    await called.hearsNothing();
    await caller.page.click('#mute');
    await called.hears();
    await Promise.all([caller.page.click('#camera'), called.page.click('#camera')]);
    await Promise.all([caller.sees(), called.sees()]);
    await called.page.click('#camera');
    await caller.page.waitForSelector('#remote-video', { state: 'hidden' });
    await caller.page.click('#hang-up');
    await called.is('ready');
    assert.equal(await called.words(), `${caller.person.name} has hung up`);
    await end(fay, carl);
  });
}

test('one can seek in a clip from the other browser', async () => {
  const { fay, carl } = await both('seek', INI.replace('pollFactor', 'playNew=0\npollFactor'));
  await carl.recordAndUpload(3);
  await fay.page.click('#clips .clip-play');
  await fay.page.waitForFunction(() => globalThis.mozchat.player.element.currentTime > 0.2);
  await fay.page.evaluate(() => {
    const seek = document.querySelector('#seek');
    seek.value = '2';
    for (const type of ['input', 'change']) seek.dispatchEvent(new Event(type, { bubbles: true }));
  });
  await fay.page.waitForFunction(() => {
    const { currentTime, duration } = globalThis.mozchat.player.element;
    return currentTime >= 2 && duration > 2.5 && duration < 4;
  });
  await end(fay, carl);
});

test('a page in Firefox that is reloaded in a call is noticed, and so is one in Chromium', async () => {
  const { fay, carl } = await both('reload');
  for (const [gone, left] of [
    [fay, carl],
    [carl, fay],
  ]) {
    const [caller, called] = [new Caller(left), new Caller(gone)];
    await caller.choose(gone.name);
    await caller.page.click('#call');
    await called.page.click('#answer');
    await Promise.all([caller.hears(), called.hears()]);
    const began = Date.now();
    await gone.page.reload();
    await caller.is('ready');
    console.log(`# ${gone.name} reloads: noticed after ${Date.now() - began} ms`);
    assert.ok(Date.now() - began < 6000);
    await gone.isIn();
  }
  await end(fay, carl);
});

test('the devices are named and chosen, and the choice is kept', async () => {
  const { fay, carl } = await both('devices');
  await fay.recordFor(1);
  await fay.page.click('#settings-open');
  await fay.page.waitForFunction(
    () => document.querySelectorAll('#device-audio option').length > 1,
  );
  const device = await fay.page.evaluate(
    () => document.querySelectorAll('#device-audio option')[1].value,
  );
  await fay.page.selectOption('#device-audio', device);
  await fay.page.click('#settings-close');
  await fay.page.click('#recorded-discard');
  await fay.page.reload();
  await fay.isIn();
  assert.equal(
    await fay.page.evaluate(() => JSON.parse(localStorage.getItem('mozchat.device.audio'))),
    device,
  );
  await fay.recordAndUpload(1);
  await plays(carl, 'Fay');
  await end(fay, carl);
});

test('where Firefox forbids sites to store anything, one comes in and sends a clip', async () => {
  const strict = await startFirefox({ 'network.cookie.cookieBehavior': 2 });
  try {
    await here.site.makeThread('strict', INI);
    const fay = new Person('Fay', new FirefoxPage(await strict.browser.newPage()));
    await fay.page.addInitScript(() => {
      globalThis.unhandled = [];
      addEventListener('unhandledrejection', ({ reason }) =>
        globalThis.unhandled.push(`${reason}`),
      );
    });
    await fay.enter(here.site.url, 'strict');
    const forbidden = await fay.page.evaluate(() => {
      try {
        return !localStorage;
      } catch {
        return true;
      }
    });
    assert.ok(forbidden, 'nothing can be stored');
    const carl = await here.person('Carl', 'strict');
    await fay.recordAndUpload(1);
    await plays(carl, 'Fay');
    assert.deepEqual(await fay.page.evaluate(() => globalThis.unhandled), []);
    // Firefox itself says in its console that it keeps no service worker, though the page takes that well.
    fay.isFine(/The browser keeps no clip|Storage access is restricted/);
    await end(carl);
  } finally {
    await strict.stop();
  }
});

test('two pages in Firefox with the hub: a clip, messages and a call come by themselves', async () => {
  const site = await Serve.start();
  const other = await startFirefox();
  try {
    await site.makeThread('hub', INI);
    const [fay, flo] = await Promise.all(
      [
        ['Fay', firefox],
        ['Flo', other],
      ].map(async ([name, { browser }]) => {
        const person = new Person(name, new FirefoxPage(await browser.newPage()));
        await person.enter(site.url, 'hub');
        await isPushed(person);
        return person;
      }),
    );
    await fay.recordFor(1);
    await fay.page.click('#recorded-upload');
    await plays(flo, 'Fay');
    for (const [from, to] of [
      [fay, flo],
      [flo, fay],
    ]) {
      await say(from, to.name, `to ${to.name}`);
      await to.page.waitForSelector(`#messages li[data-author="${from.name}"]`);
      await from.page.waitForSelector('#messages li[data-mine="true"][data-state="delivered"]');
    }
    const [caller, called] = [new Caller(fay), new Caller(flo)];
    await caller.choose('Flo');
    const began = Date.now();
    await fay.page.click('#call');
    await flo.page.click('#answer');
    await Promise.all([caller.hears(), called.hears()]);
    console.log(`# Firefox to Firefox by the hub: sound at both after ${Date.now() - began} ms`);
    await flo.page.click('#hang-up');
    await caller.is('ready');
    assert.deepEqual([await asked(fay), await asked(flo)], [0, 0], 'nobody looks for news');
    await end(fay, flo);
  } finally {
    await other.stop();
    await site.stop();
  }
});
