// What a bench found: a table for people, JSON in test-results/bench/ for programs.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

const results = fileURLToPath(new URL('../../test-results/bench/', import.meta.url));

/**
 * Prints a Markdown table and keeps the figures.
 * @param {string} name of the bench
 * @param {string[]} head
 * @param {string[][]} rows
 * @param {unknown} figures
 */
export async function report(name, head, rows, figures) {
  const machine = await describeMachine();
  const date = new Date().toISOString().slice(0, 10);
  console.log(`\n${date}, ${machine}`);
  table(head, rows);
  await mkdir(results, { recursive: true });
  const json = JSON.stringify({ name, date, machine, figures }, null, 2);
  await writeFile(`${results}${name}.json`, `${json}\n`);
}

/** Prints a Markdown table. @param {string[]} head @param {string[][]} rows */
export function table(head, rows) {
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(' | ')} |`;
  console.log(['', line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n'));
}

async function describeMachine() {
  const kernel = (await readFile('/proc/sys/kernel/osrelease', 'utf8')).trim().split('-')[0];
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores (${cpus()[0].model.trim()}), ${memory} GiB, Linux ${kernel}`;
}
