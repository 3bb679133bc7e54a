// How people use the page: with a thumb, with keys alone, by ear, from the lock screen, in a hurry.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controls } from './support/controls.mjs';
import { everybodyIsFine, scene } from './support/scene.mjs';
import { Serve } from './support/serve.mjs';

const COMMON = `[common]
mediaFolder=media1
maxBlobBytes=500000
maxMediaFolderBytes=9000000
clipLifetimeSec=600
`;
const INI = `${COMMON}[client]
allowVideo=1
maxClipSizeSec=20
pollFactor=10
iceString="[]"
`;
const STREAM = `${COMMON}[client]
allowStream=1
onRecorded=upload
maxClipSizeSec=1
pollFactor=10
`;
const OLD_PHONE = { viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true };
const here = scene({ site: Serve });

/** A finger, and where it is. */
class Finger {
  #cdp;
  #at = { x: 0, y: 0 };

  constructor(cdp) {
    this.#cdp = cdp;
  }

  static async of({ page }) {
    return new Finger(await page.context().newCDPSession(page));
  }

  #touch(type, touchPoints) {
    return this.#cdp.send('Input.dispatchTouchEvent', { type, touchPoints });
  }

  /** Puts it on the middle of something that is in sight. */
  async down(locator) {
    const box = await locator.boundingBox();
    this.#at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    await this.#touch('touchStart', [this.#at]);
  }

  async move(dx, dy) {
    this.#at = { x: this.#at.x + dx, y: this.#at.y + dy };
    await this.#touch('touchMove', [this.#at]);
  }

  up() {
    return this.#touch('touchEnd', []);
  }
}

test('on a phone RECORD lies under the thumb: holding it records, a tap records hands-free', async () => {
  await here.site.makeThread('thumb', INI);
  const ann = await here.person('Ann', 'thumb', OLD_PHONE);
  const button = ann.page.locator('#record');
  for (const place of ['top', 'bottom']) {
    await ann.page.evaluate(
      (to) => scrollTo({ top: to === 'top' ? 0 : 1e6, behavior: 'instant' }),
      place,
    );
    const { y, height, width } = await button.boundingBox();
    assert.ok(y > 640 / 2 && y + height <= 640, `${place}: ${y}`);
    assert.ok(height >= 64 && width > 250, `${width} × ${height}`);
  }
  const finger = await Finger.of(ann);
  await finger.down(button);
  await ann.recorderIs('recording');
  // A thumb is never still; the page must not take that for scrolling.
  for (let i = 0; i < 6; i += 1) await finger.move(4, -12);
  await ann.page.waitForFunction(() => globalThis.mozchat.recorder.seconds > 0.8);
  await finger.up();
  await ann.recorderIs('recorded');
  await ann.page.tap('#recorded-discard');
  await ann.recorderIs('idle');

  await finger.down(button);
  await finger.up();
  await ann.recorderIs('recording');
  assert.equal(await ann.page.getAttribute('#recorder', 'data-locked'), 'true');
  await ann.page.waitForFunction(() => globalThis.mozchat.recorder.seconds > 0.8);
  assert.match(await ann.page.innerText('#record'), /Stop/);
  await finger.down(button);
  await finger.up();
  await ann.recorderIs('recorded');
  await everybodyIsFine(ann);
});

/** Everything that Tab reaches, in order, until it comes round. */
async function reached({ page }) {
  const ids = [];
  for (;;) {
    await page.keyboard.press('Tab');
    const found = await page.evaluate(() => {
      const at = document.activeElement;
      const { outlineStyle } = getComputedStyle(at);
      return { id: at.id || at.className || at.tagName, isSeen: outlineStyle !== 'none' };
    });
    if (found.id === 'BODY' || ids.includes(found.id) || ids.length > 200) return ids;
    assert.ok(found.isSeen, `one sees that ${found.id} has the focus`);
    ids.push(found.id);
  }
}

test('who presses again while the last recording is being finished records', async () => {
  await here.site.makeThread('again', STREAM.replace('allowStream=1', 'allowStream=0'));
  const ann = await here.visitor('Ann');
  const { page } = ann;
  await page.addInitScript(() => {
    // A slow phone: what was recorded comes when the test says so.
    let finished = Promise.resolve();
    const stop = MediaRecorder.prototype.stop;
    MediaRecorder.prototype.stop = function () {
      finished.then(() => stop.call(this));
    };
    globalThis.finishLater = () => {
      finished = new Promise((resolve) => (globalThis.finish = resolve));
    };
  });
  await ann.enter(here.site.url, 'again');
  const recordedFor = (seconds) =>
    page.waitForFunction((least) => globalThis.mozchat.recorder.seconds >= least, seconds);
  const pressAgain = async () => {
    await page.evaluate(() => globalThis.finishLater());
    await ann.recordFor(0.5);
    await ann.recorderIs('stopping');
    await page.mouse.down();
  };

  await pressAgain();
  await page.evaluate(() => globalThis.finish());
  await ann.recorderIs('recording');
  await recordedFor(0.9);
  await page.mouse.up();
  await ann.hasClips(2);

  // Who lets go before it could begin has said nothing: but for a tap, which records hands-free.
  await pressAgain();
  const since = await page.evaluate(() => performance.now());
  await page.waitForFunction((then) => performance.now() - then > 800, since);
  await page.mouse.up();
  await page.evaluate(() => globalThis.finish());
  await ann.hasClips(3);
  await ann.recorderIs('idle');

  await pressAgain();
  await page.mouse.up();
  await page.evaluate(() => globalThis.finish());
  await page.waitForSelector('#recorder[data-state="recording"][data-locked="true"]');
  await recordedFor(0.5);
  await page.click('#record');
  await ann.hasClips(5);
  await everybodyIsFine(ann);
});

