// How much of the processor some processes and all that they start have used. Apache's programs are nobody's children
// when they end, so only a control group knows.
import { mkdir, readFile, readdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where groups can be made, the file that knows, and its unit in a second: version 1, a mixed system, version 2. */
const KINDS = [
  { root: '/sys/fs/cgroup/cpuacct', file: 'cpuacct.usage', read: Number, unit: 1e9 },
  { root: '/sys/fs/cgroup/unified', file: 'cpu.stat', read: usageOf, unit: 1e6 },
  { root: '/sys/fs/cgroup', file: 'cpu.stat', read: usageOf, unit: 1e6 },
];

/** @param {string} text */
function usageOf(text) {
  return Number(/^usage_usec (\d+)/m.exec(text)?.[1]);
}

export class CpuMeter {
  #kind;
  #folder;

  constructor(kind, folder) {
    this.#kind = kind;
    this.#folder = folder;
  }

  /** Meters a process group from now on. @param {number[]} groups @returns {Promise<CpuMeter | null>} null: the system does not let us */
  static async of(...groups) {
    for (const kind of KINDS) {
      const meter = new CpuMeter(kind, join(kind.root, `mozchat-bench-${process.pid}`));
      try {
        await mkdir(meter.#folder, { recursive: true });
        await meter.seconds();
        for (const id of await processesOf(groups)) {
          await writeFile(join(meter.#folder, 'cgroup.procs'), String(id));
        }
        return meter;
      } catch {
        await meter.end();
      }
    }
    return null;
  }

  /** So many so far. */
  async seconds() {
    const text = await readFile(join(this.#folder, this.#kind.file), 'utf8');
    return this.#kind.read(text) / this.#kind.unit;
  }

  /** To be called when the processes are gone. */
  async end() {
    await rmdir(this.#folder).catch(() => {});
  }
}

/** @param {number[]} groups */
async function processesOf(groups) {
  const found = [];
  for (const id of await readdir('/proc')) {
    if (!/^\d+$/.test(id)) continue;
    const stat = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => '');
    const group = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
    if (groups.includes(group)) found.push(Number(id));
  }
  return found;
}
