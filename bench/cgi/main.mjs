// What a request costs under Apache, as a ratio to the least that could be done in its place.
import { appendFile, chmod, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compareFound, measureAll } from '../support/pairs.mjs';
import { report, table } from '../support/report.mjs';
import { ROOMY, Site, WHO } from '../support/site.mjs';
import { answersPerSecond } from '../support/wrk.mjs';
import { costsOfStarting } from './starts.mjs';
import { settleDisk, uploadsPerSecond } from './upload.mjs';

const [built, ...options] = process.argv.slice(2);
const quick = options.includes('--quick');
const ROUNDS = quick ? 3 : 15;
const SECONDS = 1;
const UPLOADS = quick ? 5 : 15;
const CLIP_BYTES = 50_000_000;
// One clip of 50 MB at a time, so that the disk does not fill.
const THREAD = ROOMY.replace(/maxMediaFolderBytes=\d+/, 'maxMediaFolderBytes=60000000');

/** The floor's programs in our cgi-bin, by the file that was built. */
const FLOOR = { cgid: {}, cgi: {}, fcgid: { floor: 'stay', store: 'stay-store' } };

/** A site with the floor's programs beside ours, a thread with a clip, and Ann in it. @param {import('../support/site.mjs').Kind} kind */
async function start(kind) {
  const site = await Site.start(kind, THREAD);
  const folder = join(site.apache.folder, 'site/cgi-bin');
  for (const name of ['floor', 'store', 'synced']) {
    const program = join(folder, `${name}.cgi`);
    await copyFile(join(built, FLOOR[kind][name] ?? name), program);
    await chmod(program, 0o755);
  }
  if (kind === 'fcgid') {
    const stay =
      '\n<FilesMatch "^(floor|store)\\.cgi$">\n  SetHandler fcgid-script\n</FilesMatch>\n';
    await appendFile(join(folder, '.htaccess'), stay);
  }
  await site.welcome();
  await uploadsPerSecond(site.program('upload'), WHO, 3000, site.cookie);
  const { cookie } = site;
  const query = await site.upToDate();
  const poll = `${site.program('poll')}?`;
  const asks = {
    // Asked the same, so that Apache's part in it is the same.
    floor: { url: `${site.program('floor')}?${query}`, cookie },
    poll: { url: poll + query, cookie },
    everything: { url: poll + query.replace(/&seen=.*/, ''), cookie },
    online: { url: site.program('users'), body: `${WHO}&act=online`, cookie },
    pulse: { url: `${site.apache.url}threads/bench/pulse.json` },
  };
  return { site, asks, query };
}

/** @typedef {Awaited<ReturnType<typeof start>>} Started */

/** What is asked of which Apache, in the order of the table: what, against what, and the goals (new, kept). */
const RATES = [
  ['cgid poll', 'cgid floor', 0.9, 0.9],
  ['cgid everything', 'cgid floor', null, null],
  ['cgid online', 'cgid floor', null, null],
  ['cgi poll', 'cgi floor', null, 4],
  ['fcgid poll', 'cgid poll', 5, 5],
  ['fcgid floor', 'cgid poll', null, null],
  ['fcgid pulse', 'cgid poll', null, null],
];
const NAMES = {
  floor: 'the least: a C program that says two bytes',
  poll: 'a poll with nothing new',
  everything: 'the same by a page that says no `seen`',
  online: '“still online”',
  pulse: 'the pulse, a static file',
  upload: 'a clip of 50 MB',
  store: '`cat > file` in C',
  synced: '`cat > file` in C, synced',
};
/** What is uploaded to which Apache, against what, and the goal. */
const UPLOADED = [
  ['cgid upload', 'cgid store', 0.7],
  ['cgid upload', 'cgid synced', null],
  ['cgi upload', 'cgi store', 0.7],
  ['cgi upload', 'cgi synced', null],
  ['fcgid upload', 'cgid store', 0.7],
  ['fcgid upload', 'fcgid store', null],
  ['fcgid store', 'cgid store', null],
];
const KINDS = /** @type {const} */ (['cgid', 'cgi', 'fcgid']);

