#!/bin/bash
# WebKitGTK's MediaRecorder (2.50, GStreamer 1.22) runs away while a recorded track is muted (`enabled = false`): a second of
# muting makes many minutes of sound, megabytes a second. Mute with a gain of 0, or leave the track alone.
# Touches: device/local-media.js, record/. Needs Debian's webkit2gtk-driver, xvfb, gstreamer1.0-plugins-{base,good,bad}, nodejs.
set -euo pipefail
cd "$(dirname "$0")"
dpkg-query -W -f '${Package} ${Version}\n' webkit2gtk-driver gstreamer1.0-plugins-bad
exec node --input-type=module -e "
import { boxes, record, serve, start, tell } from './support/minibrowser.mjs';
const [site, browser] = [await serve(), await start()];
try {
  await browser.go(site.url);
  const seconds = async (mutedMs) => {
    const [text] = await browser.run(record, { mime: 'audio/mp4', ms: 3000, slice: 250, mutedMs });
    return boxes(Buffer.from(text, 'base64')).filter(([name]) => name === 'mdat').length;
  };
  const [plain, muted] = [await seconds(0), await seconds(1000)];
  tell('3 s make ' + plain + ' fragments of a second; with 1 s muted in between, ' + muted, plain <= 4 && muted > 30);
} finally { await browser.stop(); site.stop(); }
"
