#!/bin/bash
# WebKitGTK's MediaRecorder (2.50, GStreamer 1.22) writes an odd MP4: its beginning (`ftyp`) stands there twice, the last
# fragment's head (`moof`) is given out twice before its data, which other browsers take for an error; fragments are a second
# long, and stop() ends the recording some milliseconds later, so that often the last one (or all of a short recording) is lost.
# Touches: htdocs/js/container/mp4-demuxer.js, record/segmenter.js. Needs Debian's webkit2gtk-driver, xvfb,
# gstreamer1.0-plugins-{base,good,bad}, nodejs.
set -euo pipefail
cd "$(dirname "$0")"
dpkg-query -W -f '${Package} ${Version}\n' webkit2gtk-driver gstreamer1.0-plugins-bad
exec node --input-type=module -e "
import { boxes, record, serve, start, tell } from './support/minibrowser.mjs';
const [site, browser] = [await serve(), await start()];
try {
  await browser.go(site.url);
  const files = async (options) => (await browser.run(record, { mime: 'audio/mp4', ...options })).map((text) => Buffer.from(text, 'base64'));
  const names = (file) => boxes(file).map(([name]) => name).join(' ');
  const long = await files({ ms: 3000, times: 5 });
  for (const file of long) console.log('3 s:', names(file));
  tell('it begins twice', long.every((file) => names(file).startsWith('ftyp ftyp moov')));
  tell('the last head is there twice, at least sometimes', long.some((file) => names(file).includes('moof moof mdat')));
  const short = await files({ ms: 800, times: 8 });
  const lost = short.filter((file) => !names(file).includes('mdat')).length;
  tell(lost + ' of 8 recordings of 0.8 s have no sound at all; of 5 of 3 s, ' + long.filter((file) => names(file).split('mdat').length < 4).length + ' lack the last second', lost > 0 || long.some((file) => names(file).split('mdat').length < 4));
} finally { await browser.stop(); site.stop(); }
"
