// Streams in other formats than the usual one: with a picture, and from browsers that record MP4. Measured, as in
// sound.test.mjs, at the listener's loudspeaker.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { lastOf, lengthOf } from '../../htdocs/js/container/frames.js';
import { Mp4Reader } from '../../htdocs/js/container/mp4-demuxer.js';
import { makeChirp } from './support/chirp.mjs';
import {
  fromItsBeginning,
  HEARD,
  hasHeardAll,
  hearUnchanged,
  hush,
  listenTo,
  measured,
  openSound,
} from './support/ears.mjs';
import { lookAtStage, seenOnStage } from './support/eyes.mjs';
import { probe, samples } from './support/media.mjs';
import { everybodyIsFine, scene } from './support/scene.mjs';
import { inOneOfSomeTries } from './support/tries.mjs';

const run = promisify(execFile);
const INI = `[common]
mediaFolder=media1
maxBlobBytes=400000
maxMediaFolderBytes=9000000
maxClipCount=60
clipLifetimeSec=600
[client]
allowStream=1
onRecorded=upload
pollFactor=10
`;
const SOUND = `${INI}maxClipSizeSec=1\n`;
const FILM = `${INI}maxClipSizeSec=2\nallowVideo=1\nvideoOn=1\n`;
const MOST_GAP_MS = 30;
const MOST_CLICK = 100;
/** Fifteen pictures a second; a browser on a busy machine shows some of them late. */
const MOST_STILL_MS = 400;

const here = scene({ sound: makeChirp });

/** @param {string} thread @param {string} ini */
async function speakerAndListener(thread, ini) {
  await here.site.makeThread(thread, ini);
  const [ann, bob] = [await here.visitor('Ann'), await here.visitor('Bob', HEARD)];
  await hearUnchanged(ann);
  await listenTo(bob);
  return { ann, bob };
}

/** Plays everything from the list, and listens. @param {import('./support/people.mjs').Person} bob @param {number} count @param {string} what */
async function fromTheList(bob, count, what) {
  await openSound(bob);
  await hush(bob);
  await bob.inMenu(bob.clips().first(), '.clip-play-from');
  await bob.playerIs('playing');
  await bob.playerIs('stopped');
  await hasHeardAll(bob, count);
  return measured(bob, what);
}

/** @param {string} thread */
const catalog = async (thread) =>
  JSON.parse(await readFile(join(here.site.thread(thread), 'catalog.json'), 'utf8'));

test('a stream with a picture is heard without gaps, and seen without anything black in between', () =>
  inOneOfSomeTries(here, 'film', async (thread) => {
    const { ann, bob } = await speakerAndListener(thread, FILM);
    for (const person of [ann, bob]) await person.enter(here.site.url, thread);
    await lookAtStage(bob);
    await fromItsBeginning(ann);
    await ann.recordFor(9);
    await ann.recorderIs('idle');
    const rows = await catalog(thread);
    await hasHeardAll(bob, rows.length);
    const live = await measured(bob, 'while it is spoken');
    assert.ok(Math.max(0, ...live.silences) < MOST_GAP_MS, `silent for ${live.silences} ms`);
    assert.ok(live.click < MOST_CLICK, `a click: ${live.click}`);
    const seen = await seenOnStage(bob);
    console.log(`# looks: ${seen.looks}, black: ${seen.black}, still at most ${seen.still} ms`);
    assert.ok(seen.looks > 100, 'it was looked at');
    assert.equal(seen.black, 0, 'nothing black');
    assert.ok(seen.still < MOST_STILL_MS, `the picture stood still for ${seen.still} ms`);
    await bob.picture('film');

    assert.ok(rows.length >= 4 && rows.length <= 6, `${rows.length} pieces`);
    for (const [file, , , , duration] of rows) {
      const found = await probe(join(here.site.thread(thread), 'media1', file));
      assert.deepEqual(found.codecs.toSorted(), ['opus', 'vp8']);
      assert.ok(Number(duration) < 2.1, `${duration} s`);
    }
    const later = await fromTheList(bob, rows.length, 'from the list');
    assert.deepEqual([later.silences, later.jumps], [[], []], 'nothing is missing, nothing twice');
    assert.ok(later.click < MOST_CLICK, `a click: ${later.click}`);
    await everybodyIsFine(ann, bob);
  }));

test('where a browser records MP4, its stream is heard without gaps, and nothing twice', async () => {
  const { ann, bob } = await speakerAndListener('mp4', SOUND);
  // As if Ann's browser could do nothing else.
  await ann.page.route('**/cgi-bin/thread.cgi*', async (route) => {
    const response = await route.fetch();
    const settings = await response.json();
    // The list of rooms comes from there, too.
    if (!settings.formats) return route.fulfill({ response });
    const formats = settings.formats.filter(({ mime }) => mime === 'audio/mp4');
    await route.fulfill({ response, json: { ...settings, formats } });
  });
  for (const person of [ann, bob]) await person.enter(here.site.url, 'mp4');
  await fromItsBeginning(ann);
  await ann.recordFor(6);
  await ann.recorderIs('idle');
  const rows = await catalog('mp4');
  assert.ok(rows.every(([file]) => file.endsWith('.m4a')));
  await hasHeardAll(bob, rows.length);
  const live = await measured(bob, 'while it is spoken');
  assert.ok(Math.max(0, ...live.silences) < MOST_GAP_MS, `silent for ${live.silences} ms`);
  const later = await fromTheList(bob, rows.length, 'from the list');
  assert.deepEqual([later.silences, later.jumps], [[], []], 'nothing is missing, nothing twice');
  assert.ok(later.click < MOST_CLICK, `a click: ${later.click}`);
  await everybodyIsFine(ann, bob);
});

