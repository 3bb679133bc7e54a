// A loudspeaker for browsers without one, and a recording of what comes out of it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** A loudspeaker that only the test hears: without one, some browsers play nothing at all. @param {string} folder */
export async function startSpeaker(folder) {
  const socket = join(folder, 'loudspeaker');
  const modules = [
    'module-null-sink sink_name=speaker',
    `module-native-protocol-unix socket=${socket} auth-anonymous=1`,
  ];
  const options = ['-n', '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no'];
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'TERM', 'pulseaudio', ...options, ...modules.flatMap((one) => ['-L', one])],
    { stdio: 'ignore', env: { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder } },
  );
  while (!existsSync(socket)) {
    if (child.exitCode !== null) throw new Error(`pulseaudio ended with ${child.exitCode}`);
    await pause(20);
  }
  return { server: `unix:${socket}`, stop: () => child.kill() };
}

/** What comes out of a loudspeaker while something goes on, as samples. @param {string} server @param {() => Promise<unknown>} during */
export async function listen(server, during) {
  const how = ['--device=speaker.monitor', '--format=float32le', '--rate=48000', '--channels=1'];
  const child = spawn('parec', [`--server=${server}`, ...how], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  /** @type {Buffer[]} */
  const parts = [];
  child.stdout.on('data', (part) => parts.push(part));
  await during();
  const ended = once(child, 'exit');
  child.kill();
  await ended;
  const all = Buffer.concat(parts);
  const whole = all.subarray(0, all.length - (all.length % 4));
  return new Float32Array(new Uint8Array(whole).buffer);
}
