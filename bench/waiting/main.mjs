// What long polls cost while they wait, and how soon they answer after a change.
import { readFile, readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { quantile } from '../support/pairs.mjs';
import { report } from '../support/report.mjs';
import { Site } from '../support/site.mjs';

const TIMES = process.argv.includes('--quick') ? 30 : 200;
const HELD = 10;

/** The processes that run a program of a site. @param {Site} site @param {string} name */
async function processes(site, name) {
  const program = join(site.apache.folder, `site/cgi-bin/${name}.cgi`);
  const found = [];
  for (const id of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const exe = await readlink(`/proc/${id}/exe`).catch(() => '');
    if (exe === program) found.push(id);
  }
  return found;
}

/** Those of them that wait for the thread to change. @param {Site} site */
async function waiting(site) {
  const found = [];
  for (const id of await processes(site, 'poll')) {
    const files = await readdir(`/proc/${id}/fd`).catch(() => []);
    const links = await Promise.all(
      files.map((file) => readlink(`/proc/${id}/fd/${file}`).catch(() => '')),
    );
    if (links.includes('anon_inode:inotify')) found.push(id);
  }
  return found;
}

/** @param {() => Promise<boolean>} look */
async function until(look) {
  const end = performance.now() + 30_000;
  while (!(await look())) if (performance.now() > end) throw new Error('waited in vain');
}

/** Memory of a process in kB that it shares with nobody, and in all. @param {string} id */
async function memory(id) {
  const text = await readFile(`/proc/${id}/smaps_rollup`, 'utf8');
  const figure = (/** @type {string} */ name) =>
    Number(text.match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))?.[1]);
  return {
    own: figure('Private_Dirty') + figure('Private_Clean'),
    dirty: figure('Private_Dirty'),
    resident: figure('Rss'),
  };
}

/** Somebody who waits. */
class Waiter {
  /** @param {Site} site @param {string} name */
  constructor(site, name) {
    this.site = site;
    this.who = `user=${name}&realm=bench`;
    this.cookie = '';
    this.have = '';
  }

  async come() {
    const answer = await this.site.post('users', `${this.who}&act=online`, '');
    this.cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    await this.look();
  }

  /** Takes what there is. */
  async look() {
    this.take(
      await (await this.site.post('poll', `${this.who}&act=poll&ack=&catCrc=`, this.cookie)).json(),
    );
  }

  /** @param {any} state */
  take({ pulse, me, catCrc = this.catCrc, users = this.users, messages = [] }) {
    this.catCrc = catCrc;
    this.users = users;
    const seen = [pulse.clips, pulse.users, pulse.all, pulse.to[me] ?? 0].join('.');
    const ack = messages.map((/** @type {{id: string}} */ { id }) => id).join(',');
    this.have = `ack=${ack}&catCrc=${catCrc}&seen=${seen}&usersSeen=${encodeURIComponent(JSON.stringify(users))}`;
  }

  /** Waits for news; when it came, in milliseconds since 1970, by the clock that files have their times from. */
  async wait() {
    const answer = await this.site.post(
      'poll',
      `${this.who}&act=longPoll&${this.have}`,
      this.cookie,
    );
    const state = await answer.json();
    const at = Date.now();
    if (state.waited === false) throw new Error('too many wait');
    this.take(state);
    return at;
  }
}

/** Milliseconds from the change of the pulse to the answer at the page. @param {Site} site */
async function wakeups(site) {
  const waiter = new Waiter(site, 'Bob');
  await waiter.come();
  const found = [];
  for (let n = 0; n < TIMES; n += 1) {
    await waiter.look();
    const answered = waiter.wait();
    await until(async () => (await waiting(site)).length === 1);
    await site.post('chat', `user=Ann&realm=bench&act=relay&target=Bob&type=message&text=${n}`);
    const at = await answered;
    const { mtimeMs } = await stat(join(site.apache.thread('bench'), 'pulse.json'), {
      bigint: false,
    });
    found.push(at - mtimeMs);
  }
  return found;
}

/** The memory of so many who wait. @param {Site} site */
async function held(site) {
  const waiters = Array.from({ length: HELD }, (_, n) => new Waiter(site, `W${n}`));
  for (const waiter of waiters) await waiter.come();
  for (const waiter of waiters) await waiter.look();
  const answers = waiters.map((waiter) => waiter.wait());
  await until(async () => (await waiting(site)).length === HELD);
  const figures = await Promise.all((await waiting(site)).map(memory));
  await site.post('chat', 'user=Ann&realm=bench&act=relay&target=*&type=message&text=end');
  await Promise.all(answers);
  const middle = (/** @type {'own' | 'dirty' | 'resident'} */ name) =>
    quantile(
      figures.map((figure) => figure[name]),
      0.5,
    );
  return { own: middle('own'), dirty: middle('dirty'), resident: middle('resident') };
}

const rows = [];
const figures = [];
for (const kind of /** @type {const} */ (['cgid', 'cgi', 'fcgid'])) {
  const site = await Site.start(kind);
  try {
    await site.welcome();
    const memory = await held(site);
    const taken = await wakeups(site);
    const [p50, p99] = [0.5, 0.99].map((part) => quantile(taken, part));
    figures.push({ module: site.module, ...memory, p50, p99 });
    rows.push([
      site.module,
      `**${memory.own} kB**`,
      `${memory.dirty} kB`,
      `${memory.resident} kB`,
      `**${p50.toFixed(1)} ms**`,
      `${p99.toFixed(1)} ms`,
    ]);
  } finally {
    await site.stop();
  }
}
const head = [
  'a long poll under',
  'memory of its own',
  'of that written to',
  'resident',
  'from the change to its answer, p50',
  'p99',
];
await report('waiting', head, rows, figures);
