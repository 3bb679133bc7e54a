// WebKit (WebKitGTK), and WebKit together with Chromium: what one of them sends the other plays.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Caller } from './support/caller.mjs';
import { loudness, probe, samples } from './support/media.mjs';
import { asked, isPushed, say } from './support/pushed.mjs';
import { scene } from './support/scene.mjs';
import { Serve } from './support/serve.mjs';
import { startWebKit } from './support/webkit.mjs';

const run = promisify(execFile);
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
/** @type {Awaited<ReturnType<typeof startWebKit>>} */
let webkit;
before(async () => (webkit = await startWebKit('Wanda')));
after(() => webkit?.stop());

/** Wanda, who uses WebKit, and Carl, who uses Chromium, in a thread. @param {string} thread */
async function both(thread, ini = INI) {
  await here.site.makeThread(thread, ini);
  const wanda = webkit.person;
  await wanda.enter(here.site.url, thread);
  const carl = await here.person('Carl', thread);
  await wanda.page.waitForSelector('#online li[data-user="Carl"]');
  return { wanda, carl };
}

/** @param {import('./support/people.mjs').Person} wanda @param {...import('./support/people.mjs').Person} others */
async function end(wanda, ...others) {
  await webkit.page.complain();
  for (const person of [wanda, ...others]) {
    person.isFine();
    await person.page.context().close();
  }
}

/** What the catalog says of the last clip. @param {string} thread */
async function newest(thread) {
  const text = await readFile(join(here.site.thread(thread), 'catalog.json'), 'utf8');
  const [clip, , , , duration] = JSON.parse(text).at(-1);
  return { clip, duration: Number(duration) };
}

/** The boxes of an MP4, by their names. @param {string} path */
async function boxes(path) {
  const file = await readFile(path);
  const names = [];
  for (let at = 0; at < file.length; at += file.readUInt32BE(at))
    names.push(file.toString('latin1', at + 4, at + 8));
  return names.join(' ');
}

/** Waits until somebody's player has really played the clip of another, to its end. @param {import('./support/people.mjs').Person} person @param {string} author */
const plays = (person, author) =>
  person.page.waitForSelector(`#clips li[data-author="${author}"][data-state="heard"]`);

test('the page opens at once, and once', async () => {
  await here.site.makeThread('opens', INI);
  await webkit.page.goto(`${here.site.url}?user=Wanda&realm=opens`);
  await webkit.person.isIn();
  const seen = await webkit.page.evaluate(() => ({
    incomplete: !document.querySelector('#incomplete').hidden,
    reloaded: performance.getEntriesByType('navigation')[0]?.type === 'reload',
  }));
  assert.deepEqual(seen, { incomplete: false, reloaded: false });
  await end(webkit.person);
});

test('clips: each plays what the other has recorded, from its first word to its last', async () => {
  const { wanda, carl } = await both('clips');
  const media = join(here.site.thread('clips'), 'media1');
  // Its recorder gives out a second at a time, and may lose the last one: both short and long ones are whole.
  for (const seconds of [0.7, 2.4, 1.6]) {
    await wanda.recordAndUpload(seconds);
    const { clip, duration } = await newest('clips');
    const found = await probe(join(media, clip));
    assert.deepEqual(found.codecs, ['aac']);
    const heard = (await samples(join(media, clip))).length / 48_000;
    console.log(
      `# from WebKit: ${seconds} s or more: ${duration} s, of which ${heard} s are sound`,
    );
    assert.ok(heard > seconds - 0.05, `only ${heard} s of ${seconds} s`);
    assert.ok(Math.abs(heard - duration) < 0.1, `${duration} s were told`);
    assert.equal(await boxes(join(media, clip)), 'ftyp moov mdat', 'a plain file');
    await plays(carl, 'Wanda');
  }
  const heard = await webkit.hear(async () => {
    await carl.recordAndUpload(2);
    await plays(wanda, 'Carl');
  });
  const levels = [440, 880, 600].map((frequency) => loudness(heard, frequency));
  console.log(`# from WebKit’s loudspeaker: 440, 880, 600 Hz: ${levels}`);
  assert.ok(Math.min(levels[0], levels[1]) > 20 * levels[2], 'both of Carl’s tones are heard');
  await end(wanda, carl);
});

test('a picture from Chromium is seen, whether it came in pieces or whole', async () => {
  for (const [thread, more] of [
    ['whole', ''],
    ['pieces', 'allowStream=1\nonRecorded=upload\n'],
  ]) {
    const { wanda, carl } = await both(thread, `${INI}videoOn=1\n${more}`);
    await wanda.page.evaluate(() => {
      const look = ({ target }) => {
        if (target.videoWidth > 0 && target.currentTime > 0) globalThis.hasSeen = true;
      };
      for (const type of ['playing', 'timeupdate']) document.addEventListener(type, look, true);
    });
    if (more) await carl.recordFor(2);
    else await carl.recordAndUpload(2);
    await plays(wanda, 'Carl');
    assert.ok(await wanda.page.evaluate(() => globalThis.hasSeen), 'the picture was seen');
    const { clip } = await newest(thread);
    const { stdout } = await run('ffprobe', [
      ...['-v', 'error', '-show_entries', 'stream_tags=alpha_mode', '-of', 'csv=p=0'],
      join(here.site.thread(thread), 'media1', clip),
    ]);
    assert.equal(stdout.trim(), '', 'it claims no alpha channel');
    await end(wanda, carl);
  }
});