test('keys alone are enough', async () => {
  await here.site.makeThread('keys', INI.replace('[client]', '[client]\nshowMore=1'));
  const ann = await here.visitor('Ann');
  const { page } = ann;
  await page.goto(here.site.url);
  await page.waitForSelector('#entry-user:focus');
  await page.keyboard.type('Ann');
  await page.keyboard.press('Tab');
  await page.keyboard.type('keys');
  await page.keyboard.press('Enter');
  await ann.isIn();
  const ids = await reached(ann);
  const all = (await controls()).map(({ id }) => id);
  const usable = await page.evaluate(
    (wanted) =>
      wanted.filter((id) => {
        const at = document.getElementById(id);
        return at.checkVisibility() && !at.disabled && !at.closest('dialog');
      }),
    all,
  );
  assert.ok(usable.length > 20, `${usable}`);
  assert.deepEqual(
    usable.filter((id) => !ids.includes(id) && id !== 'notice-close'),
    [],
  );

  await page.focus('#record');
  await page.keyboard.press('Enter');
  await ann.recorderIs('recording');
  await page.waitForFunction(() => globalThis.mozchat.recorder.seconds > 0.5);
  await page.keyboard.press('Enter');
  await ann.recorderIs('recorded');
  await page.focus('#recorded-discard');
  await page.keyboard.press('Enter');
  await ann.recorderIs('idle');
  await page.keyboard.press('?');
  await page.waitForSelector('#help[open]');
  await page.keyboard.press('Escape');
  await page.waitForSelector('#help[open]', { state: 'detached' });
  await everybodyIsFine(ann);
});

/** Closes a page as its user would; says whether it asked first, and stays open if it did. */
async function asksBeforeClosing({ page }) {
  const asked = page.waitForEvent('dialog').then(async (dialog) => {
    assert.equal(dialog.type(), 'beforeunload');
    await dialog.dismiss();
    return true;
  });
  const closed = page.waitForEvent('close').then(() => false);
  await page.close({ runBeforeUnload: true });
  const answer = await Promise.race([asked, closed]);
  for (const one of [asked, closed]) one.catch(() => {});
  return answer;
}

test('the page asks before it is closed with something unsent, and only then', async () => {
  await here.site.makeThread('hurry', INI);
  const ann = await here.person('Ann', 'hurry');
  await ann.record(async () => {
    assert.equal(await asksBeforeClosing(ann), true, 'while recording');
    await ann.page.waitForFunction(() => globalThis.mozchat.recorder.seconds > 0.5);
  });
  await ann.recorderIs('recorded');
  assert.equal(await asksBeforeClosing(ann), true, 'with a clip that waits for a decision');
  await ann.page.click('#recorded-upload');
  await ann.recorderIs('idle');
  await ann.hasClips(1);
  assert.equal(await asksBeforeClosing(ann), false, 'with nothing unsent');
});

test('a screen reader hears of clips and calls, once while somebody streams', async () => {
  await here.site.makeThread('ear', STREAM);
  const ann = await here.person('Ann', 'ear');
  const bob = await here.person('Bob', 'ear');
  await bob.page.evaluate(() => {
    globalThis.said = [];
    const at = document.getElementById('clip-news');
    new MutationObserver(() => at.textContent && globalThis.said.push(at.textContent)).observe(at, {
      childList: true,
      characterData: true,
      subtree: true,
    });
  });
  await ann.recordFor(4.5);
  await bob.page.waitForFunction(
    () => document.querySelectorAll('#clips li[data-clip]').length >= 4,
  );
  await bob.page.waitForFunction(() => globalThis.said.length > 0);
  assert.deepEqual(await bob.page.evaluate(() => globalThis.said), ['New clip from Ann']);
  assert.equal(await bob.page.getAttribute('#clip-news', 'aria-live'), 'polite');
  await ann.recorderIs('idle');
  await ann.page.click('#online li[data-user="Bob"] button');
  await ann.page.click('#call');
  await bob.page.waitForFunction(() =>
    document.getElementById('phone-news').textContent.includes('Ann is calling'),
  );
  assert.equal(await bob.page.getAttribute('#phone-news', 'aria-live'), 'assertive');
  await bob.page.click('#decline');
  await everybodyIsFine(ann, bob);
});

