// A person's page in WebKit: Debian's WebKitGTK, whose MiniBrowser has fake devices, on a screen that nobody sees.
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listen, startSpeaker } from './loudspeaker.mjs';
import { Person } from './people.mjs';
import { freePort, untilItListens } from './ports.mjs';
import { WebDriverPage, WebDriverSession } from './webdriver.mjs';

/** So long a browser may take to start. */
const START_MS = 25_000;
const MOST_TRIES = 4;

/** Its microphone beeps, its camera shows a clock. */
const ARGUMENTS = [
  '--automation',
  '--enable-mock-capture-devices=true',
  '--enable-media-stream=true',
];

/** Debian has it in a folder of the machine's kind and the library's version. */
async function miniBrowser() {
  for (const machine of await readdir('/usr/lib')) {
    const library = (await readdir(join('/usr/lib', machine)).catch(() => [])).filter((name) =>
      name.startsWith('webkit2gtk-'),
    );
    if (library.length) return join('/usr/lib', machine, library[0], 'MiniBrowser');
  }
  throw new Error('there is no MiniBrowser: webkit2gtk-driver is missing');
}

/** A program that ends with the tests, whatever happens. @param {string[]} command @param {import('node:child_process').SpawnOptions} options */
const run = (command, options) => spawn('setpriv', ['--pdeathsig', 'TERM', ...command], options);

/** A screen that nobody sees. @returns {Promise<{display: string, stop: () => void}>} */
async function startScreen() {
  const size = ['-screen', '0', '1280x1000x24', '-nolisten', 'tcp'];
  for (let tries = 1; ; tries++) {
    const child = run(['Xvfb', '-displayfd', '3', ...size], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    const told = /** @type {import('node:stream').Readable} */ (child.stdio[3]);
    for await (const number of told)
      return { display: `:${String(number).trim()}`, stop: () => child.kill() };
    // Another one that is just ending may still have the number that this one chose.
    if (tries === MOST_TRIES) throw new Error(`Xvfb ended ${MOST_TRIES} times`);
  }
}

/** Starts the browser and what drives it. @param {NodeJS.ProcessEnv} env */
async function startDriver(env) {
  const binary = await miniBrowser();
  for (let tries = 1; ; tries++) {
    const port = await freePort();
    // GStreamer and GLib say much that concerns nobody.
    const driver = run(['WebKitWebDriver', `--port=${port}`], { stdio: 'ignore', env });
    await untilItListens(port, driver);
    const session = new WebDriverSession(`http://127.0.0.1:${port}`);
    try {
      const options = { binary, args: ARGUMENTS };
      await session.begin({ 'webkitgtk:browserOptions': options }, AbortSignal.timeout(START_MS));
      return { driver, session };
    } catch (error) {
      // On a busy machine the two sometimes miss each other, and wait for ever.
      driver.kill();
      if (tries === MOST_TRIES) throw error;
    }
  }
}

/** Starts a WebKit for one person. @param {string} name whose it is */
export async function startWebKit(name) {
  const folder = await mkdtemp(join(tmpdir(), 'mozchat-webkit-'));
  const screen = await startScreen();
  const speaker = await startSpeaker(folder);
  // What is left running would keep the tests' process alive for ever.
  const stopRest = async () => {
    screen.stop();
    speaker.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  const env = {
    ...process.env,
    DISPLAY: screen.display,
    GDK_BACKEND: 'x11',
    HOME: folder,
    XDG_RUNTIME_DIR: folder,
    PULSE_SERVER: speaker.server,
    LANGUAGE: 'en_GB',
    // The page must not depend on a machine's graphics.
    LIBGL_ALWAYS_SOFTWARE: '1',
  };
  const { driver, session } = await startDriver(env).catch(async (error) => {
    await stopRest();
    throw error;
  });
  const page = new WebDriverPage(session);
  const stop = async () => {
    await session.command('DELETE', '').catch(() => {});
    driver.kill();
    await stopRest();
  };
  const hear = (/** @type {() => Promise<unknown>} */ during) => listen(speaker.server, during);
  return { person: new Person(name, page), page, session, stop, hear };
}
