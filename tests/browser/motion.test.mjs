// A page that watches a room: it records when the picture changes, and obeys who knows the PIN.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare, measure, smooth, usualOptions } from '../../htdocs/js/watch/motion-maths.js';
import { CUSTOM, presetOf, presets } from '../../htdocs/js/watch/motion-presets.js';
import { readSettings } from '../../htdocs/js/watch/remote-control.js';
import { everybodyIsFine, scene } from './support/scene.mjs';

const INI = `[common]
mediaFolder=media1
maxBlobBytes=500000
maxMediaFolderBytes=4000000
[client]
allowVideo=1
maxClipSizeSec=3
pollFactor=10
playNew=0
iceString="[]"
`;
const here = scene();

/** @param {import('./support/people.mjs').Person} person @param {string} text */
async function write(person, text) {
  await person.page.fill('#chat-text', text);
  await person.page.press('#chat-text', 'Enter');
}

/** Waits until somebody has read this. @param {import('./support/people.mjs').Person} person @param {RegExp} words */
const reads = (person, words) =>
  person.page.waitForFunction(
    (pattern) => new RegExp(pattern).test(document.querySelector('#messages')?.textContent ?? ''),
    words.source,
  );

test('a picture that changes is recorded and sent, one that does not is not', async () => {
  await here.site.makeThread('room', INI);
  const [ann, bob] = [await here.person('Ann', 'room'), await here.person('Bob', 'room')];
  await ann.page.click('#settings-open');
  await ann.page.check('#motion-on');
  await ann.page.waitForSelector('#motion-view:not([hidden])');
  // Words come first, the numbers when they are wanted; what no preset has is one's own.
  assert.equal(await ann.page.inputValue('#motion-preset'), 'person');
  assert.ok(await ann.page.locator('#motion-ac').isHidden());
  await ann.page.selectOption('#motion-preset', 'large');
  await ann.page.waitForFunction(() => globalThis.mozchat.motion.options.allowed === 12);
  await ann.page.selectOption('#motion-preset', 'custom');
  assert.equal(await ann.page.inputValue('#motion-ac'), '12');
  // Chromium's camera shows something that turns: with everything allowed it is nothing, with little it is motion.
  await ann.page.fill('#motion-ac', '100');
  await ann.page.press('#motion-ac', 'Tab');
  await ann.page.waitForFunction(() => globalThis.mozchat.motion.options.allowed === 100);
  await ann.recorderIs('idle');
  assert.equal(await ann.page.inputValue('#motion-preset'), 'custom');
  await ann.page.waitForSelector('#motion-view[data-moved="false"]');
  for (const [id, value] of Object.entries({ ci: '200', fu: '0.05', ac: '0' })) {
    await ann.page.fill(`#motion-${id}`, value);
    await ann.page.press(`#motion-${id}`, 'Tab');
  }
  await ann.recorderIs('recording');
  await bob.page.waitForSelector('#clips li[data-author="Ann"]');
  await ann.page.uncheck('#motion-on');
  await ann.page.waitForSelector('#motion-view', { state: 'hidden' });
  await ann.recorderIs('idle');
  await everybodyIsFine(ann, bob);
});

test('who knows the PIN controls the recorder by messages, who guesses does not', async () => {
  await here.site.makeThread('far', INI);
  const [ann, bob] = [await here.person('Ann', 'far'), await here.person('Bob', 'far')];
  await ann.page.click('#settings-open');
  await ann.page.check('#remote-control-on');
  const pin = await ann.page.innerText('#remote-pin');
  assert.match(pin, /^\d{6}$/);
  await bob.page.click('#online li[data-user="Ann"] button');

  await write(bob, `${pin} echo`);
  await reads(bob, /Recorder: off\. Motion detector: off\. ci=500 /);
  await write(bob, `${pin} on`);
  await ann.recorderIs('recording');
  await write(bob, `${pin} off`);
  await bob.page.waitForSelector('#clips li[data-author="Ann"]');
  await write(bob, `${pin} mdset ci=250 mf=hue pf=9`);
  await reads(bob, /Done: mdset/);
  assert.equal(await ann.page.inputValue('#motion-mf'), 'hue');
  assert.equal(await ann.page.inputValue('#motion-preset'), CUSTOM);
  await write(bob, `${pin} mdset ci=soon`);
  await reads(bob, /Not understood: ci=soon/);
  // What is not known is answered, the rest is done.
  await write(bob, `${pin} mdset pf=fr3,zz=4,br=3`);
  await reads(bob, /Done: mdset pf=fr3 br=3\. Not understood: zz=4/);
  assert.equal(await ann.page.inputValue('#motion-pf'), 'fr3');
  await write(bob, `${pin} dance`);
  await reads(bob, /Not understood: dance/);
  await write(bob, `${pin} mdon ac=100 pf=c25 sf=px9`);
  await reads(bob, /Done: mdon ac=100 pf=c25 sf=px9/);
  assert.equal(await ann.page.inputValue('#motion-sp'), 'px9');
  await ann.page.waitForSelector('#motion-view:not([hidden])');
  await write(bob, `${pin} mdoff`);
  await ann.page.waitForSelector('#motion-view', { state: 'hidden' });

  for (let i = 0; i < 5; i++) await write(bob, `12345${i} on`);
  await ann.page.waitForSelector('#remote-box', { state: 'hidden' });
  assert.equal(await ann.page.isChecked('#remote-control-on'), false);
  await everybodyIsFine(ann, bob);
});

