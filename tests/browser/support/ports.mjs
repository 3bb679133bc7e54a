// Ports on this machine.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** A port that nobody uses just now. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until a server listens, or throws if it ended instead. @param {number} port @param {import('node:child_process').ChildProcess} child */
export async function untilItListens(port, child) {
  /** @type {unknown} */
  let trouble;
  child.on('error', (error) => (trouble = error));
  for (;;) {
    if (trouble) throw trouble;
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    if (await listens(port)) return;
    await pause(20);
  }
}

/** @param {number} port @returns {Promise<boolean>} */
function listens(port) {
  return new Promise((resolve) => {
    const line = connect(port, '127.0.0.1');
    line.on('error', () => resolve(false));
    line.on('connect', () => {
      line.destroy();
      resolve(true);
    });
  });
}
