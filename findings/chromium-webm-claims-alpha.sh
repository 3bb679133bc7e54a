#!/bin/bash
# Chromium's MediaRecorder (156) says in each WebM with a picture from a camera that it has an alpha channel (AlphaMode 1, and
# MaxBlockAdditionID 1), and writes none. Chromium and Firefox play it; WebKitGTK (2.50) refuses it ("operation is not
# supported"), and plays the same bytes with AlphaMode 0.
# Touches: container/webm-demuxer.js (opaque). Needs Debian's chromium, webkit2gtk-driver, xvfb, gstreamer1.0-plugins-*, nodejs, npm.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
dpkg-query -W -f '${Package} ${Version}\n' chromium webkit2gtk-driver
cd "$folder"; npm init -y >/dev/null; npm install --no-audit --no-fund --silent playwright-core@1.65.1 >/dev/null 2>&1
cat >try.mjs <<JS
import { chromium } from 'playwright-core';
import { record, serve, start, tell } from '$here/support/minibrowser.mjs';
const files = {};
const site = await serve(files);
const maker = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream'] });
const context = await maker.newContext({ permissions: ['microphone', 'camera'] });
const page = await context.newPage();
await page.goto(site.url);
const [text] = await page.evaluate(record, { mime: 'video/webm;codecs=vp8,opus', ms: 3000, slice: 500, video: true });
await maker.close();
const made = Buffer.from(text, 'base64');
const at = made.indexOf(Buffer.of(0x53, 0xc0, 0x81));
tell('AlphaMode in it: ' + (at > 0 ? made[at + 3] : 'none'), at > 0 && made[at + 3] === 1);
const opaque = Buffer.from(made);
if (at > 0) opaque[at + 3] = 0;
Object.assign(files, { '/as-it-is.webm': { type: 'video/webm', body: made }, '/opaque.webm': { type: 'video/webm', body: opaque } });
const browser = await start();
try {
  await browser.go(site.url);
  const plays = (name) => browser.run(async (file) => {
    const video = Object.assign(document.createElement('video'), { muted: true, src: file });
    document.body.append(video);
    return video.play().then(() => 'plays, ' + video.videoWidth + ' wide', (error) => String(error.name));
  }, name);
  const [one, other] = [await plays('as-it-is.webm'), await plays('opaque.webm')];
  tell('WebKit, as it is: ' + one + '; with AlphaMode 0: ' + other, one === 'NotSupportedError' && other.startsWith('plays'));
} finally { await browser.stop(); site.stop(); }
JS
exec node try.mjs
