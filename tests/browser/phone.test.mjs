// Two people call each other: sound and picture really arrive, and every way in which a call ends is noticed.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Caller } from './support/caller.mjs';
import { everybodyIsFine, scene } from './support/scene.mjs';

const INI = `[common]
mediaFolder=media1
messageLifetimeSec=3600
[client]
allowVideo=1
pollFactor=10
iceString="[]"
`;
const here = scene();

/** Two people in a thread of their own who have chosen each other. @param {string} thread */
async function two(thread, ini = INI) {
  await here.site.makeThread(thread, ini);
  const ann = new Caller(await here.person('Ann', thread));
  const bob = new Caller(await here.person('Bob', thread));
  await ann.choose('Bob');
  await bob.choose('Ann');
  return [ann, bob];
}

/** @param {Caller} ann @param {Caller} bob */
async function talk(ann, bob) {
  await ann.page.click('#call');
  await bob.page.click('#answer');
  await Promise.all([ann.is('talking'), bob.is('talking')]);
}

/** @param {Caller[]} callers */
const allFine = (...callers) => everybodyIsFine(...callers.map(({ person }) => person));

test('each hears the other, soon after CALL, for few requests', async () => {
  const [ann, bob] = await two('sound');
  await bob.page.click('#settings-open');
  await bob.page.check('#auto-answer');
  const before = [await ann.requests(), await bob.requests()];
  const began = Date.now();
  await ann.page.click('#call');
  await bob.hears();
  const took = Date.now() - began;
  await ann.hears();
  const spent = [await ann.requests(), await bob.requests()].map((now, i) => now - before[i]);
  console.log(`# CALL to sound: ${took} ms; programs run for Ann ${spent[0]}, for Bob ${spent[1]}`);
  assert.ok(Math.max(...spent) <= 4, `few requests: ${spent}`);
  await ann.page.click('#hang-up');
  await Promise.all([ann.is('ready'), bob.is('ready')]);
  assert.equal(await bob.words(), 'Ann has hung up');
  const log = await readFile(join(here.site.thread('sound'), 'calls.csv'), 'utf8');
  assert.match(log, /;(Ann|Bob);[^;]*;(Ann|Bob);[^;]*;[^;]*;[a-z]{10,};\d+;hang-up/);
  await allFine(ann, bob);
});

test('pictures arrive, and can be dropped and added by both at once', async () => {
  const [ann, bob] = await two('picture');
  await ann.page.check('#call-video');
  await ann.page.click('#call');
  await bob.page.click('#answer-video');
  await Promise.all([ann.sees(), bob.sees()]);
  await ann.page.click('#camera');
  await bob.page.waitForSelector('#remote-video', { state: 'hidden' });
  await bob.page.click('#camera');
  await ann.page.waitForSelector('#remote-video', { state: 'hidden' });
  await bob.is('talking');
  await Promise.all([ann.page.click('#camera'), bob.page.click('#camera')]);
  await Promise.all([ann.sees(), bob.sees()]);
  await ann.page.click('#hang-up');
  await bob.is('ready');
  await allFine(ann, bob);
});

test('two who call each other at once get one call', async () => {
  const [ann, bob] = await two('glare');
  await Promise.all([ann.page.click('#call'), bob.page.click('#call')]);
  await Promise.all([ann.is('talking'), bob.is('talking')]);
  await Promise.all([ann.hears(), bob.hears()]);
  assert.equal(await ann.sid(), await bob.sid());
  await bob.page.click('#hang-up');
  await ann.is('ready');
  await allFine(ann, bob);
});

test('who mutes is not heard', async () => {
  const [ann, bob] = await two('mute');
  await talk(ann, bob);
  await bob.hears();
  await ann.page.click('#mute');
  await ann.page.waitForSelector('#mute[aria-pressed="true"]');
  await bob.hearsNothing();
  await ann.page.click('#mute');
  await bob.hears();
  await allFine(ann, bob);
});

test('each sees when the other’s microphone or camera is off', async () => {
  const [ann, bob] = await two('off');
  await talk(ann, bob);
  await bob.hears();
  const reads = (words) =>
    bob.page.waitForFunction((wanted) => {
      const line = document.querySelector('#call-theirs');
      return (line.hidden ? '' : line.textContent) === wanted;
    }, words);
  await reads('');
  await ann.page.click('#mute');
  await reads('Ann’s microphone is off.');
  await ann.page.click('#camera');
  await bob.sees();
  await ann.page.click('#camera');
  await reads('Ann’s microphone is off. Ann’s camera is off.');
  await ann.page.click('#mute');
  await reads('Ann’s camera is off.');
  await ann.page.click('#camera');
  await reads('');
  await ann.page.click('#hang-up');
  await bob.is('ready');
  await allFine(ann, bob);
});

