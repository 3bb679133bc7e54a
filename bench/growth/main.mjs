// What a thread's size costs: the same requests in a small, a middling and a huge thread.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { compare, median } from '../support/pairs.mjs';
import { report } from '../support/report.mjs';
import { Site, WHO } from '../support/site.mjs';
import { answersPerSecond } from '../support/wrk.mjs';
import { uploadsPerSecond } from '../cgi/upload.mjs';
import { fill } from './thread.mjs';

const quick = process.argv.includes('--quick');
const TIMES = quick ? 5 : 25;
const ROUNDS = quick ? 3 : 15;
const SIZES = [
  { clips: 10, users: 10, messages: 10 },
  { clips: 1000, users: 1000, messages: 1000 },
  { clips: 100_000, users: 1000, messages: 10_000 },
];

/** The median of so many measurements, in milliseconds. @param {() => Promise<void>} deed @param {number} [times] */
async function milliseconds(deed, times = TIMES) {
  const taken = [];
  for (let n = 0; n < times; n += 1) {
    const began = performance.now();
    await deed();
    taken.push(performance.now() - began);
  }
  return median(taken);
}

/** @param {typeof SIZES[number]} size */
async function start(size) {
  const site = await Site.start('cgid');
  await fill(site.apache.thread('bench'), size);
  await site.welcome();
  return site;
}

/** How many instructions a program of this site runs for a query: the least of three times, since once in a second it also
 * notes that its user is still there. @param {Site} site @param {string} query */
async function instructions(site, query) {
  const counts = [];
  for (let time = 0; time < 3; time += 1) counts.push(await instructionsOnce(site, query));
  return Math.min(...counts);
}

/** By Valgrind. @param {Site} site @param {string} query */
async function instructionsOnce(site, query) {
  const program = join(site.apache.folder, 'site/cgi-bin/poll.cgi');
  const env = {
    ...process.env,
    REQUEST_METHOD: 'GET',
    QUERY_STRING: query,
    HTTP_COOKIE: site.cookie,
  };
  const threads = { MOZCHAT_THREADS: join(site.apache.folder, 'site/threads') };
  const tool = ['--tool=callgrind', '--callgrind-out-file=/dev/null', program];
  const child = spawn('valgrind', tool, {
    env: { ...env, ...threads },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text) => (said += text));
  await once(child, 'close');
  return Number(said.match(/Collected : (\d+)/)?.[1] ?? NaN);
}

/** What the disk alone takes to keep a file of this size. @param {string} folder @param {number} bytes */
async function disk(folder, bytes) {
  const [draft, path] = ['.bench.tmp', '.bench'].map((name) => join(folder, name));
  const file = await open(draft, 'w');
  await file.write(Buffer.alloc(bytes, 'x'));
  await file.datasync();
  await file.close();
  await rename(draft, path);
}

/** @param {Site} site */
async function measure(site) {
  const nothingNew = await site.upToDate();
  const folder = site.apache.thread('bench');
  const everything = `${WHO}&act=poll&ack=&catCrc=`;
  const { size } = await stat(join(folder, 'catalog.json'));
  const ids = /** @type {string[]} */ ([]);
  return {
    'a poll with nothing new: instructions': await instructions(site, nothingNew),
    'a poll with nothing new: ms': await milliseconds(() => poll(site, nothingNew), 3 * TIMES),
    'the whole list: ms': await milliseconds(() => poll(site, everything)),
    'an upload of 3 kB: ms': await milliseconds(async () => {
      await uploadsPerSecond(site.program('upload'), WHO, 3000, site.cookie);
    }),
    'a deletion: ms': await milliseconds(async () => {
      if (!ids.length) ids.push(...(await ownClips(site)));
      const answer = await site.post('delete', `${WHO}&act=delete&id=${ids.pop()}`);
      if ((await answer.text()).includes('error')) throw new Error('it was not deleted');
    }),
    'the disk: writing and syncing a file of the list’s size: ms': await milliseconds(() =>
      disk(folder, size),
    ),
  };
}

/** @param {Site} site @param {string} query */
async function poll(site, query) {
  const answer = await fetch(`${site.program('poll')}?${query}`, {
    headers: { cookie: site.cookie },
  });
  await answer.arrayBuffer();
}

/** @param {Site} site @returns {Promise<string[]>} */
async function ownClips(site) {
  const { list } = await (await site.post('poll', `${WHO}&act=poll&ack=&catCrc=`)).json();
  return list
    .filter((/** @type {string[]} */ row) => row[1] === 'Ann')
    .map((/** @type {string[]} */ row) => row[0]);
}

/** @param {Site} site */
async function pollsPerSecond(site) {
  const url = `${site.program('poll')}?${await site.upToDate()}`;
  return () => answersPerSecond({ kept: false, url, cookie: site.cookie }, 1);
}

const sites = [];
try {
  for (const size of SIZES) sites.push(await start(size));
  const columns = [];
  for (const site of sites) columns.push(await measure(site));
  const [small, , huge] = await Promise.all(sites.map(pollsPerSecond));
  const rates = await compare(ROUNDS, huge, small);
  const rows = Object.keys(columns[0]).map((name) => {
    const values = columns.map((column) => column[/** @type {keyof typeof column} */ (name)]);
    const digits = name.endsWith('ms') ? 1 : 0;
    return [
      name,
      ...values.map((value) => value.toFixed(digits)),
      `**${(values[2] / values[0]).toFixed(2)}**`,
    ];
  });
  rows.push([
    'a poll with nothing new: a second',
    rates.theirs.toFixed(0),
    '',
    rates.ours.toFixed(0),
    `**${rates.ratio.toFixed(2)}**`,
  ]);
  const head = SIZES.map(
    ({ clips, users, messages }) => `${clips} clips, ${users} users, ${messages} messages`,
  );
  await report('growth', ['what, under mod_cgid', ...head, 'last to first'], rows, {
    sizes: SIZES,
    columns,
    rates,
  });
} finally {
  for (const site of sites) await site.stop();
}
