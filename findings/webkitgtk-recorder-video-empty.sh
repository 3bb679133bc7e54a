#!/bin/bash
# WebKitGTK's MediaRecorder (2.50) with GStreamer 1.22 says that it records video/mp4, starts, and never gives out a byte: it
# looks for the element `autovideoflip`, which GStreamer has since 1.24, and raises no error. One must look at what comes.
# Touches: record/recorder-session.js (onNothing). Needs Debian's webkit2gtk-driver, xvfb, gstreamer1.0-plugins-{base,good,bad}.
set -euo pipefail
cd "$(dirname "$0")"
dpkg-query -W -f '${Package} ${Version}\n' webkit2gtk-driver gstreamer1.0-plugins-bad
exec node --input-type=module -e "
import { record, serve, start, tell } from './support/minibrowser.mjs';
const [site, browser] = [await serve(), await start()];
try {
  await browser.go(site.url);
  const says = await browser.run(() => MediaRecorder.isTypeSupported('video/mp4'));
  const [text] = await browser.run(record, { mime: 'video/mp4', ms: 3000, slice: 500, video: true });
  tell('isTypeSupported(video/mp4): ' + says + '; 3 s make ' + Buffer.from(text, 'base64').length + ' bytes', says && text.length === 0);
} finally { await browser.stop(); site.stop(); }
"