test('remote control takes every parameter that the original’s manual lists', () => {
  const all = 'ci=300 fu=15 ac=20 br=2 pf=c9 pf=c25 pf=fr3 pf=dbh sf=px1 sf=px9 mf=green mf=hue';
  for (const part of [...all.split(' '), 'cf=subtract', 'cf=percent', 'pf=9', 'sf=4', 'ci=30']) {
    const { done, bad } = readSettings(part);
    assert.deepEqual([done, bad], [[part], []]);
  }
  for (const part of ['ci=1', 'pf=c8', 'sf=px2', 'constructor=1', 'br=', 'mf']) {
    assert.deepEqual(readSettings(part), { options: {}, done: [], bad: [part] });
  }
  assert.deepEqual(readSettings('sf=px1').options, { spot: 'px1', smoothing: 1 });
});

/** A grey picture of 80 x 60 points with some noise, and perhaps a bright square in it. */
function picture(square = { x: 0, y: 0, side: 0 }, noise = 6) {
  const { x, y, side } = square;
  return new Uint8ClampedArray(80 * 60 * 4).map((_, i) => {
    const [column, row] = [Math.floor(i / 4) % 80, Math.floor(i / 320)];
    const isIn = column >= x && column < x + side && row >= y && row < y + side;
    return (isIn ? 200 : 100) + noise * Math.sin(i * 12.9898 + x);
  });
}

test('whole pictures, blurred, are compared: noise is no motion, a small thing that comes is, wherever', () => {
  const options = { ...usualOptions, pattern: 'dbh' };
  const moved = (before, now, given = options) => {
    const [a, b] = [before, now].map((one) => measure(one, 80, 60, given));
    return compare(a, b, given).moved;
  };
  assert.equal(moved(picture({ x: 1, y: 0, side: 0 }), picture({ x: 5, y: 0, side: 0 })), false);
  for (const [x, y] of [
    [2, 2],
    [36, 26],
    [68, 48],
  ]) {
    assert.equal(moved(picture(), picture({ x, y, side: 12 })), true, `at ${x}, ${y}`);
    const frames = { ...usualOptions, pattern: 'fr3', allowed: 0 };
    const isAtEdge = x !== 36;
    assert.equal(moved(picture(), picture({ x, y, side: 8 }), frames), isAtEdge, `fr3 at ${x}`);
  }
  // Without blur the noise of a poor camera counts.
  const sharp = { ...options, blur: 0, fuzziness: 2 };
  const noisy = [picture({ x: 1, y: 0, side: 0 }, 20), picture({ x: 5, y: 0, side: 0 }, 20)];
  assert.equal(moved(...noisy, sharp), true);
  assert.equal(moved(...noisy, { ...sharp, blur: 3 }), false);
});

test('each preset notices what its words say, and is known by its settings', () => {
  const moved = (name, side) => {
    const [before, now] = [picture(), picture({ x: 20, y: 12, side })].map((one) =>
      measure(one, 80, 60, presets[name]),
    );
    return compare(before, now, presets[name]).moved;
  };
  // Of a picture of 80 x 60 points: noise alone, a mouse, somebody across the room, somebody who walks through it.
  const seen = [0, 5, 14, 32].map((side) =>
    Object.keys(presets).filter((name) => moved(name, side)),
  );
  assert.deepEqual(seen, [[], ['small'], ['person', 'small'], ['person', 'small', 'large']]);
  for (const [name, options] of Object.entries(presets)) {
    assert.equal(presetOf({ ...options }), name);
    assert.equal(presetOf({ ...options, blur: 9 }), CUSTOM);
  }
});

test('the motion detector’s arithmetic is cheap', () => {
  const pixels = new Uint8ClampedArray(80 * 60 * 4).map((_, i) => i * 31);
  let before = measure(pixels, 80, 60, usualOptions);
  const began = performance.now();
  for (let i = 0; i < 100; i++) {
    const now = measure(pixels, 80, 60, usualOptions);
    compare(before, now, usualOptions);
    before = smooth(before, now, 3);
  }
  const perLook = (performance.now() - began) / 100;
  console.log(`# a look of the motion detector: ${perLook.toFixed(3)} ms in its worker`);
  assert.ok(perLook < 20);
});
