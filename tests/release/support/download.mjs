// The zip file as an admin has downloaded it, unpacked on the admin's own computer.
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const dist = fileURLToPath(new URL('../../../dist/', import.meta.url));

/** @returns {Promise<{folder: string, site: string, programs: string[], remove: () => Promise<void>}>} */
export async function download() {
  const [zip] = (await readdir(dist)).filter((name) => /^mozchat-.*\.zip$/.test(name));
  const place = await mkdtemp(join(tmpdir(), 'mozchat-'));
  await promisify(execFile)('unzip', ['-q', join(dist, zip), '-d', place]);
  const folder = join(place, zip.replace(/\.zip$/, ''));
  const site = join(folder, 'mozchat');
  const programs = (await readdir(join(site, 'cgi-bin'))).filter((name) => name.endsWith('.cgi'));
  return { folder, site, programs, remove: () => rm(place, { recursive: true }) };
}
