// What the motion detector costs: a look in its worker, against a worker that only answers; and the processor's time of
// the page while it watches, against the same page with the camera open and nobody looking.
import { setTimeout as pause } from 'node:timers/promises';
import { Person, startChromium } from '../../tests/browser/support/people.mjs';
import { Serve } from '../../tests/browser/support/serve.mjs';
import { quantile } from '../support/pairs.mjs';
import { report } from '../support/report.mjs';

const quick = process.argv.includes('--quick');
const ROUNDS = quick ? 5 : 21;
const LOOKS = 200;
const WATCH_MS = quick ? 5000 : 20_000;
const THREAD =
  '[common]\nmediaFolder=media1\n[client]\nallowVideo=1\npollFactor=100\niceString="[]"\n';

/** Milliseconds that a look takes, there and back, by each worker; in turns, so that both have the same conditions. */
async function timeLooks({ pattern, metric, looks }) {
  const { usualOptions } = await import('./js/watch/motion-maths.js');
  const options = { ...usualOptions, pattern, metric };
  const workers = [
    new Worker(new URL('js/watch/motion-worker.js', document.baseURI), { type: 'module' }),
    new Worker(new URL('empty-worker.js', document.baseURI)),
  ];
  const picture = new Uint8ClampedArray(80 * 60 * 4).map((_, i) => i * 31);
  const times = [];
  for (const worker of workers) {
    const broken = new Promise(
      (_, reject) => (worker.onerror = () => reject(new Error('no worker'))),
    );
    const look = () =>
      new Promise((resolve) => {
        const { buffer } = picture.slice();
        worker.onmessage = resolve;
        worker.postMessage({ pixels: buffer, width: 80, height: 60, options }, [buffer]);
      });
    // The first looks make the worker and its code.
    for (let i = 0; i < 50; i++) await Promise.race([look(), broken]);
    const began = performance.now();
    for (let i = 0; i < looks; i++) await look();
    times.push((performance.now() - began) / looks);
    worker.terminate();
  }
  return times;
}

/** @param {Person} person */
async function compareLooks(person, pattern, metric) {
  const found = [];
  for (let i = 0; i < ROUNDS; i++) {
    found.push(await person.page.evaluate(timeLooks, { pattern, metric, looks: LOOKS }));
  }
  const median = (values) =>
    quantile(
      [...values].sort((a, b) => a - b),
      0.5,
    );
  const [ours, empty] = [0, 1].map((n) => median(found.map((times) => times[n])));
  return {
    pattern,
    metric,
    ours,
    empty,
    ratio: median(found.map(([a, b]) => a / b)),
    work: ours - empty,
  };
}

/** Percent of a core that Chromium's processes use for so long, all of them together. */
async function coreShare(browser, ms) {
  const cdp = await browser.newBrowserCDPSession();
  const spent = async () => {
    const { processInfo } = await cdp.send('SystemInfo.getProcessInfo');
    return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
  };
  const [before, began] = [await spent(), performance.now()];
  await pause(ms);
  const share = (100 * 1000 * ((await spent()) - before)) / (performance.now() - began);
  await cdp.detach();
  return share;
}

async function watching(person, browser) {
  const camera = (on) =>
    person.page.evaluate(async (open) => {
      const { openTracks, closeStream } = await import('./js/device/microphone.js');
      const { presets } = await import('./js/container/recording-formats.js');
      if (!open) return closeStream(globalThis.camera.srcObject);
      globalThis.camera = document.createElement('video');
      globalThis.camera.muted = true;
      globalThis.camera.srcObject = await openTracks({
        audio: false,
        video: presets['320x240@15'],
      });
      await globalThis.camera.play();
    }, on);
  const page = await coreShare(browser, WATCH_MS);
  await camera(true);
  const open = await coreShare(browser, WATCH_MS);
  await camera(false);
  // Nothing counts as motion, so that nothing is recorded.
  await person.page.evaluate(async () => {
    globalThis.mozchat.motion.options.allowed = 100;
    await globalThis.mozchat.motion.start();
  });
  const on = await coreShare(browser, WATCH_MS);
  await person.page.evaluate(() => globalThis.mozchat.motion.stop());
  return { page, open, on };
}

const site = await Serve.start();
const { browser, stop } = await startChromium();
try {
  await site.makeThread('room', THREAD);
  const ann = await Person.at(browser, 'Ann');
  // The page's policy wants workers from its own site.
  const body = 'onmessage = ({ data }) => postMessage({ percent: data.width });';
  const empty = { contentType: 'text/javascript', body };
  await ann.page.context().route('**/empty-worker.js', (route) => route.fulfill(empty));
  await ann.enter(site.url, 'room');
  const looks = [];
  for (const pattern of [9, 25]) {
    for (const metric of ['green', 'hue']) looks.push(await compareLooks(ann, pattern, metric));
  }
  const shares = await watching(ann, browser);
  const ms = (value) => `${value.toFixed(3)} ms`;
  const percent = (value) => `${value.toFixed(1)} %`;
  await report(
    'motion',
    ['what', 'ours', 'against', 'ratio', 'difference'],
    [
      ...looks.map(({ pattern, metric, ours, empty, ratio, work }) => [
        `a look: ${pattern} cells, ${metric}`,
        ms(ours),
        `a worker that only answers: ${ms(empty)}`,
        `**${ratio.toFixed(2)}**`,
        ms(work),
      ]),
      [
        'all of Chromium, watching at 500 ms, of a core',
        percent(shares.on),
        `with the camera open: ${percent(shares.open)}`,
        `**${(shares.on / shares.open).toFixed(2)}**`,
        percent(shares.on - shares.open),
      ],
      ['all of Chromium, nothing on', percent(shares.page), '', '', ''],
    ],
    { looks, shares },
  );
} finally {
  await stop();
  await site.stop();
}