test('where a recording can not be cut, what two pieces have in common is heard once', () =>
  inOneOfSomeTries(here, 'whole', async (thread) => {
    const { ann, bob } = await speakerAndListener(thread, FILM);
    // As in Firefox: one can't choose where a picture begins.
    await ann.page.addInitScript(() => {
      const { MediaRecorder } = globalThis;
      globalThis.MediaRecorder = class extends MediaRecorder {
        constructor(stream, { mimeType, audioBitsPerSecond, videoBitsPerSecond } = {}) {
          super(stream, { mimeType, audioBitsPerSecond, videoBitsPerSecond });
        }
      };
    });
    for (const person of [ann, bob]) await person.enter(here.site.url, thread);
    await lookAtStage(bob);
    await fromItsBeginning(ann);
    await ann.recordFor(7);
    await ann.recorderIs('idle');
    const rows = await catalog(thread);
    await hasHeardAll(bob, rows.length);
    const { silences } = await measured(bob, 'while it is spoken');
    assert.ok(Math.max(0, ...silences) < MOST_GAP_MS, `silent for ${silences} ms`);
    const seen = await seenOnStage(bob);
    console.log(`# looks: ${seen.looks}, black: ${seen.black}, still at most ${seen.still} ms`);
    assert.equal(seen.black, 0, 'nothing black');
    const later = await fromTheList(bob, rows.length, 'from the list');
    const told = rows.reduce((sum, [, , , , duration]) => sum + Number(duration), 0);
    const recorded = await secondsInFiles(
      thread,
      rows.map(([file]) => file),
    );
    console.log(`# of ${recorded.toFixed(2)} s in ${rows.length} clips, told ${told.toFixed(2)}`);
    assert.ok(later.seconds < recorded - 0.05 * rows.length, 'they overlap');
    assert.deepEqual([later.silences, later.jumps], [[], []], 'nothing is missing, nothing twice');
    await everybodyIsFine(ann, bob);
  }));

/** How much sound is in clips of a thread, each by itself. @param {string} thread @param {string[]} files */
async function secondsInFiles(thread, files) {
  const folder = join(here.site.thread(thread), 'media1');
  const sounds = await Promise.all(files.map((file) => samples(join(folder, file))));
  return sounds.reduce((sum, { length }) => sum + length / 48_000, 0);
}

/** What an older Safari's recorder makes of the chirp, in the pieces that our page cuts it into. @param {string} folder */
async function piecesOfAac(folder) {
  const [wav, mp4] = [join(folder, 'chirp.wav'), join(folder, 'aac.mp4')];
  await makeChirp(wav);
  const fragments = ['-movflags', 'empty_moov+default_base_moof', '-frag_duration', '200000'];
  const sound = ['-i', wav, '-t', '5', '-c:a', 'aac', '-b:a', '128k'];
  await run('ffmpeg', ['-v', 'error', '-y', ...sound, ...fragments, mp4]);
  const reader = new Mp4Reader();
  const frames = reader.push(new Uint8Array(await readFile(mp4)));
  const pieces = [];
  for (let [lead, from] = [[], 0]; from < frames.length; from += 46) {
    const piece = frames.slice(from, from + 46);
    const all = [...lead, ...piece];
    pieces.push({
      bytes: reader.write(all, lengthOf(lead)),
      duration: lengthOf(piece) / reader.rate,
    });
    lead = lastOf(all, reader.preRoll);
  }
  return pieces;
}

test('pieces of AAC, as older Safaris make them, are one sound again', async () => {
  const { bob } = await speakerAndListener('aac', `${SOUND}playNew=0\n`);
  await bob.enter(here.site.url, 'aac');
  const pieces = await piecesOfAac(here.site.folder);
  for (const [n, { bytes, duration }] of pieces.entries()) {
    const form = new FormData();
    const about = { act: 'uploadBlob', user: 'Sam', realm: 'aac', mime: 'audio/mp4', ext: 'm4a' };
    for (const [key, value] of Object.entries(about)) form.set(key, value);
    form.set('uploadId', `piece-of-aac-${n}`);
    form.set('duration', duration.toFixed(2));
    form.set('blob', new Blob([bytes], { type: 'audio/mp4' }), `${n}.m4a`);
    const answer = await fetch(`${here.site.url}cgi-bin/upload.cgi`, {
      method: 'POST',
      body: form,
    });
    assert.equal(answer.status, 200, await answer.text());
  }
  await bob.hasClips(pieces.length);
  const found = await fromTheList(bob, pieces.length, 'AAC');
  assert.deepEqual([found.silences, found.jumps], [[], []], 'nothing is missing, nothing twice');
  assert.ok(found.click < MOST_CLICK, `a click: ${found.click}`);
  assert.equal((await readdir(join(here.site.thread('aac'), 'media1'))).length, pieces.length);
  await everybodyIsFine(bob);
});
