// A desktop of the test's own (D-Bus), which shows Chromium's notifications to nobody and lets the test click on them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const PATIENCE_MS = 20_000;

/** @typedef {{id: number, title: string, body: string, stays: boolean}} Note */

export class Desktop {
  /** Its address. */
  bus = '';
  #folder;
  /** @type {import('node:child_process').ChildProcess[]} */
  #children = [];
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #server;
  /** @type {{ready?: boolean, closed?: number, id?: number}[]} */
  #lines = [];
  #seen = new Set();
  #news = new EventTarget();

  /** @param {string} folder its own */
  constructor(folder) {
    this.#folder = folder;
  }

  static async start() {
    const desktop = new Desktop(await mkdtemp(join(tmpdir(), 'mozchat-')));
    try {
      await desktop.#begin();
      return desktop;
    } catch (error) {
      // What is left running would keep the tests from ending.
      await desktop.stop();
      throw error;
    }
  }

  async #begin() {
    const where = `--address=unix:path=${this.#folder}/bus`;
    const daemon = this.#run('dbus-daemon', ['--session', '--nofork', '--print-address', where]);
    const [address] = await Promise.race([once(linesOf(daemon), 'line'), endOf(daemon)]);
    this.bus = address;
    const [python, program] = ['target/python/bin/python', 'tests/python/notifyd.py'];
    const env = { DBUS_SESSION_BUS_ADDRESS: address };
    const server = this.#run(`${root}${python}`, [`${root}${program}`], env);
    this.#server = server;
    linesOf(server).on('line', (line) => {
      this.#lines.push(JSON.parse(line));
      this.#news.dispatchEvent(new Event('line'));
    });
    await Promise.race([this.#until(({ ready }) => ready), endOf(server)]);
  }

  /** A program that ends with the tests. @param {string} program @param {string[]} options @param {Record<string, string>} [env] */
  #run(program, options, env = {}) {
    const child = spawn('setpriv', ['--pdeathsig', 'TERM', program, ...options], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    });
    this.#children.push(child);
    return child;
  }

  /** What starts a Chromium on this desktop. */
  get prefix() {
    return ['env', `DBUS_SESSION_BUS_ADDRESS='${this.bus}'`];
  }

  /** Waits for a notification, each time for another one. @param {string} title @returns {Promise<Note>} */
  async shows(title) {
    const at = await this.#until((line) => line.title === title && !this.#seen.has(line));
    this.#seen.add(at);
    return at;
  }

  /** Waits until one is taken back. @param {Note} note */
  takesBack(note) {
    return this.#until(({ closed }) => closed === note.id);
  }

  /** A person clicks on one. @param {Note} note */
  click({ id }) {
    this.#server?.stdin?.write(`${id}\n`);
  }

  /** @param {(line: any) => unknown} fits @returns {Promise<any>} */
  async #until(fits) {
    const late = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const found = this.#lines.find(fits);
      if (found) return found;
      if (late.aborted) throw new Error(`the desktop has only ${JSON.stringify(this.#lines)}`);
      const stop = new AbortController();
      await Promise.race([
        once(this.#news, 'line', { signal: stop.signal }).catch(() => {}),
        once(late, 'abort', { signal: stop.signal }).catch(() => {}),
      ]);
      stop.abort();
    }
  }

  async stop() {
    for (const child of this.#children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** What a program says. @param {import('node:child_process').ChildProcess} child */
function linesOf({ stdout }) {
  if (!stdout) throw new Error('its output is not to be had');
  return createInterface({ input: stdout });
}

/** Fails when a program has ended: its own words are above. @param {import('node:child_process').ChildProcess} child @returns {Promise<never>} */
async function endOf(child) {
  const [code] = await once(child, 'exit');
  throw new Error(`${child.spawnargs.slice(3).join(' ')} has ended with ${code}`);
}
