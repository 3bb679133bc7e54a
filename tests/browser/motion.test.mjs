// A page that watches a room: it records when the picture changes, and obeys who knows the PIN.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare, measure, smooth, usualOptions } from '../../htdocs/js/watch/motion-maths.js';
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
  await ann.page.click('#recorder-extras');
  await ann.page.check('#motion-on');
  await ann.page.waitForSelector('#motion-view:not([hidden])');
  // Chromium's camera shows something that turns: with everything allowed it is nothing, with little it is motion.
  await ann.page.fill('#motion-ac', '100');
  await ann.page.press('#motion-ac', 'Tab');
  await ann.page.waitForFunction(() => globalThis.mozchat.motion.options.allowed === 100);
  await ann.recorderIs('idle');
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
  await ann.page.click('#recorder-extras');
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
  await write(bob, `${pin} mdset ci=soon`);
  await reads(bob, /This was not understood: ci=soon/);
  await write(bob, `${pin} mdset ac=100`);
  await write(bob, `${pin} mdon`);
  await ann.page.waitForSelector('#motion-view:not([hidden])');
  await write(bob, `${pin} mdoff`);
  await ann.page.waitForSelector('#motion-view', { state: 'hidden' });

  for (let i = 0; i < 5; i++) await write(bob, `12345${i} on`);
  await ann.page.waitForSelector('#remote-box', { state: 'hidden' });
  assert.equal(await ann.page.isChecked('#remote-control-on'), false);
  await everybodyIsFine(ann, bob);
});

test('the motion detector’s arithmetic is cheap', () => {
  const pixels = new Uint8ClampedArray(80 * 60 * 4).map((_, i) => i * 31);
  let before = measure(pixels, 80, 60, usualOptions);
  const began = performance.now();
  for (let i = 0; i < 500; i++) {
    const now = measure(pixels, 80, 60, usualOptions);
    compare(before, now, usualOptions);
    before = smooth(before, now, 3);
  }
  const perLook = (performance.now() - began) / 500;
  console.log(`# a look of the motion detector: ${perLook.toFixed(3)} ms in its worker`);
  assert.ok(perLook < 20);
});
