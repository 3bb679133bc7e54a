const host = document.querySelector('time');
const skew = Math.round((Date.now() - Date.parse(host.dateTime)) / 1000);
const clock = document.getElementById(Math.abs(skew) > 20 ? 'clock-off' : 'clock-same');
clock.hidden = false;
for (const place of clock.querySelectorAll('output')) place.textContent = String(Math.abs(skew));

const section = document.getElementById('browser');
const list = section.querySelector('ul');
const asks = JSON.parse(section.dataset.asks);
const HIDDEN = ['catalog.json', 'users.json', 'check.webm.tmp'];
const QUIET_MS = 8000;
/** As many as a browser sends at once to one server. */
const AT_ONCE = 6;
const found = new Map();
/** Whether anything was found but what could not be looked at. */
let isFine = true;

/** Remembers that something was found, and what it is about. */
function note(name, about = '') {
  isFine &&= name === 'away';
  found.set(name, [...(found.get(name) ?? []), about].filter(Boolean));
}

/** A finding, made as the others of the report are. */
function item({ class: level, sign, word, what, remedy }, about) {
  const entry = document.createElement('li');
  const mark = document.createElement('b');
  entry.className = level;
  mark.textContent = sign;
  mark.setAttribute('role', 'img');
  mark.setAttribute('aria-label', word);
  entry.append(mark, what.replace('THIS', () => about));
  if (remedy) entry.append(Object.assign(document.createElement('p'), { textContent: remedy }));
  return entry;
}

/** Lists what was found since the last time. */
function show() {
  for (const [name, about] of found) list.append(item(asks.words[name], about.join(', ')));
  found.clear();
  // What is wrong first.
  if (list.querySelector('.bad, .doubt')) document.querySelector('.sum').after(section);
}

function end() {
  if (isFine) note('fine');
  show();
  document.getElementById('asking').hidden = true;
}

const get = (url, options = {}) =>
  fetch(url, { cache: 'no-store', signal: AbortSignal.timeout(QUIET_MS), ...options });

async function specimens(act) {
  const body = new URLSearchParams({ act });
  const answer = await get(location.pathname, { method: 'POST', body });
  if (!answer.headers.get('content-type')?.includes('json')) {
    note('post', String(answer.status));
    return [];
  }
  return (await answer.json()).threads;
}

/** Whether a program that waits so long is heard in the end. */
async function isHeardAfter(seconds) {
  const body = new URLSearchParams({ act: 'hold', seconds });
  const signal = AbortSignal.timeout(seconds * 1000 + QUIET_MS);
  try {
    const answer = await get(location.pathname, { method: 'POST', body, signal });
    return answer.headers.get('content-type')?.includes('json') ?? false;
  } catch {
    return false;
  }
}

/** Several at once, as a page asks that waits for news while it sends one clip and fetches others. Returns how many were answered. */
async function crowd() {
  const all = await Promise.all(Array.from({ length: AT_ONCE }, () => isHeardAfter(1)));
  const heard = all.filter(Boolean).length;
  // That none is, is another fault.
  if (heard && heard < AT_ONCE) note('crowd', String(heard));
  return heard;
}

async function waitAsAPageDoes() {
  const begun = Date.now();
  if (await isHeardAfter(asks.hold)) return;
  note('cut', String(Math.round((Date.now() - begun) / 1000)));
}

async function lookAt({ name, folder, token }) {
  const base = new URL(asks.page + folder, location.origin);
  for (const file of HIDDEN) {
    const answer = await get(new URL(file, base));
    if (answer.ok && (await answer.text()) === token) {
      note('open', name);
      break;
    }
  }
  const clip = await get(new URL('check.webm', base), { headers: { Range: 'bytes=4-67' } });
  if (clip.status === 404) return note('away', name);
  if (clip.status !== 206 || (await clip.text()) !== token) note('range', name);
  // As the page looks at it: what a cache keeps is what it gets.
  await get(new URL('pulse.json', base), { cache: 'no-cache' });
}

async function lookAgain({ name, folder, token }) {
  const url = new URL(`${asks.page}${folder}pulse.json`, location.origin);
  const answer = await get(url, { cache: 'no-cache' });
  if (answer.ok && !(await answer.text()).includes(token)) note('stale', name);
}

/** Each thread by itself: what fails for one says nothing of the others. */
async function each(threads, look) {
  for (const thread of threads) {
    try {
      await look(thread);
    } catch {
      note('away', thread.name);
    }
  }
}

const reaches = (url) =>
  new Promise((resolve) => {
    const socket = new WebSocket(url);
    setTimeout(() => resolve(false), QUIET_MS);
    socket.onopen = () => resolve(true);
    socket.onclose = () => resolve(false);
    socket.onerror = () => resolve(false);
  });

async function ask() {
  if (!isSecureContext) note('insecure');
  if (asks.host && asks.host !== location.host) note('host', location.host);
  const heard = await crowd();
  const waits = heard && asks.hold ? waitAsAPageDoes() : null;
  // Where few are let through at once, what is asked meanwhile would be blamed for it.
  if (heard < AT_ONCE) await waits;
  await each(await specimens('specimen'), lookAt);
  await each(await specimens('beat'), lookAgain);
  await specimens('sweep');
  if (asks.hub && !(await reaches(asks.hub))) note('hub', asks.hub);
  // That takes as long as a long poll.
  show();
  await waits;
}

section.hidden = false;
ask()
  .catch(() => note('away', location.host))
  .finally(end);
