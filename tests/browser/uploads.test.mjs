// Clips on their way up: a bad line loses none and doubles none; streaming sends one after another.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { STAIRS, loudest, makeStairs, probe, samples } from './support/media.mjs';
import { everybodyIsFine, scene } from './support/scene.mjs';

const LIMITS =
  'maxBlobBytes=500000\nmaxMediaFolderBytes=9000000\nmaxClipCount=0\nclipLifetimeSec=600';
const STOP = `[common]\nmediaFolder=media1\n${LIMITS}\n[client]\nmaxClipSizeSec=10\npollFactor=10\n`;
const STREAM = `${STOP}allowStream=1\nonRecorded=upload\n`.replace('Sec=10\np', 'Sec=1\np');
const UPLOAD = '**/cgi-bin/upload.cgi';
/** What Chromium says of a request that the test breaks. */
const BROKEN = /net::ERR_FAILED|ERR_CONNECTION|ERR_INTERNET_DISCONNECTED/;

/** The rows of a thread's catalog. */
async function catalog(site, thread) {
  return JSON.parse(
    await readFile(join(site.thread(thread), 'catalog.json'), 'utf8').catch(() => '[]'),
  );
}

describe('a bad line', () => {
  const here = scene();

  test('a clip whose upload failed is kept over a reload and goes up once', async () => {
    await here.site.makeThread('kept', STOP);
    const ann = await here.person('Ann', 'kept');
    await ann.page.route(UPLOAD, (route) => route.abort());
    await ann.page.fill('#record-description', 'kept');
    await ann.recordFor(1);
    await ann.recorderIs('recorded');
    await ann.page.click('#recorded-upload');
    await ann.page.waitForSelector('#outbox li[data-state="kept"]');
    assert.notEqual(await ann.page.innerText('#notice'), '', 'it is said so');
    assert.deepEqual(await catalog(here.site, 'kept'), []);
    await ann.page.unroute(UPLOAD);
    await ann.page.reload();
    if (await ann.page.isVisible('#entry-go')) await ann.page.click('#entry-go');
    await ann.isIn();
    await ann.hasClips(1);
    await ann.page.waitForSelector('#outbox li', { state: 'detached' });
    const rows = await catalog(here.site, 'kept');
    assert.deepEqual([rows.length, rows[0][1], rows[0][7]], [1, 'Ann', 'kept']);
    ann.isFine(BROKEN);
    await ann.page.context().close();
  });

  test('a clip whose answer was lost is not stored twice', async () => {
    await here.site.makeThread('lost', STOP);
    const ann = await here.person('Ann', 'lost');
    let tries = 0;
    await ann.page.route(UPLOAD, async (route) => {
      tries += 1;
      if (tries > 1) return route.continue();
      await route.fetch(); // It arrives, and its answer does not.
      return route.abort();
    });
    await ann.recordFor(1);
    await ann.recorderIs('recorded');
    await ann.page.click('#recorded-upload');
    await ann.recorderIs('idle');
    await ann.hasClips(1);
    await ann.page.waitForFunction(() => !document.querySelector('#outbox li'));
    await ann.page.waitForFunction(() => globalThis.mozchat.api.requests.upload >= 2);
    assert.ok(tries >= 2, `${tries} tries`);
    await ann.page.waitForSelector('#outbox-box', { state: 'hidden' });
    assert.equal((await catalog(here.site, 'lost')).length, 1);
    ann.isFine(BROKEN);
    await ann.page.context().close();
  });

  test('a page that was cut off finds back by itself', async () => {
    await here.site.makeThread('away', STOP);
    const [ann, bob] = [await here.person('Ann', 'away'), await here.person('Bob', 'away')];
    await bob.page.context().setOffline(true);
    await bob.page.waitForSelector('#connection[data-state="retrying"]');
    await ann.recordAndUpload(1);
    await bob.page.context().setOffline(false);
    await bob.hasClips(1);
    await bob.playerIs('playing');
    bob.isFine(BROKEN);
    await bob.page.context().close();
    await everybodyIsFine(ann);
  });
});

describe('streaming', () => {
  const here = scene({ sound: makeStairs });

  test('five seconds of speech arrive in pieces of one second, in order and without gaps', async () => {
    await here.site.makeThread('stream', STREAM);
    const ann = await here.person('Ann', 'stream');
    const bob = await here.person('Bob', 'stream');
    assert.equal(await ann.page.inputValue('#record-mode'), 'upload');
    await ann.record(async () => {
      await bob.playerIs('playing');
      assert.equal(await ann.page.getAttribute('#recorder', 'data-state'), 'recording');
      await ann.page.waitForFunction(() => globalThis.mozchat.recorder.seconds >= 5.2);
    });
    await ann.recorderIs('idle');
    const rows = await catalog(here.site, 'stream');
    assert.ok(rows.length >= 5 && rows.length <= 7, `${rows.length} pieces`);

    const { steps, first, rise, seconds } = STAIRS;
    const stairs = Array.from({ length: steps }, (_, step) => first + rise * step);
    const media = join(here.site.thread('stream'), 'media1');
    const pieces = [];
    for (const [file] of rows) {
      const sound = await samples(join(media, file));
      const { duration } = await probe(join(media, file));
      const at = (part) => loudest(sound.subarray(...part), stairs);
      const third = Math.floor(sound.length / 3);
      pieces.push({ duration, begins: at([0, third]), ends: at([sound.length - third]) });
    }
    console.log(
      '# pieces:',
      pieces.map((p) => `${p.duration} s ${p.begins}-${p.ends} Hz`).join(', '),
    );
    for (const [index, piece] of pieces.entries()) {
      assert.ok(piece.begins <= piece.ends, 'time goes on in a piece');
      const before = pieces[index - 1];
      if (!before) continue;
      const steps = (piece.begins - before.ends) / rise;
      assert.ok(steps >= -1 && steps <= 2, `after ${before.ends} Hz comes ${piece.begins} Hz`);
    }
    const spoken = pieces.reduce((sum, { duration }) => sum + duration, 0);
    const climbed = ((pieces.at(-1).ends - pieces[0].begins) / rise + 1) * seconds;
    assert.ok(spoken > 5 && climbed > 4 && climbed < 7, `${spoken} s, ${climbed} s`);

    await bob.hasClips(rows.length);
    await bob.page.waitForFunction(
      (count) => document.querySelectorAll('#clips li[data-state="heard"]').length === count,
      rows.length,
    );
    assert.equal((await readdir(media)).length, rows.length);
    await everybodyIsFine(ann, bob);
  });
});
