// Ports on this machine.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * A port that nobody uses just now, below those that the kernel gives to clients: one of these could connect to itself
 * before the server listens.
 */
export async function freePort() {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    const server = createServer().listen(port, '127.0.0.1');
    const free = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!free) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

/** Waits until a server listens, or throws if it ended instead. @param {number} port @param {import("node:child_process").ChildProcess} child @param {string} [host] */
export async function untilItListens(port, child, host = '127.0.0.1') {
  /** @type {unknown} */
  let trouble;
  child.on('error', (error) => (trouble = error));
  for (;;) {
    if (trouble) throw trouble;
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    if (await listens(port, host)) return;
    await pause(20);
  }
}

/** @param {number} port @param {string} host @returns {Promise<boolean>} */
function listens(port, host) {
  return new Promise((resolve) => {
    const line = connect(port, host);
    line.on('error', () => resolve(false));
    line.on('connect', () => {
      line.destroy();
      resolve(true);
    });
  });
}
