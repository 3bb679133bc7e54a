// The player does what the person chose: whose clips it plays, and when; and the page asks as often as the thread says.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { putClips, sendClip } from './support/clips.mjs';
import { everybodyIsFine, scene } from './support/scene.mjs';

const here = scene();

/** @param {Record<string, string | number>} [client] */
const ini = (client = {}) =>
  [
    '[common]\nmediaFolder=media1\nmaxBlobBytes=900000\nmaxMediaFolderBytes=9000000',
    'clipLifetimeSec=9000000\nmaxClipCount=0\nuserStatusFadeS=45\n[client]\nmaxClipSizeSec=10',
    ...Object.entries({ pollFactor: 5, iceString: '"[]"', ...client }).map(
      ([key, value]) => `${key}=${value}`,
    ),
    '',
  ].join('\n');

/** From now on notes which clips begin to play. @param {import('./support/people.mjs').Person} person */
const watchPlayed = ({ page }) =>
  page.evaluate(() => {
    globalThis.played = [];
    new MutationObserver((changes) => {
      for (const { target } of changes) {
        const { state, clip } = target.dataset;
        if (state === 'playing' && globalThis.played.at(-1) !== clip) globalThis.played.push(clip);
      }
    }).observe(document.getElementById('clips'), {
      subtree: true,
      childList: true,
      attributeFilter: ['data-state'],
    });
  });

/** Waits until the player has stopped after so many clips; returns their ids. */
async function played({ page }, count) {
  await page.waitForFunction(
    (least) => globalThis.played.length >= least && globalThis.mozchat.player.state === 'stopped',
    count,
  );
  return page.evaluate(() => globalThis.played);
}

test('playing from a clip on passes over one’s own, where only others’ are wanted', async () => {
  await here.site.makeThread('from', ini());
  const authors = ['Bob', 'Ann', 'Cy', 'Ann', 'Bob'];
  const ids = await putClips(
    here.site.thread('from'),
    authors.map((author) => ({ author, seconds: 1 })),
  );
  const ann = await here.person('Ann', 'from');
  await ann.hasClips(5);
  await watchPlayed(ann);
  const playFrom = (id) => ann.inMenu(ann.clips(`[data-clip="${id}"]`), '.clip-play-from');
  await playFrom(ids[0]);
  assert.deepEqual(await played(ann, 3), [ids[0], ids[2], ids[4]]);
  // The clip that was pressed is wanted, whoever made it.
  await watchPlayed(ann);
  await playFrom(ids[1]);
  assert.deepEqual(await played(ann, 3), [ids[1], ids[2], ids[4]]);
  await ann.page.click('#settings-open');
  await ann.page.uncheck('#skip-mine');
  await watchPlayed(ann);
  await playFrom(ids[2]);
  assert.deepEqual(await played(ann, 3), [ids[2], ids[3], ids[4]]);
  await everybodyIsFine(ann);
});

test('on standby new clips are held; afterwards playing goes on where it stood, then with those', async () => {
  await here.site.makeThread('standby', ini());
  const [first] = await putClips(here.site.thread('standby'), [{ author: 'Bob', seconds: 4 }]);
  const ann = await here.person('Ann', 'standby');
  await ann.hasClips(1);
  await watchPlayed(ann);
  await ann.clips().last().locator('.clip-play').click();
  await ann.page.waitForFunction(() => globalThis.mozchat.player.position > 1);
  await ann.page.click('#player-standby');
  await ann.playerIs('paused');
  const stood = await ann.page.evaluate(() => globalThis.mozchat.player.position);
  const second = await sendClip(here.site, 'standby', 'Bob', 1);
  const third = await sendClip(here.site, 'standby', 'Bob', 1);
  await ann.hasClips(3);
  await ann.page.waitForSelector('#player-state:has-text("2 clips waiting")');
  assert.equal(await ann.page.getAttribute('#player', 'data-state'), 'paused');
  await ann.page.click('#player-standby');
  await ann.playerIs('playing');
  const on = await ann.page.evaluate(() => globalThis.mozchat.player.position);
  assert.ok(on >= stood - 0.1, `${on} after ${stood}`);
  assert.deepEqual(await played(ann, 3), [first, second, third]);
  assert.equal(await ann.page.getAttribute('#player-standby', 'aria-pressed'), 'false');
  await everybodyIsFine(ann);
});

test('standby while nothing plays: afterwards the first clip that was held plays', async () => {
  await here.site.makeThread('idle', ini());
  const ann = await here.person('Ann', 'idle');
  await ann.page.click('#player-standby');
  const ids = [await sendClip(here.site, 'idle', 'Bob', 1)];
  ids.push(await sendClip(here.site, 'idle', 'Bob', 1));
  await ann.hasClips(2);
  await ann.page.waitForSelector('#player-state:has-text("2 clips waiting")');
  assert.equal(await ann.page.getAttribute('#player', 'data-state'), 'stopped');
  await watchPlayed(ann);
  await ann.page.click('#player-standby');
  assert.deepEqual(await played(ann, 2), ids);
  // A clip that one plays ends it, as Stop does.
  await ann.page.click('#player-standby');
  await ann.clips().last().locator('.clip-play').click();
  await ann.playerIs('playing');
  assert.equal(await ann.page.getAttribute('#player-standby', 'aria-pressed'), 'false');
  await everybodyIsFine(ann);
});

