// What the page asks of the device: which loudspeaker sounds, that a phone in a pocket buzzes, and that a call's sound comes
// before its picture.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Caller } from './support/caller.mjs';
import { everybodyIsFine, scene } from './support/scene.mjs';
import { Serve } from './support/serve.mjs';

const INI = `[common]
mediaFolder=media1
maxBlobBytes=500000
clipLifetimeSec=600
[client]
allowVideo=1
maxClipSizeSec=10
pollFactor=10
playNew=0
iceString="[]"
`;
const PHONE = { viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true };
const here = scene({ site: Serve });

/** Keeps what the page makes and asks for, so that the test can look at it. */
function keep() {
  const kept = { contexts: [], connections: [], buzzes: [], tones: 0 };
  globalThis.kept = kept;
  globalThis.AudioContext = class extends AudioContext {
    constructor(...given) {
      super(...given);
      kept.contexts.push(this);
    }
  };
  globalThis.OscillatorNode = class extends OscillatorNode {
    start(...given) {
      super.start(...given);
      kept.tones += 1;
    }
  };
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...given) {
      super(...given);
      kept.connections.push(this);
    }
  };
  const vibrate = navigator.vibrate.bind(navigator);
  navigator.vibrate = (pattern) => {
    kept.buzzes.push([pattern].flat().join());
    return vibrate(pattern);
  };
}

/** Ann, whose page is looked at, and Bob. @param {string} realm @param {object} [options] */
async function two(realm, options) {
  await here.site.makeThread(realm, INI);
  const ann = await here.visitor('Ann', options);
  await ann.page.addInitScript(keep);
  await ann.enter(here.site.url, realm);
  return { ann, bob: await here.person('Bob', realm) };
}

/** @param {Caller} caller @param {Caller} called */
async function talk(caller, called) {
  await caller.choose(called.person.name);
  await caller.page.click('#call');
  await called.page.click('#answer');
  await Promise.all([caller.hears(), called.hears()]);
}

test('clips and calls sound from the loudspeaker that is chosen, also at the next visit', async () => {
  const { ann, bob } = await two('speaker');
  const [caller, called] = [new Caller(ann), new Caller(bob)];
  await ann.page.click('#settings-open');
  await ann.recordFor(0.5);
  await ann.page.click('#recorded-discard');
  await ann.page.waitForSelector('#device-speaker option:nth-child(2)', { state: 'attached' });
  const wanted = await ann.page.evaluate(
    () => document.querySelector('#device-speaker').options[1].value,
  );
  assert.ok(wanted);
  const callIsThere = () =>
    ann.page.waitForFunction((id) => document.querySelector('#remote-audio').sinkId === id, wanted);
  const clipIsThere = () =>
    ann.page.waitForFunction(
      (id) =>
        globalThis.mozchat.player.element.sinkId === id ||
        globalThis.kept.contexts.some((one) => one.sinkId === id && one.state === 'running'),
      wanted,
    );
  await talk(caller, called);
  await ann.page.selectOption('#device-speaker', wanted);
  await callIsThere();
  await ann.page.click('#hang-up');
  await called.is('ready');
  await bob.recordAndUpload(3);
  await ann.hasClips(1);
  await ann.clips().last().locator('.clip-play').click();
  await ann.playerIs('playing');
  await clipIsThere();

  await ann.page.reload();
  await ann.isIn();
  await ann.clips().last().locator('.clip-play').click();
  await ann.playerIs('playing');
  await clipIsThere();
  await ann.page.click('#player-stop');
  await talk(caller, called);
  await callIsThere();
  await everybodyIsFine(ann, bob);
});

test('a phone that rings buzzes until the call is taken or given up', async () => {
  const { ann, bob } = await two('pocket', PHONE);
  const [called, caller] = [new Caller(ann), new Caller(bob)];
  await caller.choose('Ann');
  await bob.page.click('#call');
  await called.is('ringing');
  await ann.page.waitForFunction(() => globalThis.kept.buzzes.includes('350,100,350'));
  await bob.page.click('#hang-up');
  await called.is('ready');
  assert.equal(await ann.page.evaluate(() => globalThis.kept.buzzes.at(-1)), '0');
  await everybodyIsFine(ann, bob);
});

test('a phone that shall not ring shows a call in silence, also at the next visit', async () => {
  const { ann, bob } = await two('silent', PHONE);
  const [called, caller] = [new Caller(ann), new Caller(bob)];
  const noise = () =>
    ann.page.evaluate(({ kept } = globalThis) => [kept.tones, kept.buzzes.length]);
  await ann.page.click('#settings-open');
  assert.equal(await ann.page.isChecked('#ring-on'), true);
  await ann.page.uncheck('#ring-on');
  await ann.page.reload();
  await ann.isIn();
  await ann.page.click('#settings-open');
  assert.equal(await ann.page.isChecked('#ring-on'), false);
  await caller.choose('Ann');
  await bob.page.click('#call');
  await called.is('ringing');
  await ann.page.waitForSelector('#answer');
  assert.deepEqual(await noise(), [0, 0]);
  // Switched on again it rings at once.
  await ann.page.check('#ring-on');
  await ann.page.waitForFunction(({ kept } = globalThis) => kept.tones && kept.buzzes.length);
  await ann.page.uncheck('#ring-on');
  assert.equal(await ann.page.evaluate(() => globalThis.kept.buzzes.at(-1)), '0');
  await bob.page.click('#hang-up');
  await called.is('ready');
  await everybodyIsFine(ann, bob);
});

test('in a call the sound goes first, and the picture takes no more than its share', async () => {
  const { ann, bob } = await two('share');
  const [caller, called] = [new Caller(ann), new Caller(bob)];
  await talk(caller, called);
  await ann.page.click('#camera');
  await called.sees();
  const encodings = await ann.page.evaluate(() =>
    globalThis.kept.connections
      .at(-1)
      .getSenders()
      .filter(({ track }) => track)
      .map((sender) => [sender.track.kind, sender.getParameters().encodings[0]]),
  );
  const { audio, video } = Object.fromEntries(encodings);
  assert.deepEqual([audio.priority, audio.networkPriority], ['high', 'high']);
  assert.ok(video.maxBitrate >= 300_000 && video.maxBitrate <= 2_000_000, `${video.maxBitrate}`);
  // What the browser makes of it: it aims at no more.
  const aim = await ann.page.evaluate(async () => {
    const stats = [...(await globalThis.kept.connections.at(-1).getStats()).values()];
    return stats.find(({ type, kind }) => type === 'outbound-rtp' && kind === 'video')
      .targetBitrate;
  });
  assert.ok(aim > 0 && aim <= video.maxBitrate, `aims at ${aim} of ${video.maxBitrate}`);
  await everybodyIsFine(ann, bob);
});
