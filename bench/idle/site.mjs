// A site under Apache, perhaps with a hub, whose processor time and programs are counted.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Apache, giveAway } from '../../tests/browser/support/apache.mjs';
import { freePort, untilItListens } from '../../tests/browser/support/ports.mjs';
import { CpuMeter } from '../support/cpu.mjs';

const hub = fileURLToPath(new URL('../../target/release/hub', import.meta.url));

export class Site extends Apache {
  /** @type {import('node:child_process').ChildProcess | null} */
  #hub = null;
  /** @type {CpuMeter | null} */
  #meter = null;

  /** Starts counting; with a hub, if one is wanted. @param {boolean} withHub */
  async begin(withHub) {
    if (withHub) await this.#startHub();
    const groups = [this.group, this.#hub?.pid ?? 0];
    this.#meter = await CpuMeter.of(...groups.filter(Boolean));
  }

  async #startHub() {
    const port = await freePort();
    const ini = `[common]\nwsOn="1"\nwsServerUri="ws://127.0.0.1:${port}"\n[server]\nlisten="127.0.0.1"\nallowOrigin="*"\nmaxPerAddress="1000"\n`;
    await writeFile(this.thread('ws.ini'), ini);
    await giveAway(this.folder);
    const options = ['--threads', this.thread('.')];
    const child = spawn(hub, options, { stdio: 'ignore', detached: true });
    await untilItListens(port, child);
    this.#hub = child;
  }

  /** What has been asked so far, and what it cost. */
  async spent() {
    const all = (await this.requests()).filter(({ target }) => target);
    const programs = all.filter(({ target }) => target.includes('/cgi-bin/')).length;
    const pulses = all.filter(({ target }) => target.endsWith('/pulse.json'));
    const unchanged = pulses.filter(({ status }) => status === 304).length;
    const cpu = (await this.#meter?.seconds()) ?? NaN;
    return { programs, pulses: pulses.length, unchanged, cpu };
  }

  async stop() {
    if (this.#hub) {
      const ended = once(this.#hub, 'exit');
      this.#hub.kill('SIGTERM');
      await ended;
    }
    await super.stop();
    await this.#meter?.end();
  }
}