test('a third caller hears that one is busy, and a declined one that it was declined', async () => {
  const [ann, bob] = await two('busy');
  await talk(ann, bob);
  const cy = new Caller(await here.person('Cy', 'busy'));
  await cy.choose('Bob');
  await cy.page.click('#call');
  await cy.says('Bob is busy');
  await bob.page.waitForSelector('#messages li[data-author="Cy"][data-state="note"]');
  await bob.is('talking');
  await bob.page.click('#hang-up');
  await bob.is('ready');
  await cy.page.click('#call');
  await bob.page.click('#decline');
  await cy.says('Bob can’t talk now');
  await allFine(ann, bob, cy);
});

test('a call that is given up stops ringing, and is noted as missed', async () => {
  const [ann, bob] = await two('missed');
  await ann.page.click('#call');
  await bob.is('ringing');
  await ann.says('Ringing Bob…');
  assert.equal(await ann.page.isHidden('#call-stage'), true, 'no picture, no place for one');
  await ann.page.click('#hang-up');
  await bob.is('ready');
  await bob.page.waitForSelector('#messages li[data-author="Ann"][data-state="note"]');
  await allFine(ann, bob);
});

test('a page that is reloaded or closed in a call is noticed within seconds', async () => {
  const [ann, bob] = await two('reload', INI.replace('pollFactor=10', 'pollFactor=100'));
  await talk(ann, bob);
  const began = Date.now();
  await ann.page.reload();
  await bob.is('ready');
  assert.ok(Date.now() - began < 5000, `${Date.now() - began} ms`);
  await ann.person.isIn();
  await ann.choose('Bob');
  await talk(ann, bob);
  await ann.page.goto('about:blank');
  await bob.is('ready');
  await allFine(ann, bob);
});

test('nobody answers: after a time both are told', async () => {
  await here.site.makeThread('unanswered', INI);
  const visitor = await here.visitor('Ann');
  await visitor.page.clock.install();
  await visitor.enter(here.site.url, 'unanswered');
  const [ann, bob] = [new Caller(visitor), new Caller(await here.person('Bob', 'unanswered'))];
  await ann.choose('Bob');
  await ann.page.click('#call');
  await bob.is('ringing');
  await ann.says('Ringing Bob…');
  await ann.page.clock.fastForward(46_000);
  await ann.says('Bob doesn’t answer');
  await bob.says('You missed a call from Ann');
  await allFine(ann, bob);
});

test('the screen is shown in the camera’s place, without a new negotiation, and is sharp', async () => {
  const [ann, bob] = await two('screen');
  await talk(ann, bob);
  await ann.page.click('#camera');
  await bob.sees();
  const negotiated = () =>
    bob.page.evaluate(() => globalThis.mozchat.phone.peer.pc.remoteDescription.sdp);
  const before = await negotiated();
  await ann.page.click('#share');
  await ann.page.waitForSelector('#share[aria-pressed="true"]');
  await ann.page.waitForSelector('#camera[aria-pressed="false"]');
  await bob.sees();
  assert.equal(await negotiated(), before);
  await ann.page.waitForFunction(async () => {
    const sender = globalThis.mozchat.phone.peer.pc
      .getSenders()
      .find(({ track }) => track?.kind === 'video');
    return sender?.getParameters().degradationPreference === 'maintain-resolution';
  });
  await ann.page.click('#share');
  await bob.page.waitForSelector('#remote-video', { state: 'hidden' });
  await bob.hears();
  await allFine(ann, bob);
});

test('one sees how loud one is, how good the connection is, and may take the picture out of the page', async () => {
  const [ann, bob] = await two('quality');
  await talk(ann, bob);
  await bob.page.click('#camera');
  await ann.sees();
  await ann.page.waitForFunction(
    () => Number(document.querySelector('#call-level').getAttribute('aria-valuenow')) > 20,
  );
  await ann.page.waitForSelector('#call-quality[data-grade="good"]');
  assert.equal(await ann.page.innerText('#call-quality'), 'Good connection');
  assert.match(
    await ann.page.getAttribute('#call-quality', 'title'),
    /^\d+ ms round trip, 0% lost, direct$/,
  );
  assert.match(await ann.page.innerText('#call-time'), /^0:\d\d$/);
  await ann.page.click('#pip');
  await ann.page.waitForFunction(() => document.pictureInPictureElement?.id === 'remote-video');
  await bob.page.click('#hang-up');
  await ann.page.waitForFunction(() => !document.pictureInPictureElement);
  await allFine(ann, bob);
});