test('who records a picture there sees it, and is offered sound alone, since its recorder gives nothing', async () => {
  await here.site.makeThread('picture', `${INI}videoOn=1\n`);
  const wanda = webkit.person;
  await wanda.enter(here.site.url, 'picture');
  await wanda.record(async () => {
    await wanda.page.waitForFunction(() => {
      const preview = document.querySelector('#record-preview');
      return !preview.hidden && preview.videoWidth > 0 && preview.currentTime > 0;
    });
    await wanda.recorderIs('idle');
  });
  const seen = await wanda.page.evaluate(() => ({
    kind: document.querySelector('#record-kind').value,
    words: document.querySelector('#notice').innerText,
  }));
  assert.equal(seen.kind, 'audio');
  assert.match(seen.words, /can’t record a picture/);
  await wanda.picture('webkit-no-picture');
  await wanda.recordAndUpload(1);
  await wanda.hasClips(1);
  await end(wanda);
});

test('a microphone that goes away leaves what it has heard', async () => {
  await here.site.makeThread('gone', INI);
  const wanda = webkit.person;
  await wanda.enter(here.site.url, 'gone');
  await wanda.page.evaluate(() => {
    const { mediaDevices } = navigator;
    const ask = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = async (what) => (globalThis.given = await ask(what));
  });
  await wanda.record(async () => {
    await wanda.page.waitForFunction(() => globalThis.mozchat.recorder.seconds > 3);
    await wanda.page.evaluate(() => {
      const [track] = globalThis.given.getTracks();
      track.stop();
      track.dispatchEvent(new Event('ended'));
    });
    await wanda.recorderIs('recorded');
  });
  const { size, duration } = await wanda.page.evaluate(() => {
    const { blob, duration: seconds } = globalThis.mozchat.recorder.clip;
    return { size: blob.size, duration: seconds };
  });
  assert.ok(size > 10_000 && duration >= 1.9, `${size} bytes, ${duration} s`);
  await end(wanda);
});

test('a stream from WebKit is heard while it is spoken, and a stream from Chromium there', async () => {
  const { wanda, carl } = await both(
    'stream',
    `${INI}allowStream=1\nonRecorded=upload\n`.replace('maxClipSizeSec=10', 'maxClipSizeSec=1'),
  );
  await wanda.record(() => plays(carl, 'Wanda'));
  await wanda.recorderIs('idle');
  await carl.record(() => plays(wanda, 'Carl'));
  await carl.recorderIs('idle');
  await end(wanda, carl);
});

test('chat: messages go both ways and are marked as delivered', async () => {
  const { wanda, carl } = await both('chat');
  for (const [from, to] of [
    [wanda, carl],
    [carl, wanda],
  ]) {
    await new Caller(from).choose(to.name);
    await from.page.fill('#chat-text', `to ${to.name}: https://example.org/`);
    await from.page.press('#chat-text', 'Enter');
    await to.page.waitForSelector(`#messages li[data-author="${from.name}"] a`);
    await from.page.waitForSelector('#messages li[data-mine="true"][data-state="delivered"]');
  }
  await end(wanda, carl);
});

test('news come over the hub at once, and its goodbye is understood', async () => {
  const site = await Serve.start();
  try {
    await site.makeThread('hub', INI);
    const wanda = webkit.person;
    await wanda.enter(site.url, 'hub');
    await isPushed(wanda);
    const carl = await here.visitor('Carl');
    await carl.enter(site.url, 'hub');
    const before = await asked(wanda);
    await say(carl, 'Wanda', 'over the hub');
    await wanda.page.waitForSelector('#messages li[data-author="Carl"]');
    assert.equal(await asked(wanda), before, 'nothing was asked for');
    await end(wanda, carl);
    await wanda.enter(site.url, 'hub');
    await isPushed(wanda);
  } finally {
    await site.stop();
  }
  await isPushed(webkit.person, false);
  await webkit.page.goto('about:blank');
});

test('a file from a phone is made to fit there, too', async () => {
  await here.site.makeThread('files', INI);
  const wanda = webkit.person;
  await wanda.enter(here.site.url, 'files');
  const path = join(here.site.folder, 'song.mp3');
  await run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'sine=d=2', path]);
  await wanda.page.setInputFiles('#file', path);
  await wanda.recorderIs('recorded');
  await wanda.page.click('#recorded-upload');
  await wanda.recorderIs('idle');
  const { clip, duration } = await newest('files');
  const sound = await samples(join(here.site.thread('files'), 'media1', clip));
  console.log(`# ${clip}: ${duration} s, ${sound.length / 48_000} s of sound`);
  assert.ok(Math.abs(sound.length / 48_000 - 2) < 0.2 && loudness(sound, 440) > 0.001);
  await end(wanda);
});
