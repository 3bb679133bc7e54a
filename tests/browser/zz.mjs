import { Serve } from './support/serve.mjs';
import { startChromium, Person } from './support/people.mjs';
import { writeFile, readFile } from 'node:fs/promises';
const INI = `[common]
mediaFolder=media1
maxBlobBytes=500000
maxMediaFolderBytes=4000000
clipLifetimeSec=600
[client]
title="Kitchen table"
allowVideo=1
allowStream=1
maxClipSizeSec=10
pollFactor=10
playNew=0
`;
const site = await Serve.start(); const c = await startChromium();
await site.makeThread('t', INI);
await site.makeThread('r', INI + 'lang=ru\n');
const shot = async (p, n, full) => { await p.page.screenshot({path:`/tmp/w/page-x/${n}.png`, fullPage: full}); };
const small = { viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true, deviceScaleFactor: 1.5 };
const a = await Person.at(c.browser, 'Ann', small);
await a.enter(site.url, 't');
const b = await Person.at(c.browser, 'Bartholomew Featherstonehaugh', { viewport: { width: 1280, height: 800 } });
await b.enter(site.url, 't');
await b.page.fill('#record-description', 'Good morning, everybody. A longer description of what this clip is about');
await b.recordAndUpload(3.2); await a.hasClips(1);
await a.page.fill('#record-description', 'Hello'); await a.recordAndUpload(1); await b.hasClips(2); await b.recordAndUpload(1);await b.hasClips(3);
await a.hasClips(3);
await shot(a, 'p-thread'); await shot(a, 'p-full', true);
await a.page.click('.jump a[href="#player"]'); await a.page.waitForTimeout(700); await shot(a, 'p-player');
await a.recordFor(1); await a.recorderIs('recorded'); await shot(a, 'p-recorded');
await b.clips().last().locator('.clip-play').click(); await b.page.waitForFunction(() => globalThis.mozchat.player.element.currentTime > 1.5);
await shot(b, 'd-thread');
const r = await Person.at(c.browser, 'Анна', small); await r.enter(site.url, 'r'); await r.recordFor(1); await r.recorderIs('recorded'); await shot(r, 'r-recorded'); await r.page.click('#recorded-upload'); await r.hasClips(1); await shot(r, 'r-full', true);
console.log(a.problems, b.problems, r.problems);
await c.stop(); await site.stop();
