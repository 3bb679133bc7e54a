// A thread as it is after years: so many clips, users and messages.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chown, mkdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { apachesUser } from '../../tests/browser/support/apache.mjs';

const EXPIRE = 4_000_000_000;
/** Nobody is online for longer than the thread's userStatusFadeS. */
const ONLINE_SEC = 80_000;

/** @typedef {{clips: number, users: number, messages: number}} Size */

/** Fills the thread in a folder. @param {string} folder @param {Size} size */
export async function fill(folder, { clips, users, messages }) {
  const rows = Array.from({ length: clips }, (_, n) => row(n));
  await write(folder, 'catalog.json', rows);
  await writeClips(join(folder, 'media'), clips);
  const people = Array.from({ length: users }, (_, n) => `User ${n}`);
  const until = Math.round(Date.now() / 1000) + ONLINE_SEC;
  const online = Object.fromEntries(people.map((name) => [name, [until, '192.0.2.1']]));
  await write(folder, 'users.json', { next: until, online });
  const held = (/** @type {string} */ name) => ({
    held: { marks: [hash(name, 32)], until: EXPIRE },
  });
  const names = Object.fromEntries(people.map((name) => [name, held(name)]));
  await write(folder, 'names.json', { names });
  const letters = Array.from({ length: messages }, (_, n) => letter(n, people));
  await write(folder, 'messages.json', letters);
  const to = Object.fromEntries(people.map((name) => [hash(name, 16), Date.now()]));
  await write(folder, 'pulse.json', { all: 1, clips: Date.now(), to, users: 2 });
  // Folder and catalog agree: no program has to look.
  const { mtime } = await stat(join(folder, 'media'));
  await utimes(join(folder, 'catalog.json'), mtime, mtime);
}

/** @param {number} n */
const row = (n) => [
  fileName(n),
  `User ${n % 1000}`,
  'Nov_23_15:46:28',
  'audio/webm;codecs=opus',
  '2.5',
  100,
  EXPIRE,
  `some words about clip ${n}`,
];

/** @param {number} n @param {string[]} people */
const letter = (n, people) => ({
  act: 'relay',
  messageId: hash(`m${n}`, 16),
  msid: n + 1,
  notAfter: String(EXPIRE),
  realm: 'bench',
  received: '1763912788',
  target: people[n % people.length],
  text: `a message of some length, as people write them to each other, number ${n}`,
  type: 'message',
  user: people[(n + 1) % people.length],
});

/** @param {number} n */
export const fileName = (n) => `${(1_700_000_000_000 + n).toString(36)}-${hash(`c${n}`, 16)}.webm`;

/** @param {string} text @param {number} length */
const hash = (text, length) => createHash('sha256').update(text).digest('hex').slice(0, length);

/** @param {string} folder @param {string} name @param {unknown} value */
async function write(folder, name, value) {
  const path = join(folder, name);
  await writeFile(path, JSON.stringify(value));
  await own(path);
}

/** So many small files, which a shell's loop makes faster than we would. @param {string} media @param {number} count */
async function writeClips(media, count) {
  await mkdir(media, { recursive: true });
  const names = Array.from({ length: count }, (_, n) => fileName(n)).join('\n');
  await writeFile(join(media, '.names'), `${names}\n`);
  const make =
    'import sys\nfor n in open(".names"): open(n.strip(), "wb").write(b"\\x1aE\\xdf\\xa3" * 25)';
  await promisify(execFile)('python3', ['-c', make], { cwd: media });
  await promisify(execFile)('rm', [join(media, '.names')]);
  const { uid, gid } = await apachesUser();
  if (uid !== undefined) await promisify(execFile)('chown', ['-R', `${uid}:${gid}`, media]);
}

/** @param {string} path */
async function own(path) {
  const { uid, gid } = await apachesUser();
  if (uid !== undefined) await chown(path, uid, Number(gid));
}
