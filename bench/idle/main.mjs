// What two hundred pages at rest cost their host, and how soon the last of them knows of a clip.
import { setTimeout as pause } from 'node:timers/promises';
import { median, quantile } from '../support/pairs.mjs';
import { report } from '../support/report.mjs';
import { realFetch } from './browser.mjs';
import { Crowd } from './crowd.mjs';
import { Site } from './site.mjs';

const quick = process.argv.includes('--quick');
const PAGES = 200;
const IDLE_SEC = quick ? 20 : 60;
const UPLOADS = quick ? 3 : 20;
const CLIP = new Blob([new Uint8Array([0x1a, 0x45, 0xdf, 0xa3, ...new Uint8Array(8000)])]);

const WAYS = [
  { name: 'every second', pollFactor: '10' },
  { name: 'every 3 s', pollFactor: '30' },
  { name: 'every 10 s', pollFactor: '100' },
  { name: 'long polling', pollFactor: 'l' },
  { name: 'hub', pollFactor: '30', withHub: true },
];

/** @param {string} pollFactor */
const thread = (pollFactor) => `[common]
mediaFolder=media1
maxBlobBytes=50000
maxMediaFolderBytes=10000000
maxClipCount=0
clipLifetimeSec=3600
userStatusFadeS=45
maxClipsPerMinute=1000
[client]
pollFactor=${pollFactor}
`;

/** Sends a clip as a page does; returns its name. @param {string} url */
async function upload(url) {
  const form = new FormData();
  const uploadId = `bench-${Date.now()}-${Math.random().toString(36).slice(2)}`;
  const fields = { user: 'Ann', realm: 'crowd', act: 'uploadBlob', description: '', uploadId };
  const about = { mime: 'audio/webm;codecs=opus', ext: 'webm', duration: '1' };
  for (const [name, value] of Object.entries({ ...fields, ...about })) form.append(name, value);
  form.append('blob', CLIP, 'clip.webm');
  const answer = await realFetch(`${url}cgi-bin/upload.cgi`, { method: 'POST', body: form });
  const { id, error } = await answer.json();
  if (!id) throw new Error(error);
  return id;
}

/** What a minute at rest costs. @param {Site} site */
async function rest(site) {
  const before = await site.spent();
  await pause(IDLE_SEC * 1000);
  const after = await site.spent();
  return Object.fromEntries(Object.keys(before).map((key) => [key, after[key] - before[key]]));
}

/** How long after each upload each page knew of it. @param {Site} site @param {Crowd} crowd */
async function uploads(site, crowd) {
  const delays = [];
  while (delays.length < UPLOADS) {
    // At any time of everybody's pause.
    await pause(500 + Math.random() * 1000);
    const id = await upload(site.url);
    delays.push(await crowd.hears(id, performance.now()));
  }
  return delays;
}

async function measure({ pollFactor, withHub = false }) {
  const site = await Site.start('cgid');
  try {
    await site.makeThread('crowd', thread(pollFactor));
    await site.begin(withHub);
    const crowd = await Crowd.open(site.url, 'crowd', PAGES);
    try {
      // Everybody has heard of everybody.
      await crowd.hears(await upload(site.url), performance.now());
      await pause(3000);
      const spent = await rest(site);
      const delays = await uploads(site, crowd);
      return { ...spent, delays, troubles: crowd.troubles };
    } finally {
      crowd.close();
    }
  } finally {
    await site.stop();
  }
}

const ms = (value) => value.toFixed(0);
const figures = {};
const rows = [];
for (const way of WAYS) {
  const found = await measure(way);
  const { programs, pulses, unchanged, cpu, delays, troubles } = found;
  const perMinute = 60 / IDLE_SEC;
  const last = delays.map((one) => Math.max(...one));
  figures[way.name] = found;
  rows.push([
    way.name,
    ((programs * perMinute) / PAGES).toFixed(1),
    ms(programs * perMinute),
    ms(pulses * perMinute),
    pulses ? `${ms((100 * unchanged) / pulses)} %` : '',
    (cpu * perMinute).toFixed(1),
    ms(median(delays.flat())),
    `${ms(median(last))} / ${ms(quantile(last, 0.99))}`,
  ]);
  console.error(rows.at(-1).join(' | '), troubles.join(', '));
}

console.log(
  `\n${PAGES} pages under Apache (event, mod_cgid) for ${IDLE_SEC} s, given for a minute; then ${UPLOADS} uploads`,
);
await report(
  'idle',
  [
    'the pages hear',
    'programs a page',
    'programs',
    'looks at the pulse',
    'answered 304',
    'CPU seconds',
    'a page knows, p50 (ms)',
    'the last page knows, p50 / p99 (ms)',
  ],
  rows,
  figures,
);