test('the sound may be left as it is, for music; the other devices are kept between visits', async () => {
  const [ann, bob] = await two('music');
  await talk(ann, bob);
  const processed = () =>
    ann.page.evaluate(() => {
      const { echoCancellation, noiseSuppression } = globalThis.mozchat.media.audio.getSettings();
      return [echoCancellation, noiseSuppression];
    });
  assert.deepEqual(await processed(), [true, true]);
  await ann.page.click('#settings-open');
  await ann.page.check('#sound-as-is');
  await ann.page.waitForFunction(
    () => globalThis.mozchat.media.audio.getSettings().echoCancellation === false,
  );
  assert.deepEqual(await processed(), [false, false]);
  await bob.hears();
  const wanted = {};
  for (const use of ['audio', 'video', 'speaker']) {
    wanted[use] = await ann.page.evaluate((name) => {
      const options = [...document.querySelector(`#device-${name}`).options];
      return options.at(-1).value;
    }, use);
    await ann.page.selectOption(`#device-${use}`, wanted[use]);
  }
  assert.ok(Object.values(wanted).every(Boolean), JSON.stringify(wanted));
  await bob.hears();
  await ann.page.click('#hang-up');
  await ann.is('ready');
  await ann.page.reload();
  await ann.person.isIn();
  await ann.page.waitForFunction(
    (all) =>
      Object.entries(all).every(
        ([use, id]) => document.querySelector(`#device-${use}`).value === id,
      ),
    wanted,
  );
  assert.ok(await ann.page.isChecked('#sound-as-is'));
  await ann.choose('Bob');
  await ann.page.click('#call');
  await bob.page.click('#answer');
  await ann.is('talking');
  const used = await ann.page.evaluate(() => globalThis.mozchat.media.audio.getSettings().deviceId);
  assert.equal(used, wanted.audio);
  assert.deepEqual(await processed(), [false, false]);
  await allFine(ann, bob);
});

test('a page that crashes is noticed, too', async () => {
  const [ann, bob] = await two('crash');
  await talk(ann, bob);
  const cdp = await ann.page.context().newCDPSession(ann.page);
  const crashed = ann.page.waitForEvent('crash');
  cdp.send('Page.crash').catch(() => {});
  await crashed;
  const began = Date.now();
  await bob.is('reconnecting');
  assert.ok(Date.now() - began < 8000, `${Date.now() - began} ms`);
  await bob.says('The connection to Ann was lost');
  await ann.page.context().close();
  await allFine(bob);
});

test('a page that is only busy is not given up, and a new way through the network is found', async () => {
  const [ann, bob] = await two('restart');
  await talk(ann, bob);
  const states = bob.page.evaluate(
    () =>
      new Promise((resolve) => {
        const seen = [];
        const panel = document.querySelector('#phone');
        new MutationObserver(() => seen.push(panel.dataset.state)).observe(panel, {
          attributeFilter: ['data-state'],
        });
        setTimeout(() => resolve(seen), 8000);
      }),
  );
  await ann.page.evaluate(() => {
    const end = Date.now() + 6000;
    while (Date.now() < end);
  });
  assert.deepEqual(await states, []);
  const way = () =>
    ann.page.evaluate(
      () => /ice-ufrag:(\S+)/.exec(globalThis.mozchat.phone.peer.pc.remoteDescription.sdp)[1],
    );
  const before = await way();
  await ann.page.evaluate(() => globalThis.mozchat.phone.peer.restart());
  await ann.page.waitForFunction(
    (old) => !globalThis.mozchat.phone.peer.pc.remoteDescription.sdp.includes(old),
    `ice-ufrag:${before}`,
  );
  await bob.hears();
  await Promise.all([ann.is('talking'), bob.is('talking')]);
  await allFine(ann, bob);
});

test('recording and calling share one microphone', async () => {
  const [ann, bob] = await two('shared');
  await talk(ann, bob);
  await ann.person.recordAndUpload(1);
  await bob.hears();
  await bob.person.hasClips(1);
  await bob.is('talking');
  await allFine(ann, bob);
});
