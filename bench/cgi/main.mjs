// What a request costs under Apache, as a ratio to the least that could be done in its place.
import { copyFile, chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { compare } from '../support/pairs.mjs';
import { report } from '../support/report.mjs';
import { ROOMY, Site, WHO } from '../support/site.mjs';
import { answersPerSecond } from '../support/wrk.mjs';
import { uploadsPerSecond } from './upload.mjs';

const [built, ...options] = process.argv.slice(2);
const quick = options.includes('--quick');
const ROUNDS = quick ? 3 : 15;
const SECONDS = 1;
const UPLOADS = quick ? 5 : 15;
const CLIP_BYTES = 50_000_000;
// One clip of 50 MB at a time, so that the disk does not fill.
const THREAD = ROOMY.replace(/maxMediaFolderBytes=\d+/, 'maxMediaFolderBytes=60000000');

/** @typedef {{what: string, against: string, module: string, connections: string, goal: number | null, found: import('../support/pairs.mjs').Comparison}} Line */
/** @type {Line[]} */
const found = [];

/** A site with the floor's programs beside ours, a thread with a clip, and Ann in it. @param {import('../support/site.mjs').Kind} kind */
async function start(kind) {
  const site = await Site.start(kind, THREAD);
  for (const name of ['floor', 'store']) {
    const program = join(site.apache.folder, `site/cgi-bin/${name}.cgi`);
    await copyFile(join(built, name), program);
    await chmod(program, 0o755);
  }
  await site.welcome();
  await uploadsPerSecond(site.program('upload'), WHO, 3000, site.cookie);
  const { cookie } = site;
  const asks = {
    floor: { url: site.program('floor') },
    poll: { url: `${site.program('poll')}?${await site.upToDate()}`, cookie },
    online: { url: site.program('users'), body: `${WHO}&act=online`, cookie },
    pulse: { url: `${site.apache.url}threads/bench/pulse.json` },
  };
  return { site, asks };
}

/** @typedef {Awaited<ReturnType<typeof start>>} Started */

const FLOOR = 'a static C program that prints two bytes';
const NAMES = {
  poll: 'a poll with nothing new',
  online: '“still online”',
  pulse: 'the pulse, a static file',
};

/** @param {{kept: boolean, goal?: number | null, against: string}} how @param {[Started, keyof typeof NAMES]} ours @param {[Started, string]} theirs */
async function rates({ kept, goal = null, against }, [us, name], [them, other]) {
  const rate =
    (/** @type {Started} */ { asks }, /** @type {string} */ which) =>
    () =>
      answersPerSecond({ kept, ...asks[/** @type {'poll'} */ (which)] }, SECONDS);
  const connections = kept ? 'kept' : 'new';
  const line = { what: NAMES[name], against, module: us.site.module, connections, goal };
  note({ ...line, found: await compare(ROUNDS, rate(us, name), rate(them, other)) });
}

/** @param {Started} us @param {Started} them */
async function uploadAgainstCat({ site }, them) {
  const ours = () => uploadsPerSecond(site.program('upload'), WHO, CLIP_BYTES, site.cookie);
  const theirs = () => uploadsPerSecond(them.site.program('store'), '', CLIP_BYTES);
  const against = `\`cat > file\` in C, under ${them.site.module}, which syncs nothing`;
  const line = { what: 'a clip of 50 MB', against, module: site.module, connections: 'new' };
  note({ ...line, goal: 0.7, found: await compare(UPLOADS, ours, theirs) });
}

/** @param {Line} line */
function note(line) {
  found.push(line);
  const { what, against, module, connections, found: f } = line;
  console.error(`${module}, ${connections}: ${what} is ${f.ratio.toFixed(2)} of ${against}`);
}

const cgid = await start('cgid');
const cgi = await start('cgi');
const fcgid = await start('fcgid');
try {
  for (const kept of [false, true]) {
    await rates({ kept, against: FLOOR, goal: 0.9 }, [cgid, 'poll'], [cgid, 'floor']);
    await rates({ kept, against: FLOOR, goal: kept ? 4 : null }, [cgi, 'poll'], [cgi, 'floor']);
    const against = 'the same under mod_cgid';
    await rates({ kept, against, goal: 5 }, [fcgid, 'poll'], [cgid, 'poll']);
    await rates({ kept, against: FLOOR }, [cgid, 'online'], [cgid, 'floor']);
    if (!quick) await rates({ kept, against: FLOOR }, [cgi, 'online'], [cgi, 'floor']);
    await rates({ kept, against }, [fcgid, 'online'], [cgid, 'online']);
  }
  await rates({ kept: true, against: FLOOR }, [cgid, 'pulse'], [cgid, 'floor']);
  for (const us of [cgid, cgi]) await uploadAgainstCat(us, us);
  await uploadAgainstCat(fcgid, cgid);
} finally {
  for (const { site } of [cgid, cgi, fcgid]) await site.stop();
}

const number = (/** @type {number} */ value) => (value < 100 ? value.toFixed(1) : value.toFixed(0));
await report(
  'cgi',
  [
    'what',
    'under',
    'connections',
    'against',
    'ratio',
    'goal',
    'lowest to highest',
    'ours',
    'theirs',
  ],
  found.map(({ found: f, ...line }) => [
    line.what,
    line.module,
    line.connections,
    line.against,
    `**${f.ratio.toFixed(2)}**`,
    line.goal === null ? '' : String(line.goal),
    `${f.lowest.toFixed(2)} to ${f.highest.toFixed(2)}`,
    `${number(f.ours)}/s`,
    `${number(f.theirs)}/s`,
  ]),
  found,
);
