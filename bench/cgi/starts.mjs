// What it costs to start a program, counted: no other work of the machine changes these figures, but for the last.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { WHO } from '../support/site.mjs';

const run = promisify(execFile);
const TIMES = '300';

/** @typedef {{what: string, instructions: number, calls: number, faults: number, micros: number}} Cost */

/**
 * @param {string} built the folder of the floor's programs
 * @param {import('../support/site.mjs').Site} site
 * @param {string} query the next poll of a page that has everything
 * @returns {Promise<Cost[]>}
 */
export async function costsOfStarting(built, site, query) {
  const cost = async (/** @type {string} */ what, /** @type {string} */ program, text = '') => ({
    what,
    ...(await costOf(built, program, environment(site, program, text))),
  });
  const ours = (/** @type {string} */ name) => join(site.apache.folder, `site/cgi-bin/${name}.cgi`);
  return [
    await cost('the least: a C program that says two bytes', join(built, 'floor')),
    await cost('a poll with nothing new', ours('poll'), query),
    await cost('the same without `seen`', ours('poll'), query.replace(/&seen=.*/, '')),
    await cost('the same by an old page', ours('poll'), query.replace(/&ack=|&seen=.*/g, '')),
    await cost('who is there', ours('users'), `${WHO}&act=list`),
    await cost('a thread’s settings', ours('thread'), WHO),
  ];
}

/** As Apache gives it. @param {import('../support/site.mjs').Site} site @param {string} program @param {string} query */
function environment(site, program, query) {
  return {
    PATH: process.env.PATH,
    GATEWAY_INTERFACE: 'CGI/1.1',
    SERVER_PROTOCOL: 'HTTP/1.1',
    SERVER_SOFTWARE: 'Apache',
    DOCUMENT_ROOT: join(site.apache.folder, 'site'),
    SCRIPT_FILENAME: program,
    REMOTE_ADDR: '127.0.0.1',
    REQUEST_METHOD: 'GET',
    QUERY_STRING: query,
    HTTP_HOST: '127.0.0.1',
    HTTP_COOKIE: site.cookie,
  };
}

/** @param {string} built @param {string} program @param {NodeJS.ProcessEnv} env */
async function costOf(built, program, env) {
  const { stdout } = await run(join(built, 'start'), [TIMES, program], { env });
  const [faults, micros] = stdout.trim().split(' ').map(Number);
  const tool = ['--tool=callgrind', '--callgrind-out-file=/dev/null', program];
  const counted = await run('valgrind', tool, { env });
  const trace = join(built, 'calls');
  await run('strace', ['-f', '-o', trace, program], { env });
  const calls = (await readFile(trace, 'utf8')).split('\n').filter((line) => line.includes('('));
  const instructions = Number(counted.stderr.match(/Collected : (\d+)/)?.[1] ?? NaN);
  return { instructions, calls: calls.length, faults, micros };
}
