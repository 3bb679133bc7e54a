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
  #folder;
  #children;
  #server;
  /** @type {{ready?: boolean, closed?: number, id?: number}[]} */
  #lines = [];
  #seen = new Set();
  #news = new EventTarget();

  /** @param {string} folder @param {string} bus its address @param {import('node:child_process').ChildProcess} daemon */
  constructor(folder, bus, daemon) {
    this.#folder = folder;
    this.bus = bus;
    this.#server = start(`${root}target/python/bin/python`, [`${root}tests/python/notifyd.py`], {
      DBUS_SESSION_BUS_ADDRESS: bus,
    });
    this.#children = [daemon, this.#server];
    createInterface({ input: this.#server.stdout }).on('line', (line) => {
      this.#lines.push(JSON.parse(line));
      this.#news.dispatchEvent(new Event('line'));
    });
  }

  static async start() {
    const folder = await mkdtemp(join(tmpdir(), 'mozchat-'));
    const options = [
      '--session',
      '--nofork',
      '--print-address',
      `--address=unix:path=${folder}/bus`,
    ];
    const daemon = start('dbus-daemon', options);
    const [address] = await once(createInterface({ input: daemon.stdout }), 'line');
    const desktop = new Desktop(folder, address, daemon);
    await desktop.#until(({ ready }) => ready);
    return desktop;
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
    this.#server.stdin.write(`${id}\n`);
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
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** A program that ends with the tests. @param {string} program @param {string[]} options @param {Record<string, string>} [env] */
function start(program, options, env = {}) {
  return spawn('setpriv', ['--pdeathsig', 'TERM', program, ...options], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, ...env },
  });
}
