// A real nginx in front of a site, as many hosts have it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, untilItListens } from './ports.mjs';

/**
 * Starts one. It ends with the tests, should they be killed.
 * @param {string} url of the site behind it
 * @param {string} lines where it passes all on
 * @param {string} [more] before the server
 * @returns {Promise<{url: string, stop: () => Promise<void>}>}
 */
export async function startFront(url, lines, more = '') {
  const [folder, port] = [await mkdtemp(join(tmpdir(), 'mozchat-front-')), await freePort()];
  const places = ['client_body', 'proxy', 'fastcgi', 'scgi', 'uwsgi'];
  const text = `daemon off; pid ${folder}/pid; error_log ${folder}/log; worker_processes 1; events { }
${process.getuid?.() === 0 ? 'user root;' : ''}
http {
  access_log off; client_max_body_size 100m; ${more}
  ${places.map((place) => `${place}_temp_path ${folder}/${place};`).join(' ')}
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass ${url}; proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; ${lines}
    }
  }
}
`;
  await writeFile(join(folder, 'nginx.conf'), text);
  const command = ['--pdeathsig', 'TERM', 'nginx', '-p', folder, '-c', 'nginx.conf'];
  const child = spawn('setpriv', command, { stdio: 'ignore' });
  await untilItListens(port, child);
  const stop = async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
    await rm(folder, { recursive: true });
  };
  return { url: `http://127.0.0.1:${port}/`, stop };
}
