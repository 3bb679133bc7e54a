// A real coturn with a shared secret, as admins run it beside their site.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { untilItListens } from '../../browser/support/ports.mjs';
import { SERVER } from './network.mjs';

const PORT = 3478;
export const SECRET = 'north of the border';

export class Turn {
  #folder;
  #process;
  #log = '';

  /** @param {string} folder @param {import('node:child_process').ChildProcess} process */
  constructor(folder, process) {
    this.#folder = folder;
    this.#process = process;
    process.stdout?.on('data', (data) => (this.#log += data));
  }

  static async start() {
    const folder = await mkdtemp(join(tmpdir(), 'mozchat-turn-'));
    const where = [`--listening-ip=${SERVER}`, `--relay-ip=${SERVER}`, `--listening-port=${PORT}`];
    const who = ['--use-auth-secret', `--static-auth-secret=${SECRET}`, '--realm=mozchat.test'];
    const files = [`--userdb=${folder}/db`, `--pidfile=${folder}/pid`, '--log-file=stdout'];
    const less = ['-n', '--no-cli', '--no-tls', '--no-dtls', '--simple-log', '--verbose'];
    const turnserver = ['/usr/bin/turnserver', ...less, ...where, ...who, ...files];
    const child = spawn('setpriv', ['--pdeathsig', 'TERM', ...turnserver], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const turn = new Turn(folder, child);
    await untilItListens(PORT, child, SERVER);
    return turn;
  }

  /** What coturn has said so far. */
  get log() {
    return this.#log;
  }

  async stop() {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** What a thread's .ini says of this coturn. @param {{secret?: string, port?: number}} [otherwise] */
export function turnIni({ secret = SECRET, port = PORT } = {}) {
  const at = `@ip@:${port}`;
  const urls = [`turn:${at}?transport=udp`];
  return {
    common: `turnSecret="${secret}"`,
    client: `iceAddr="${SERVER}"\niceString="${JSON.stringify([{ urls: `stun:${at}` }, { urls }])}"`,
  };
}
