// What a request costs under Apache, as a ratio to the least that could be done in its place.
import { copyFile, chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { Apache } from '../../tests/browser/support/apache.mjs';
import { compare } from '../support/pairs.mjs';
import { report } from '../support/report.mjs';
import { answersPerSecond } from '../support/wrk.mjs';
import { uploadsPerSecond } from './upload.mjs';

const [built, ...options] = process.argv.slice(2);
const quick = options.includes('--quick');
const ROUNDS = quick ? 3 : 15;
const SECONDS = 1;
const UPLOADS = quick ? 5 : 15;
const CLIP_BYTES = 50_000_000;
const THREAD = '[common]\nmaxBlobBytes=60000000\nmaxMediaFolderBytes=60000000\nmaxClipsPerMinute=0\n';

const who = 'user=Ann&realm=bench';

/** A site with the floor's programs beside ours, a thread with a clip, and Ann in it. @param {import('../../tests/browser/support/apache.mjs').Kind} kind */
async function start(kind) {
  const apache = await Apache.start(kind);
  for (const name of ['floor', 'store']) {
    const program = join(apache.folder, `site/cgi-bin/${name}.cgi`);
    await copyFile(join(built, name), program);
    await chmod(program, 0o755);
  }
  await apache.makeThread('bench', THREAD);
  const program = (name) => `${apache.url}cgi-bin/${name}.cgi`;
  const cookie = await annsCookie(program('users'));
  await uploadsPerSecond(program('upload'), who, 3000, cookie);
  const first = await fetch(`${program('poll')}?${who}&act=poll&ack=&catCrc=`, { headers: { cookie } });
  const state = await first.json();
  const asks = {
    floor: { url: program('floor') },
    poll: { url: `${program('poll')}?${who}&act=poll&ack=&catCrc=${state.catCrc}`, cookie },
    online: { url: program('users'), body: `${who}&act=online`, cookie },
    pulse: { url: `${apache.url}threads/bench/pulse.json` },
  };
  return { apache, asks, program, cookie };
}

/** The cookie by which Ann's browser is known. @param {string} users the program */
async function annsCookie(users) {
  const body = new URLSearchParams(`${who}&act=online`);
  const [cookie] = (await fetch(users, { method: 'POST', body })).headers.getSetCookie();
  return cookie.split(';')[0];
}

/** @type {{what: string, against: string, module: string, connections: string, found: import('../support/pairs.mjs').Comparison, unit: string}[]} */
const found = [];

/** @param {Awaited<ReturnType<typeof start>>} site @param {string} module */
async function programsAgainstTheFloor({ asks }, module) {
  for (const kept of [false, true]) {
    const rate = (name) => () => answersPerSecond({ kept, ...asks[name] }, SECONDS);
    for (const [name, what] of [
      ['poll', 'a poll with nothing new'],
      ['online', '“still online”'],
      ['pulse', 'the pulse, a static file'],
    ]) {
      note({
        what,
        against: 'C program of two bytes',
        module,
        connections: kept ? 'kept' : 'new',
        found: await compare(ROUNDS, rate(name), rate('floor')),
        unit: '/s',
      });
    }
  }
}

/** @param {Awaited<ReturnType<typeof start>>} site @param {string} module */
async function uploadAgainstCat({ program, cookie }, module) {
  const ours = () => uploadsPerSecond(program('upload'), who, CLIP_BYTES, cookie);
  const theirs = () => uploadsPerSecond(program('store'), '', CLIP_BYTES);
  note({
    what: 'a clip of 50 MB',
    against: '`cat > file` in C',
    module,
    connections: 'new',
    found: await compare(UPLOADS, ours, theirs),
    unit: '/s',
  });
}

function note(line) {
  found.push(line);
  const { what, against, module, connections, found: f } = line;
  console.error(`${module}, ${connections}: ${what} is ${f.ratio.toFixed(2)} of ${against}`);
}

for (const kind of /** @type {const} */ (['cgid', 'cgi'])) {
  const site = await start(kind);
  try {
    await programsAgainstTheFloor(site, `mod_${kind}`);
    await uploadAgainstCat(site, `mod_${kind}`);
  } finally {
    await site.apache.stop();
  }
}

const number = (value) => (value < 100 ? value.toFixed(1) : value.toFixed(0));
await report(
  'cgi',
  ['what', 'against', 'under', 'connections', 'ratio', 'lowest to highest', 'ours', 'theirs'],
  found.map(({ found: f, ...line }) => [
    line.what,
    line.against,
    line.module,
    line.connections,
    `**${f.ratio.toFixed(2)}**`,
    `${f.lowest.toFixed(2)} to ${f.highest.toFixed(2)}`,
    number(f.ours) + line.unit,
    number(f.theirs) + line.unit,
  ]),
  found,
);
