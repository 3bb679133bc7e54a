// What the hub holds and how fast it tells, beside a server on npm's ws and a bare one.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { median } from '../support/pairs.mjs';
import { report } from '../support/report.mjs';

const [program, ...options] = process.argv.slice(2);
const ROUNDS = options.includes('--quick') ? 1 : 5;
const SERVERS = ['hub', 'ws', 'bare'];

/** What is measured, and whether more of it is better. */
const FIGURES = {
  joins: { what: 'joins a second, 10 000 in a row', isRate: true, unit: '/s', digits: 0 },
  bytes: { what: 'resident for each of 10 000 idle', isRate: false, unit: ' B', digits: 0 },
  p50: { what: 'last of 1000 has a message, p50', isRate: false, unit: ' ms', digits: 1 },
  p99: { what: 'last of 1000 has a message, p99', isRate: false, unit: ' ms', digits: 1 },
  frames: { what: 'frames a second, 100 messages at once', isRate: true, unit: '/s', digits: 0 },
};

/** @type {Record<string, Record<string, number>[]>} */
const found = Object.fromEntries(SERVERS.map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round += 1) {
  // Whatever else the machine does falls on all of them.
  for (const name of round % 2 ? [...SERVERS].reverse() : SERVERS) {
    const { stdout } = await promisify(execFile)(program, [name]);
    found[name].push(JSON.parse(stdout));
    console.error(name, stdout.trim());
  }
}

const middle = (name, figure) => median(found[name].map((round) => round[figure]));

/** How many times as good as another server the hub is. */
function ahead(other, figure) {
  const [ours, theirs] = [middle('hub', figure), middle(other, figure)];
  return `${(FIGURES[figure].isRate ? ours / theirs : theirs / ours).toFixed(2)}×`;
}

await report(
  'hub',
  ['what', 'hub', "npm's ws", 'bare', 'ahead of ws', 'ahead of bare'],
  Object.entries(FIGURES).map(([figure, { what, unit, digits }]) => [
    what,
    ...SERVERS.map((name) => middle(name, figure).toFixed(digits) + unit),
    `**${ahead('ws', figure)}**`,
    ahead('bare', figure),
  ]),
  found,
);
