// wrk, which asks as fast as it is answered.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CONNECTIONS = 4;

/**
 * Asks for so many seconds, and returns how many answers came in a second.
 * @param {{url: string, kept: boolean, body?: string, cookie?: string}} ask kept: the connections stay; a body makes it a POST
 * @param {number} seconds
 */
export async function answersPerSecond(ask, seconds) {
  const folder = await mkdtemp(join(tmpdir(), 'mozchat-wrk-'));
  try {
    const script = join(folder, 'request.lua');
    await writeFile(script, request(ask));
    const options = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '--timeout', '10s', '-s', script];
    const { stdout } = await run('wrk', [...options, ask.url]);
    return read(stdout, ask.url);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** @param {{kept: boolean, body?: string, cookie?: string}} ask */
function request({ kept, body, cookie }) {
  const lines = kept ? [] : ['wrk.headers["Connection"] = "close"'];
  if (cookie) lines.push(`wrk.headers["Cookie"] = ${JSON.stringify(cookie)}`);
  if (body !== undefined) {
    lines.push('wrk.method = "POST"', `wrk.body = ${JSON.stringify(body)}`);
    lines.push('wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"');
  }
  return lines.join('\n');
}

/** @param {string} said @param {string} url */
function read(said, url) {
  const failed = said.match(/Non-2xx or 3xx responses: \d+/);
  if (failed) throw new Error(`${url}: ${failed[0]}`);
  const rate = Number(said.match(/Requests\/sec:\s+([\d.]+)/)?.[1]);
  if (!(rate > 0)) throw new Error(`${url} was never answered:\n${said}`);
  return rate;
}
