// An admin's FTP: a server in front of the web space, and lftp as the client.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const python = `${root}target/python/bin/python`;
/** The user of this machine to whom what is copied belongs; `scripts/test release` makes it. */
export const ADMIN = 'mozchat-test';

/** As little as possible is tried again, so that what goes wrong is seen. */
const SETTINGS =
  'set ftp:ssl-allow no; set net:max-retries 1; set net:timeout 20; set cmd:fail-exit yes;';
/** A limit that only a hanging server reaches. */
const PATIENCE = 120_000;

/** The web space of an admin, as FTP shows it. */
export class Ftp {
  /** @param {import('node:child_process').ChildProcess} server @param {number} port */
  constructor(server, port) {
    this.server = server;
    this.port = port;
  }

  /** @param {string} folder the web space */
  static async before(folder) {
    const server = spawn(python, [`${root}tests/python/ftpd.py`, folder, ADMIN], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [line] = await once(createInterface({ input: server.stdout }), 'line');
    return new Ftp(server, Number(line));
  }

  /** Runs lftp's commands, one after the other. @param {...string} commands */
  async does(...commands) {
    const login = `open -u admin,secret -p ${this.port} 127.0.0.1;`;
    const script = `${SETTINGS} ${login} ${commands.join('; ')}`;
    const { stderr } = await promisify(execFile)('lftp', ['-c', script], { timeout: PATIENCE });
    assert.equal(stderr, '', 'what lftp complains of');
  }

  /** Copies a folder in binary mode; modes are lost, as many clients lose them. @param {string} from @param {string} to @param {string[]} [without] */
  copies(from, to, without = []) {
    const excluded = without.map((pattern) => `--exclude ${pattern}`).join(' ');
    return this.does(`mirror --reverse --no-perms ${excluded} "${from}" "${to}"`);
  }

  /** Copies a file in ASCII mode, as clients on Windows do. @param {string} from @param {string} to */
  async copiesAsText(from, to) {
    const script = `${root}tests/python/put_as_text.py`;
    await promisify(execFile)(python, [script, String(this.port), from, to], { timeout: PATIENCE });
  }

  /** SITE CHMOD. @param {string} mode @param {string[]} names */
  chmod(mode, names) {
    return this.does(...names.map((name) => `chmod ${mode} "${name}"`));
  }

  async stop() {
    const ended = once(this.server, 'exit');
    this.server.stdin?.end();
    await ended;
  }
}
