// WebKitGTK's MiniBrowser under Xvfb, and a server with a few pages: runs functions in a page and returns what they return.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function miniBrowser() {
  for (const machine of readdirSync('/usr/lib')) {
    const library =
      machine.endsWith('-linux-gnu') &&
      readdirSync(join('/usr/lib', machine)).find((name) => name.startsWith('webkit2gtk-'));
    if (library) return join('/usr/lib', machine, library, 'MiniBrowser');
  }
  throw new Error('webkit2gtk-driver is missing');
}

/** Serves files on any port. @param {Record<string, {type: string, body: string | Buffer}>} files */
export async function serve(files = {}) {
  const empty = { type: 'text/html', body: '<!doctype html><title>empty</title><body></body>' };
  const server = http.createServer(({ url }, answer) => {
    const { type, body } = files[url.split('?')[0]] ?? empty;
    answer.setHeader('content-type', type);
    answer.end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, stop: () => server.close() };
}

/** Starts the browser; `run` calls a function in the page. */
export async function start() {
  const home = mkdtempSync(join(tmpdir(), 'finding-'));
  const screen = spawn(
    'setpriv',
    [
      '--pdeathsig',
      'TERM',
      'Xvfb',
      '-displayfd',
      '3',
      '-screen',
      '0',
      '1024x768x24',
      '-nolisten',
      'tcp',
    ],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] },
  );
  const display = await new Promise((resolve) =>
    screen.stdio[3].once('data', (data) => resolve(`:${String(data).trim()}`)),
  );
  const port = 20_000 + (process.pid % 10_000);
  const driver = spawn('setpriv', ['--pdeathsig', 'TERM', 'WebKitWebDriver', `--port=${port}`], {
    stdio: 'ignore',
    env: {
      ...process.env,
      DISPLAY: display,
      HOME: home,
      GDK_BACKEND: 'x11',
      LIBGL_ALWAYS_SOFTWARE: '1',
    },
  });
  const ask = async (method, path, body) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      body: body && JSON.stringify(body),
    });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${path}: ${value.message}`);
    return value;
  };
  const args = ['--automation', '--enable-mock-capture-devices=true', '--enable-media-stream=true'];
  const wanted = { 'webkitgtk:browserOptions': { binary: miniBrowser(), args } };
  let session;
  for (let tries = 0; !session; tries++) {
    try {
      session = await ask('POST', '/session', { capabilities: { alwaysMatch: wanted } });
    } catch (error) {
      if (tries > 100) throw error;
      await pause(100);
    }
  }
  const path = `/session/${session.sessionId}`;
  await ask('POST', `${path}/timeouts`, { script: 60_000 });
  return {
    go: (url) => ask('POST', `${path}/url`, { url }),
    run: async (what, ...given) => {
      const script = `const [given, done] = arguments; Promise.resolve().then(() => (${what})(...given)).then((value) => done({ value }), (error) => done({ error: String(error) }))`;
      const said = await ask('POST', `${path}/execute/async`, { script, args: [given] });
      if (said.error) throw new Error(said.error);
      return said.value;
    },
    stop: async () => {
      await ask('DELETE', path).catch(() => {});
      driver.kill();
      screen.kill();
      await pause(300);
      rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** Runs in the page: records the fake microphone (and camera) for so long. Returns its bytes as Base64. */
export const record = async ({ mime, ms, slice, video = false, mutedMs = 0, times = 1 }) => {
  const all = [];
  for (let n = 0; n < times; n++) {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video });
    const recorder = new MediaRecorder(stream, { mimeType: mime });
    const parts = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const stopped = new Promise((resolve) => (recorder.onstop = resolve));
    await new Promise((resolve) => {
      recorder.onstart = resolve;
      recorder.start(slice);
    });
    const [track] = stream.getAudioTracks();
    if (mutedMs) setTimeout(() => (track.enabled = false), (ms - mutedMs) / 2);
    if (mutedMs) setTimeout(() => (track.enabled = true), (ms + mutedMs) / 2);
    await new Promise((resolve) => setTimeout(resolve, ms));
    recorder.stop();
    await Promise.race([stopped, new Promise((resolve) => setTimeout(resolve, 8000))]);
    for (const one of stream.getTracks()) one.stop();
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    let text = '';
    for (let at = 0; at < bytes.length; at += 8192)
      text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    all.push(btoa(text));
  }
  return all;
};

/** The boxes of an MP4: [name, bytes there are, bytes there should be]. @param {Buffer} file */
export function boxes(file) {
  const found = [];
  for (let at = 0; at + 8 <= file.length; at += file.readUInt32BE(at)) {
    const size = file.readUInt32BE(at);
    found.push([file.toString('latin1', at + 4, at + 8), Math.min(size, file.length - at), size]);
  }
  return found;
}

/** Says how it is, and ends with 1 if it is otherwise than it was. @param {string} words @param {boolean} asFound */
export function tell(words, asFound) {
  console.log(`${asFound ? 'as found' : 'CHANGED'}: ${words}`);
  if (!asFound) process.exitCode = 1;
}
