// A throw-away Apache with a copy of the packaged site, from the same template as the tests in Rust.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFile,
  chown,
  cp,
  mkdtemp,
  readFile,
  readdir,
  rm,
  writeFile,
  chmod,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, untilItListens } from './ports.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const isRoot = process.getuid?.() === 0;

/** @typedef {'cgi' | 'cgid' | 'fcgid'} Kind the module that runs the programs: prefork with mod_cgi, event with the others */

/** What MOZCHAT_APACHE says, in the words of Apache's tests in Rust. @type {Record<string, Kind>} */
const KINDS = { prefork: 'cgi', event: 'cgid', fcgid: 'fcgid' };
const usual = KINDS[process.env.MOZCHAT_APACHE ?? 'event'];

/** A site under Apache, until `stop`. */
export class Apache {
  #process;

  /** @param {string} folder @param {string} url @param {import('node:child_process').ChildProcess} process */
  constructor(folder, url, process) {
    this.folder = folder;
    this.url = url;
    this.#process = process;
  }

  /**
   * @param {Kind} kind
   * @param {object} [options]
   * @param {(folder: string) => Promise<string>} [options.more] what else the configuration has
   * @param {string} [options.scheme]
   * @param {string} [options.address] where it listens besides 127.0.0.1
   * @param {string} [options.place] where its folder is made
   * @param {(folder: string) => Promise<void>} [options.fill] puts the site there
   */
  static async start(kind = usual, options = {}) {
    const { more = async () => '', scheme = 'http', place = tmpdir(), fill = copySite } = options;
    const { address = '127.0.0.1' } = options;
    const folder = await mkdtemp(join(place, 'mozchat-'));
    await chmod(folder, 0o755);
    await fill(folder);
    if (kind === 'fcgid') await letTheProgramsStay(folder);
    const port = await freePort();
    const also = address === '127.0.0.1' ? '' : `Listen ${address}:${port}\n`;
    const text = (await configuration(folder, port, kind)) + also + (await more(folder));
    await writeFile(join(folder, 'apache.conf'), text);
    // Should the tests be killed, Apache ends with them.
    const ending = ['--pdeathsig', 'TERM', '/usr/sbin/apache2', '-D', 'FOREGROUND'];
    const child = spawn('setpriv', [...ending, '-f', join(folder, 'apache.conf')], {
      detached: true, // a process group of its own, so that its programs end with it
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    await untilItListens(port, child).catch(async (error) => {
      await rm(folder, { recursive: true, force: true });
      throw error;
    });
    return new this(folder, `${scheme}://${address}:${port}/`, child);
  }

  /** Apache's process group. */
  get group() {
    return Number(this.#process.pid);
  }

  /** The folder of a thread. @param {string} name */
  thread(name) {
    return join(this.folder, 'site/threads', name);
  }

  /** Makes a thread with these settings. @param {string} name @param {string} ini */
  async makeThread(name, ini) {
    const folder = this.thread(name);
    await cp(this.thread('mediaForum'), folder, { recursive: true });
    await writeFile(join(folder, '.ini'), ini);
    await giveAway(folder);
  }

  /** Apache's own record of what was asked: [{status, method, target}]. */
  async requests() {
    const lines = (await readFile(join(this.folder, 'access.log'), 'utf8')).trim().split('\n');
    return lines.map((line) => {
      const [status, method, target] = line.split(' ');
      return { status: Number(status), method, target };
    });
  }

  /** What Apache and the programs complained of. */
  async complaints() {
    const lines = (await readFile(join(this.folder, 'error.log'), 'utf8')).split('\n');
    return lines.filter((line) => line && !line.startsWith('[notice]'));
  }

  async stop() {
    const ended = once(this.#process, 'exit');
    process.kill(-Number(this.#process.pid), 'SIGTERM');
    await ended;
    // The process that ran the programs tidies up after itself, perhaps at the same time.
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** The packaged site, as a host's user has it. @param {string} folder */
async function copySite(folder) {
  const site = process.env.MOZCHAT_SITE ?? join(root, 'dist/site');
  await cp(site, join(folder, 'site'), { recursive: true });
  await giveAway(folder);
}

/** What INSTALL tells an admin to add for mod_fcgid, with upload.cgi. @param {string} folder */
async function letTheProgramsStay(folder) {
  const path = join(folder, 'site/cgi-bin/.htaccess');
  const which = '^(upload|poll|users|delete|chat|thread)\\.cgi$';
  await appendFile(path, `\n<FilesMatch "${which}">\n  SetHandler fcgid-script\n</FilesMatch>\n`);
}

/** @param {string} folder @param {number} port @param {Kind} kind */
async function configuration(folder, port, kind) {
  const template = await readFile(join(root, 'tests/apache/apache.conf.in'), 'utf8');
  return template
    .replaceAll('@FOLDER@', folder)
    .replaceAll('@PORT@', String(port))
    .replaceAll('@MPM@', kind === 'cgi' ? 'prefork' : 'event')
    .replaceAll('@CGI@', kind)
    .replaceAll('@USER@', isRoot ? 'User www-data\nGroup www-data' : '');
}

/** Makes a folder Apache's, as it belongs to a host's user. @param {string} path */
export async function giveAway(path) {
  if (!isRoot) return;
  const { uid: user, gid: group } = await apachesUser();
  await chown(path, user, group);
  for (const entry of await readdir(path, { recursive: true })) {
    await chown(join(path, entry), user, group);
  }
}

/** Under whom Apache runs the programs; of nobody in particular if that is who runs the tests. */
export async function apachesUser() {
  if (!isRoot) return {};
  const line = (await readFile('/etc/passwd', 'utf8')).match(/^www-data:[^:]*:(\d+):(\d+):/m);
  return { uid: Number(line?.[1]), gid: Number(line?.[2]) };
}