/** @param {string[]} names */
const each = (names) => [...new Set(names)];

/** @param {string} name @returns {[import('../support/site.mjs').Kind, string]} */
const split = (name) => /** @type {any} */ (name.split(' '));

/** @param {Record<string, Started>} sites @param {boolean} kept */
function rates(sites, kept) {
  const names = each(RATES.flatMap(([us, them]) => [us, them]));
  const subjects = names.map((name) => {
    const [kind, what] = split(name);
    return [name, () => answersPerSecond({ kept, ...sites[kind].asks[what] }, SECONDS)];
  });
  return measureAll(ROUNDS, Object.fromEntries(subjects));
}

/** @param {Record<string, Started>} sites */
function uploads(sites) {
  const names = each(UPLOADED.flatMap(([us, them]) => [us, them]));
  const subjects = names.map((name) => {
    const [kind, what] = split(name);
    const { site } = sites[kind];
    const program = site.program(what);
    const [who, cookie] = what === 'upload' ? [WHO, site.cookie] : ['', ''];
    const measure = async () => {
      await settleDisk();
      return uploadsPerSecond(program, who, CLIP_BYTES, cookie);
    };
    return [name, measure];
  });
  return measureAll(UPLOADS, Object.fromEntries(subjects));
}

/** @param {string} name */
function inWords(name) {
  const [kind, what] = split(name);
  return `${NAMES[what]}, mod_${kind}`;
}

/** @param {number | null} goal */
const shown = (goal) => (goal === null ? '' : `${goal}`);
/** @param {import('../support/pairs.mjs').Comparison} found */
const ratio = ({ ratio, lowest, highest }) =>
  `**${ratio.toFixed(2)}** (${lowest.toFixed(2)} to ${highest.toFixed(2)})`;
/** @param {number} value */
const number = (value) => (value < 100 ? value.toFixed(1) : value.toFixed(0));

const sites = /** @type {Record<string, Started>} */ ({});
try {
  for (const kind of KINDS) sites[kind] = await start(kind);
  const [fresh, kept] = [await rates(sites, false), await rates(sites, true)];
  const stored = await uploads(sites);
  const starts = await costsOfStarting(built, sites.cgid.site, sites.cgid.query);
  const lines = RATES.map(([us, them, goal, goalKept]) => ({
    what: us,
    against: them,
    goals: [goal, goalKept],
    fresh: compareFound(fresh[us], fresh[them]),
    kept: compareFound(kept[us], kept[them]),
  }));
  const clips = UPLOADED.map(([us, them, goal]) => ({
    what: us,
    against: them,
    goal,
    found: compareFound(stored[us], stored[them]),
  }));
  const head = [
    'what',
    'against',
    'new connections',
    'goal',
    'kept',
    'goal',
    'a second, new / kept',
  ];
  const rows = lines.map(({ what, against, goals, fresh, kept }) => [
    inWords(what),
    inWords(against),
    ratio(fresh),
    shown(goals[0]),
    ratio(kept),
    shown(goals[1]),
    `${number(fresh.ours)} / ${number(kept.ours)}`,
  ]);
  const clipRows = clips.map(({ what, against, goal, found }) => [
    inWords(what),
    inWords(against),
    ratio(found),
    shown(goal),
    '',
    '',
    number(found.ours),
  ]);
  await report('cgi', head, [...rows, ...clipRows], { rates: lines, uploads: clips, starts });
  const startHead = ['what a start costs', 'instructions', 'system calls', 'page faults', 'µs'];
  table(
    startHead,
    starts.map(({ what, instructions, calls, faults, micros }) => [
      what,
      ...[instructions, calls, faults, micros].map(String),
    ]),
  );
} finally {
  for (const { site } of Object.values(sites)) await site.stop();
}
