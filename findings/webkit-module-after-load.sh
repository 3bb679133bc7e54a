#!/bin/bash
# In WebKit (2.50) a module with imports and a top-level await, its own or an import's, runs after the window's load event; in
# Chromium, as the standard has it, before. What waits for load to judge whether a module came judges wrongly.
# Touches: htdocs/js/first-aid.js, main.js. Needs Debian's webkit2gtk-driver, xvfb, chromium, nodejs.
set -euo pipefail
cd "$(dirname "$0")"
dpkg-query -W -f '${Package} ${Version}\n' webkit2gtk-driver chromium
exec node --input-type=module -e "
import { execFileSync } from 'node:child_process';
import { serve, start, tell } from './support/minibrowser.mjs';
const page = (script) => ({ type: 'text/html', body: '<!doctype html><body><script>const ev = []; const say = (what) => { ev.push(what); document.body.dataset.order = ev.join(); }; addEventListener(\"load\", () => say(\"load\"));</script><script type=module src=' + script + '></script>' });
const js = (body) => ({ type: 'text/javascript', body });
const site = await serve({
  '/waits': page('waits.js'), '/plain': page('plain.js'), '/deep': page('deep.js'), '/import.js': js('export const x = 1;'), '/waiting.js': js('export const x = 1; await 0;'),
  '/waits.js': js('import { x } from \"./import.js\"; say(\"module\"); await 0;'), '/plain.js': js('import { x } from \"./import.js\"; say(\"module\");'), '/deep.js': js('import { x } from \"./waiting.js\"; say(\"module\");'),
});
const browser = await start();
try {
  const order = async (name) => { await browser.go(site.url + name); await new Promise((resolve) => setTimeout(resolve, 1000)); return browser.run(() => document.body.dataset.order); };
  for (const [name, inWebKit] of [['plain', 'module,load'], ['waits', 'load,module'], ['deep', 'load,module']]) {
    const { execFile } = await import('node:child_process');
    const html = await new Promise((resolve) => execFile('/usr/bin/chromium', ['--headless', '--no-sandbox', '--disable-gpu', '--virtual-time-budget=2000', '--dump-dom', site.url + name], (_, out) => resolve(out)));
    const [webkit, chromium] = [await order(name), /data-order=\"([^\"]*)/.exec(html)?.[1]];
    tell(name + ': WebKit ' + webkit + ', Chromium ' + chromium, webkit === inWebKit && chromium === 'module,load');
  }
} finally { await browser.stop(); site.stop(); }
"