test('the lock screen shows what plays and works the player; speed is kept; the screen stays on', async () => {
  await here.site.makeThread('lock', INI);
  const permissions = ['screen-wake-lock', 'microphone', 'camera'];
  const ann = await here.visitor('Ann', { permissions });
  // The browser's own functions, with a note of what they were called with.
  await ann.page.addInitScript(() => {
    globalThis.keys = {};
    globalThis.locks = [];
    const session = navigator.mediaSession;
    const set = session.setActionHandler.bind(session);
    session.setActionHandler = (action, act) => {
      globalThis.keys[action] = act;
      set(action, act);
    };
    const request = navigator.wakeLock.request.bind(navigator.wakeLock);
    navigator.wakeLock.request = async (type) => {
      const lock = await request(type);
      globalThis.locks.push(lock);
      return lock;
    };
  });
  await ann.enter(here.site.url, 'lock');
  const locks = () => ann.page.evaluate(() => globalThis.locks.map(({ released }) => released));
  await ann.page.fill('#record-description', 'The garden');
  await ann.record(() => ann.page.waitForFunction(() => globalThis.mozchat.recorder.seconds > 3.5));
  await ann.recorderIs('recorded');
  await ann.page.waitForFunction(() => globalThis.locks.every(({ released }) => released));
  assert.deepEqual(await locks(), [true], 'held while recording, and given back');
  await ann.page.click('#recorded-upload');
  await ann.hasClips(1);
  await ann.clips().last().locator('.clip-play').click();
  await ann.playerIs('playing');
  const shown = await ann.page.evaluate(() => {
    const { metadata, playbackState } = navigator.mediaSession;
    return [metadata.title, metadata.artist, playbackState];
  });
  assert.deepEqual(shown, ['The garden', 'Ann', 'playing']);
  const press = (key) => ann.page.evaluate((name) => globalThis.keys[name]({}), key);
  await press('pause');
  await press('pause');
  await ann.playerIs('paused');
  await press('seekforward');
  await press('seekbackward');
  assert.equal(await ann.page.evaluate(() => globalThis.mozchat.player.position), 0);
  await ann.page.selectOption('#player-rate', '2');
  const rate = () =>
    ann.page.evaluate(() => {
      const { playbackRate, preservesPitch } = globalThis.mozchat.player.element;
      return [playbackRate, preservesPitch];
    });
  assert.deepEqual(await rate(), [2, true]);
  const began = Date.now();
  await press('play');
  await ann.page.waitForSelector('#clips li[data-state="heard"]');
  assert.ok(Date.now() - began < 3300, `${Date.now() - began} ms for some 3.5 s`);
  await ann.page.reload();
  await ann.hasClips(1);
  await ann.clips().last().locator('.clip-play').click();
  await ann.playerIs('playing');
  assert.deepEqual(await rate(), [2, true], 'after a reload');
  await everybodyIsFine(ann);
});

test('who wants less motion sees none', async () => {
  const moving = ({ page }) =>
    page.evaluate(
      () => document.getAnimations().filter(({ playState }) => playState === 'running').length,
    );
  await here.site.makeThread('still', INI);
  for (const reducedMotion of ['no-preference', 'reduce']) {
    const name = `Ann ${reducedMotion}`;
    const ann = await here.person(name, 'still', { reducedMotion });
    await ann.record(async () => {
      const count = await moving(ann);
      assert.equal(count > 0, reducedMotion !== 'reduce', `${count} with ${reducedMotion}`);
      await ann.page.waitForFunction(() => globalThis.mozchat.recorder.seconds > 0.5);
    });
    await ann.recorderIs('recorded');
    await everybodyIsFine(ann);
  }
});

test('on a slow old phone the page is ready soon, and a press begins to record at once', async () => {
  await here.site.makeThread('slow', INI);
  const ann = await here.visitor('Ann', OLD_PHONE);
  const cdp = await ann.page.context().newCDPSession(ann.page);
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 6 });
  const began = Date.now();
  await ann.page.goto(`${here.site.url}?user=Ann&realm=slow`);
  await ann.isIn();
  const ready = Date.now() - began;
  const finger = await Finger.of(ann);
  const pressed = Date.now();
  await finger.down(ann.page.locator('#record'));
  await ann.recorderIs('recording');
  const records = Date.now() - pressed;
  await ann.page.waitForFunction(() => globalThis.mozchat.recorder.seconds > 0.5);
  await finger.up();
  await ann.recorderIs('recorded');
  console.log(`# at a sixth of the speed: ready after ${ready} ms, records after ${records} ms`);
  assert.ok(ready < 15_000 && records < 5000, `${ready} ${records}`);
  await everybodyIsFine(ann);
});
