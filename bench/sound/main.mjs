// How long it takes from the end of a recording till somebody else hears it, in parts; and what is heard between the
// clips of one who speaks on.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { WebmReader } from '../../htdocs/js/container/webm-demuxer.js';
import { flaws, makeChirp } from '../../tests/browser/support/chirp.mjs';
import {
  fromItsBeginning,
  hasHeardAll,
  heard,
  hush,
  openSound,
} from '../../tests/browser/support/ears.mjs';
import { samples } from '../../tests/browser/support/media.mjs';
import { startChromium } from '../../tests/browser/support/people.mjs';
import { quantile } from '../support/pairs.mjs';
import { report } from '../support/report.mjs';
import { noted, watchListener, watchSpeaker } from './clock.mjs';
import { WAYS, withTwo } from './ways.mjs';

const quick = process.argv.includes('--quick');
const ROUNDS = quick ? 12 : 50;
const SPEECH_SEC = quick ? 6 : 20;
/** Shorter than a piece, so that it is one clip. */
const WORD_SEC = 0.8;
const PARTS = ['encode', 'upload', 'notice', 'download', 'decode and start'];

/** One clip's way. @returns {Promise<number[]>} milliseconds for each part */
async function round(ann, bob) {
  // Whoever polls does so at any time.
  await pause(Math.random() * 1000);
  await hush(bob);
  const had = await bob.clips().count();
  await ann.recordFor(WORD_SEC);
  await ann.recorderIs('idle');
  await hasHeardAll(bob, had + 1);
  const [{ released, encoded, stored }, { known, here }] = [await noted(ann), await noted(bob)];
  const { began } = await heard(bob);
  const times = [released, encoded, stored, known, here, began];
  if (times.some((time) => !time)) throw new Error(`not noted: ${times}`);
  return PARTS.map((_, n) => times[n + 1] - times[n]);
}

async function rounds(ann, bob) {
  await watchSpeaker(ann);
  await watchListener(bob);
  await openSound(bob);
  await round(ann, bob);
  const found = [];
  while (found.length < ROUNDS) found.push(await round(ann, bob));
  return found;
}

/** What is in the last clips: their frames, as one recording that nobody has cut. @param {string} folder the thread's @param {number} from */
async function recorded(folder, from) {
  const catalog = JSON.parse(await readFile(join(folder, 'catalog.json'), 'utf8'));
  const frames = [];
  let reader = new WebmReader();
  for (const [name] of catalog.slice(from)) {
    reader = new WebmReader();
    const found = reader.push(new Uint8Array(await readFile(join(folder, 'media1', name))));
    let lead = reader.skip;
    while (lead > 0 && lead >= found[0].length) lead -= found.shift().length;
    frames.push(...found);
  }
  const whole = join(folder, 'whole.webm');
  await writeFile(whole, reader.write(frames, 0));
  return flaws(await samples(whole), 48_000);
}

/** What is recorded and what is heard of one who speaks on. */
async function speech(ann, bob, folder) {
  await hush(bob);
  await fromItsBeginning(ann);
  const had = await bob.clips().count();
  await ann.recordFor(SPEECH_SEC);
  await ann.recorderIs('idle');
  await hasHeardAll(bob, had + Math.floor(SPEECH_SEC));
  const { samples: sound, rate } = await heard(bob);
  return { said: await recorded(folder, had), arrived: flaws(sound, rate) };
}

const ms = (values, part) => quantile(values, part).toFixed(0);
const both = (values) => `${ms(values, 0.5)} / ${ms(values, 0.99)}`;
const figures = {};
const rows = [];
const chromium = await startChromium(makeChirp);
try {
  for (const way of WAYS) {
    await withTwo(way, chromium.browser, async (ann, bob, folder) => {
      const found = await rounds(ann, bob);
      const { said, arrived } = await speech(ann, bob, folder);
      const { silences, click } = arrived;
      const parts = PARTS.map((_, n) => found.map((one) => one[n]));
      const totals = found.map((one) => one.reduce((sum, part) => sum + part, 0));
      const longest = Math.max(0, ...silences);
      figures[way.name] = {
        parts: Object.fromEntries(PARTS.map((name, n) => [name, parts[n]])),
        totals,
        said,
        arrived,
      };
      rows.push([
        way.name,
        ...parts.map(both),
        `**${both(totals)}**`,
        longest.toFixed(0),
        click.toFixed(0),
        said.click.toFixed(0),
      ]);
      console.error(rows.at(-1).join(' | '));
    });
  }
} finally {
  await chromium.stop();
}

console.log(
  `\nMilliseconds from RECORD's end to sound, p50 / p99 of ${ROUNDS} clips of ${WORD_SEC} s;`,
);
console.log(
  `and of ${SPEECH_SEC} s of speech in clips of 1 s, the longest silence (ms) and the largest kink (100 is a click)`,
);
await report(
  'sound',
  ['by', ...PARTS, 'together', 'silence', 'kink', 'kink as recorded'],
  rows,
  figures,
);
