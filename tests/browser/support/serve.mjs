// The program behind scripts/serve: page, programs and threads in one process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, untilItListens } from './ports.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A running `serve`, until `stop`. As much of Apache's interface as the tests need that run against both. */
export class Serve {
  #process;

  /** @param {string} folder @param {number} port @param {import('node:child_process').ChildProcess} process */
  constructor(folder, port, process) {
    this.folder = folder;
    this.url = `http://127.0.0.1:${port}/`;
    this.#process = process;
  }

  static async start() {
    const folder = await mkdtemp(join(tmpdir(), 'mozchat-'));
    await cp(join(root, 'threads'), join(folder, 'threads'), { recursive: true });
    const port = await freePort();
    const options = ['--port', String(port), '--page', join(root, 'htdocs')];
    const child = spawn(
      join(root, 'target/release/serve'),
      [...options, '--threads', join(folder, 'threads')],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    await untilItListens(port, child).catch(async (error) => {
      await rm(folder, { recursive: true, force: true });
      throw error;
    });
    return new Serve(folder, port, child);
  }

  /** @param {string} name */
  thread(name) {
    return join(this.folder, 'threads', name);
  }

  /** @param {string} name @param {string} ini */
  async makeThread(name, ini) {
    await cp(this.thread('mediaForum'), this.thread(name), { recursive: true });
    await writeFile(join(this.thread(name), '.ini'), ini);
  }

  async complaints() {
    return [];
  }

  async stop() {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
    await rm(this.folder, { recursive: true, force: true });
  }
}
