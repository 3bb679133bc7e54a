// What a listener hears of somebody who speaks in clips of a second: measured at the loudspeaker.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeChirp } from './support/chirp.mjs';
import {
  fromItsBeginning,
  HEARD,
  hasHeardAll,
  hearUnchanged,
  listenTo,
  measured,
  openSound,
} from './support/ears.mjs';
import { everybodyIsFine, scene } from './support/scene.mjs';

const STREAM = `[common]
mediaFolder=media1
maxBlobBytes=50000
maxMediaFolderBytes=1000000
maxClipCount=60
clipLifetimeSec=600
[client]
allowStream=1
onRecorded=upload
maxClipSizeSec=1
pollFactor=10
`;
/** What is lost between two clips by one media element after the other is some hundred milliseconds. */
const MOST_GAP_MS = 30;
/** Twenty to thirty where nothing is wrong; a sample that is where it should not be makes thousands. */
const MOST_CLICK = 100;

const here = scene({ sound: makeChirp });

/** Two in a thread, of whom one speaks a tone and the other is listened to. @param {string} thread @param {string} [more] */
async function speakerAndListener(thread, more = '') {
  await here.site.makeThread(thread, STREAM + more);
  const [ann, bob] = [await here.visitor('Ann'), await here.visitor('Bob', HEARD)];
  await hearUnchanged(ann);
  await listenTo(bob);
  for (const person of [ann, bob]) await person.enter(here.site.url, thread);
  return { ann, bob };
}

test('one who speaks on and on in clips of a second is heard without gaps and clicks', async () => {
  const { ann, bob } = await speakerAndListener('live');
  await fromItsBeginning(ann);
  await ann.recordFor(8);
  await ann.recorderIs('idle');
  await hasHeardAll(bob, 8);
  const { silences, click } = await measured(bob, 'while it is spoken');
  assert.ok(Math.max(0, ...silences) < MOST_GAP_MS, `silent for ${silences} ms`);
  assert.ok(click < MOST_CLICK, `a click: ${click}`);

  // Whoever comes later hears the same from the list, in the tempo in which it was spoken.
  const eve = await here.visitor('Eve', HEARD);
  await listenTo(eve);
  await eve.enter(here.site.url, 'live');
  await openSound(eve);
  await eve.inMenu(eve.clips().first(), '.clip-play-from');
  await hasHeardAll(eve, 8);
  const later = await measured(eve, 'from the list');
  assert.deepEqual(
    [later.silences, later.jumps],
    [[], []],
    'nothing is missing, nothing is there twice',
  );
  assert.ok(later.click < MOST_CLICK, `a click: ${later.click}`);
  const catalog = JSON.parse(
    await readFile(join(here.site.thread('live'), 'catalog.json'), 'utf8'),
  );
  const recorded = catalog.reduce((sum, [, , , , duration]) => sum + Number(duration), 0);
  // What is measured is without a little of its beginning and end.
  assert.ok(Math.abs(later.seconds - recorded) < 0.1, `${later.seconds} s of ${recorded} s`);
  await everybodyIsFine(ann, bob, eve);
});

test('pieces of a stream obey the player: pause, tempo, seeking, stopping after this one', async () => {
  const { ann, bob } = await speakerAndListener('obey', 'playNew=0\nshowMore=1\n');
  await ann.recordFor(5);
  await ann.recorderIs('idle');
  await bob.page.waitForFunction(
    () => document.querySelectorAll('#clips li[data-clip]').length >= 5,
  );
  const position = () => bob.page.evaluate(() => globalThis.mozchat.player.position);
  const clip = () => bob.page.evaluate(() => globalThis.mozchat.player.clip?.id);

  await bob.inMenu(bob.clips().first(), '.clip-play-from');
  await bob.playerIs('playing');
  await bob.page.click('#player-pause');
  await bob.playerIs('paused');
  assert.equal(await bob.clips('[data-state="paused"][aria-current]').count(), 1);
  const [stands, at] = [await clip(), await position()];
  await bob.page.waitForTimeout(1500);
  assert.deepEqual([await clip(), await position()], [stands, at], 'it stands still');
  await bob.page.locator('#seek').fill('0.1');
  await bob.page.click('#player-pause');
  await bob.playerIs('playing');
  await bob.page.selectOption('#player-rate', '2');
  await bob.page.click('#player-stop-after');
  await bob.playerIs('stopped');
  assert.equal(await bob.clips('[data-state="heard"]').count(), 1, 'only the first one');

  const began = Date.now();
  await bob.inMenu(bob.clips().first(), '.clip-play-from');
  await hasHeardAll(bob, 5);
  const seconds = (Date.now() - began) / 1000;
  assert.ok(seconds < 4, `five seconds in ${seconds} s, at twice the tempo`);
  await everybodyIsFine(ann, bob);
});

test('a browser that lets nothing sound before a gesture is asked again after it', async () => {
  const { ann, bob } = await speakerAndListener('shy');
  // Without a gesture and a microphone, and with nothing evaluated in the page, which counts as a gesture.
  const eve = await here.visitor('Eve', { ...HEARD, permissions: [] });
  await listenTo(eve);
  await eve.page.goto(`${here.site.url}?realm=shy&user=Eve`);
  await ann.page.waitForSelector('#online li[data-user="Eve"]');
  await ann.recordFor(3);
  await ann.recorderIs('idle');
  await eve.playerIs('blocked');
  await eve.page.click('#unblock');
  await hasHeardAll(eve, 3);
  const { seconds } = await measured(eve, 'after the gesture');
  // The first clip is an element's, which began before anybody could listen to it.
  assert.ok(seconds > 1.5, `${seconds} s`);
  await everybodyIsFine(ann, bob, eve);
});

test('where the browser stops the sound graph for good, as a locked phone does, clips play on', async () => {
  const { ann } = await speakerAndListener('locked');
  await ann.recordFor(5);
  await ann.recorderIs('idle');
  const eve = await here.visitor('Eve');
  await eve.page.addInitScript(() => {
    const { AudioContext } = globalThis;
    globalThis.contexts = [];
    globalThis.AudioContext = class extends AudioContext {
      constructor(...options) {
        super(...options);
        globalThis.contexts.push(this);
      }
    };
  });
  await eve.enter(here.site.url, 'locked');
  await eve.inMenu(eve.clips().first(), '.clip-play-from');
  await eve.page.waitForSelector('#clips li[data-state="heard"]');
  await eve.page.evaluate(() => {
    for (const context of globalThis.contexts) {
      context.resume = () => new Promise(() => {});
      context.suspend();
    }
  });
  await eve.page.waitForFunction(() => globalThis.mozchat.player.element.currentTime > 0);
  await hasHeardAll(eve, 5);
  await everybodyIsFine(ann, eve);
});
