// Pages and the hub: https and wss under Apache. The hub comes and goes, and nobody loses anything or sees it twice.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Caller } from './support/caller.mjs';
import { asked, heard, hears, isPushed, say } from './support/pushed.mjs';
import { HubSite } from './support/hub.mjs';
import { scene } from './support/scene.mjs';

const INI = `[common]
mediaFolder=media1
maxBlobBytes=500000
messageLifetimeSec=3600
[client]
pollFactor=10
iceString="[]"
`;
/** What a browser says of a hub that isn't there, and of a service worker from a site with a certificate like ours. */
const AWAY = /WebSocket connection to '[^']*' failed|SSL certificate error/;

for (const [name, how] of Object.entries({
  'behind Apache': {},
  'on its own port': { ownPort: true },
})) {
  describe(`a hub ${name}`, () => {
    const here = scene({ site: { start: () => HubSite.start(how) } });

    /** @param {string} thread @param {string[]} names */
    async function people(thread, ...names) {
      await here.site.makeThread(thread, INI);
      const all = [];
      for (const one of names) {
        all.push(await here.person(one, thread, { ignoreHTTPSErrors: true }));
        await isPushed(all.at(-1));
      }
      return all;
    }

    /** @param {import('./support/people.mjs').Person[]} all */
    async function allFine(...all) {
      for (const person of all) {
        person.isFine(AWAY);
        await person.page.context().close();
      }
    }

    test('everything comes by itself, and nobody asks for anything', async () => {
      const [ann, bob] = await people('room', 'Ann', 'Bob');
      await ann.page.waitForSelector('#online li[data-user="Bob"]');
      await ann.recordAndUpload(1);
      await bob.hasClips(1);
      await say(ann, 'Bob', 'to Bob');
      await hears(bob, 'Ann', 'to Bob');
      await say(bob, '*', 'to all');
      await hears(ann, 'Bob', 'to all');
      await ann.page.waitForSelector('#messages li[data-state="delivered"]');
      const [caller, called] = [new Caller(ann), new Caller(bob)];
      await caller.choose('Bob');
      await ann.page.click('#call');
      await bob.page.click('#answer');
      await Promise.all([caller.hears(), called.hears()]);
      await ann.page.click('#hang-up');
      await called.is('ready');
      const log = await readFile(join(here.site.thread('room'), 'calls.csv'), 'utf8');
      assert.match(log, /;Ann;[^;]*;Bob;[^;]*;[^;]*;[a-z]{10,};\d+;hang-up/);
      assert.deepEqual([await asked(ann), await asked(bob)], [0, 0]);
      await Promise.all([here.site.hasNoMail('room', 'Ann'), here.site.hasNoMail('room', 'Bob')]);
      await bob.page.goto('about:blank');
      await ann.page.waitForSelector('#online li[data-user="Bob"]', { state: 'detached' });
      await allFine(ann, bob);
    });

    if (name === 'on its own port') return;

    test('a conversation survives the hub’s sudden death and its return', async () => {
      const [ann, bob] = await people('talk', 'Ann', 'Bob');
      const wanted = Array.from({ length: 30 }, (_, n) => `number ${n}.`);
      for (const [n, text] of wanted.entries()) {
        await Promise.all([
          say(ann, 'Bob', text),
          say(bob, 'Ann', text),
          n === 8 && here.site.endHub(),
        ]);
        // The two keep pace with each other, so that some are said with the hub, some without, and some between.
        if (n % 4 === 0) await Promise.all([hears(ann, 'Bob', text), hears(bob, 'Ann', text)]);
        if (n === 20) await here.site.startHub();
        if (n === 24) await Promise.all([isPushed(ann), isPushed(bob)]);
      }
      await Promise.all([hears(ann, 'Bob', wanted.at(-1)), hears(bob, 'Ann', wanted.at(-1))]);
      assert.deepEqual(await heard(bob, 'Ann'), wanted);
      assert.deepEqual(await heard(ann, 'Bob'), wanted);
      await allFine(ann, bob);
    });

    test('a call survives it, too, and one can be made and ended meanwhile', async () => {
      const [ann, bob] = await people('call', 'Ann', 'Bob');
      const [caller, called] = [new Caller(ann), new Caller(bob)];
      await caller.choose('Bob');
      await ann.page.click('#call');
      await called.is('ringing');
      await here.site.endHub();
      await bob.page.click('#answer');
      await Promise.all([caller.hears(), called.hears()]);
      await here.site.startHub();
      await Promise.all([isPushed(ann), isPushed(bob)]);
      await here.site.endHub();
      await Promise.all([isPushed(ann, false), isPushed(bob, false)]);
      await Promise.all([caller.hears(), called.hears()]);
      await bob.page.click('#hang-up');
      await caller.is('ready');
      await ann.page.click('#call');
      await bob.page.click('#answer');
      await Promise.all([caller.hears(), called.hears()]);
      await here.site.startHub();
      await isPushed(ann);
      await ann.page.click('#hang-up');
      await called.is('ready');
      await allFine(ann, bob);
    });

    test('a hub that says goodbye is left, one that hangs is given up, and clips come all the same', async () => {
      const [ann, bob] = await people('clips', 'Ann', 'Bob');
      await here.site.endHub('SIGTERM');
      await isPushed(bob, false);
      await ann.recordAndUpload(1);
      await bob.hasClips(1);
      await here.site.startHub();
      await Promise.all([isPushed(ann), isPushed(bob)]);
      await here.site.hangHub('clips');
      await say(ann, 'Bob', 'anybody there?');
      await hears(bob, 'Ann', 'anybody there?');
      await ann.recordAndUpload(1);
      await bob.hasClips(2);
      here.site.continueHub();
      await Promise.all([isPushed(ann), isPushed(bob)]);
      await ann.recordAndUpload(1);
      await bob.hasClips(3);
      assert.deepEqual(await heard(bob, 'Ann'), ['anybody there?']);
      await allFine(ann, bob);
    });
  });
}