/** Plays a clip, and returns at which of its seconds the level was which. @param {import('./support/people.mjs').Person} person @param {string} id @returns {Promise<[number, number][]>} */
async function levels({ page }, id) {
  await page.click(`#clips [data-clip="${id}"] .clip-play`);
  return page.evaluate(async () => {
    const { player } = globalThis.mozchat;
    const meter = document.getElementById('player-level');
    const seen = [];
    for (let begun = false; !begun || player.state !== 'stopped';) {
      await new Promise(requestAnimationFrame);
      begun ||= player.state === 'playing';
      const isShown = !meter.hidden && meter.dataset.known === 'true';
      if (isShown) seen.push([player.position, Number(meter.style.getPropertyValue('--level'))]);
    }
    return seen;
  });
}

test('beside the name of who talks one sees how loud it is, also in a long clip', async () => {
  await here.site.makeThread('level', ini({ playNew: 0 }));
  // The first goes through the gapless player, the other through a media element.
  const clips = [2, 6].map((seconds) => {
    const half = seconds / 2;
    const sound = `aevalsrc='if(lt(t,${half}),0.3*sin(3000*t),0)':d=${seconds}`;
    return { author: 'Bob', seconds, sound };
  });
  const ids = await putClips(here.site.thread('level'), clips);
  const ann = await here.person('Ann', 'level');
  await ann.hasClips(2);
  for (const [i, { seconds }] of clips.entries()) {
    const seen = await levels(ann, ids[i]);
    // Not at the very edges, where the level is of what was a tenth of a second before.
    const [loud, quiet] = [
      seen.filter(([at]) => at > seconds / 4 && at < seconds / 2 - 0.2),
      seen.filter(([at]) => at > seconds / 2 + 0.4 && at < seconds - 0.1),
    ].map((part) => part.map(([, level]) => level));
    assert.ok(loud.length && quiet.length, JSON.stringify(seen));
    assert.ok(Math.min(...loud) > 0.6, `${seconds} s: ${loud}`);
    assert.ok(Math.max(...quiet) < 0.1, `${seconds} s: ${quiet}`);
    assert.ok(await ann.page.locator('#player-level').isHidden());
  }
  // Who wants nothing to move sees the name alone.
  await ann.page.emulateMedia({ reducedMotion: 'reduce' });
  assert.deepEqual(await levels(ann, ids[0]), []);
  await everybodyIsFine(ann);
});

test('times are those of the visitor’s own zone, also of clips that the original took', async () => {
  await here.site.makeThread('times', ini({ playNew: 0 }));
  const noon = Date.UTC(2026, 10, 23, 12, 0, 0);
  const names = [`${noon / 1000}0.webm`, `${(noon + 60_000).toString(36)}-00000000000000aa.webm`];
  const clips = names.map((name) => ({ author: 'Bob', seconds: 1, name }));
  // As the host's clock had them, wherever that is.
  await putClips(
    here.site.thread('times'),
    clips.map((clip) => ({ ...clip, dateTime: 'Nov_23_05:00:00' })),
  );
  for (const [timezoneId, times] of [
    ['Asia/Tokyo', ['2026-11-23T21:00:00', '2026-11-23T21:01:00']],
    ['America/Lima', ['2026-11-23T07:00:00', '2026-11-23T07:01:00']],
  ]) {
    const ann = await here.person(timezoneId.slice(-4), 'times', { timezoneId });
    await ann.hasClips(2);
    const shown = ann.clips().locator('time');
    assert.deepEqual(await shown.evaluateAll((all) => all.map((one) => one.dateTime)), times);
    assert.match(await shown.first().innerText(), new RegExp(times[0].slice(11, 16)));
    await everybodyIsFine(ann);
  }
});

/** The mean pause between looks at the pulse, in seconds. @param {import('./support/people.mjs').Person} person @param {number} looks */
async function pauses({ page }, looks) {
  const times = [];
  await new Promise((resolve) => {
    page.on('request', (request) => {
      if (!request.url().includes('pulse.json')) return;
      times.push(Date.now());
      if (times.length > looks) resolve();
    });
  });
  return (times[looks] - times[0]) / looks / 1000;
}

test('the page asks as often as pollFactor says, and its menu shows that', async () => {
  const chosen = ({ page }) =>
    page.evaluate(() => document.getElementById('refresh').selectedOptions[0].textContent);
  for (const [factor, looks, words] of [
    [5, 6, 'Every 0.5 seconds'],
    [20, 3, 'Every 2 seconds'],
  ]) {
    await here.site.makeThread(`every${factor}`, ini({ pollFactor: factor }));
    const ann = await here.person('Ann', `every${factor}`);
    assert.equal(await chosen(ann), words);
    const mean = await pauses(ann, looks);
    const wanted = factor / 10;
    assert.ok(mean > wanted * 0.9 && mean < wanted + 0.4, `every ${mean} s`);
    await everybodyIsFine(ann);
  }
  await here.site.makeThread('every600', ini({ pollFactor: 600 }));
  const ann = await here.visitor('Ann');
  await ann.page.clock.install();
  await ann.enter(here.site.url, 'every600');
  assert.equal(await chosen(ann), 'Every 1 minute');
  assert.deepEqual(
    await ann.page.locator('#refresh option').evaluateAll((all) => all.map((one) => one.value)),
    ['l', '10', '30', '100', '600', 'off'],
  );
  // Nothing is asked for in between, and the user is there all the while.
  const asked = [];
  ann.page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await ann.page.clock.runFor(55_000);
  assert.deepEqual(asked, []);
  const id = await sendClip(here.site, 'every600', 'Bob', 1);
  const heard = ann.page.waitForSelector(`#clips [data-clip="${id}"]`);
  await ann.page.clock.runFor(8_000);
  await heard;
  const { online } = JSON.parse(
    await readFile(join(here.site.thread('every600'), 'users.json'), 'utf8'),
  );
  const staysSec = online.Ann[0] - Date.now() / 1000;
  assert.ok(staysSec > 60 && staysSec < 75, `for ${staysSec} s`);
  await everybodyIsFine(ann);
});
