// Something between page and programs refuses a clip: its author is told what it was, and the others go on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scene } from './support/scene.mjs';
import { Serve } from './support/serve.mjs';

const INI = `[common]
mediaFolder=media1
maxBlobBytes=5000000
maxMediaFolderBytes=50000000
clipLifetimeSec=600
[client]
maxClipSizeSec=30
pollFactor=10
`;
const UPLOAD = '**/cgi-bin/upload.cgi';
const PROGRAMS = '**/cgi-bin/*';
const PAGE = { contentType: 'text/html', body: '<html><h1>Forbidden</h1></html>' };
/** What Chromium's console says of requests that the test breaks. */
const BROKEN = /Failed to load resource|net::ERR|CORS|Content Security Policy/;
const here = scene({ site: Serve });

/** Waits for words in the box for notices. @param {RegExp} words */
const told = ({ page }, words) =>
  page.waitForFunction(
    ([source]) => new RegExp(source).test(document.getElementById('notice').textContent),
    [words.source],
  );

/** Ann's first upload meets this; the others get through. @param {string} thread @param {(route: any) => Promise<void>} meet */
async function firstOneMeets(thread, meet) {
  await here.site.makeThread(thread, INI);
  const ann = await here.person('Ann', thread);
  let first = '';
  await ann.page.route(UPLOAD, (route) => {
    const id = /name="uploadId"\r\n\r\n(\w+)/.exec(
      route.request().postDataBuffer().toString('latin1'),
    );
    first ||= id[1];
    return id[1] === first ? meet(route) : route.continue();
  });
  await ann.recordFor(1);
  await ann.recorderIs('recorded');
  await ann.page.click('#recorded-upload');
  return ann;
}

test('a clip that a firewall refuses is set aside in words, the next one goes, and its author may try again', async () => {
  const ann = await firstOneMeets('blocked', (route) => route.fulfill({ status: 403, ...PAGE }));
  await told(ann, /firewall.*403.*try again, download or discard/);
  await ann.page.waitForSelector('#outbox li[data-state="refused"]');
  await ann.picture('clip-refused');
  await ann.recordAndUpload(1);
  await ann.hasClips(1);
  assert.equal(await ann.page.innerText('.outbox-retry'), 'Try again');
  await ann.page.unroute(UPLOAD);
  await ann.page.click('.outbox-retry');
  await ann.hasClips(2);
  await ann.page.waitForSelector('#outbox-box', { state: 'hidden' });
  ann.isFine(BROKEN);
  await ann.page.context().close();
});

test('a site that is closed altogether sets nothing aside: clips wait until it opens', async () => {
  await here.site.makeThread('closed', INI);
  const ann = await here.person('Ann', 'closed');
  await ann.page.route(PROGRAMS, (route) => route.fulfill({ status: 403, ...PAGE }));
  await ann.recordFor(1);
  await ann.recorderIs('recorded');
  await ann.page.click('#recorded-upload');
  await ann.page.waitForSelector('#outbox li[data-state="kept"]');
  await ann.page.unroute(PROGRAMS);
  await ann.hasClips(1);
  ann.isFine(BROKEN);
  await ann.page.context().close();
});

test('a limit of a web server or proxy is told from the thread’s own', async () => {
  const ann = await firstOneMeets('limit', (route) => route.fulfill({ status: 413, ...PAGE }));
  await told(ann, /web server, or a proxy.*kB \(413\).*limit of this room is 5 MB/);
  await ann.recordAndUpload(1);
  await ann.hasClips(1);
  ann.isFine(BROKEN);
  await ann.page.context().close();
});

test('a connection that breaks with one clip is not called a missing network, and the next clip goes first', async () => {
  const ann = await firstOneMeets('reset', (route) => route.abort('connectionreset'));
  await told(ann, /connection broke while the clip \(.*kB\)/);
  await ann.recordAndUpload(1);
  await ann.hasClips(1);
  await ann.page.waitForSelector('#outbox li[data-state="refused"]');
  await ann.page.unroute(UPLOAD);
  await ann.page.reload();
  await ann.isIn();
  await ann.hasClips(2);
  ann.isFine(BROKEN);
  await ann.page.context().close();
});

for (const [how, meet] of [
  ['answers with a page', (route) => route.fulfill({ status: 200, ...PAGE })],
  [
    'redirects',
    (route) => route.fulfill({ status: 302, headers: { location: 'http://sign-in.invalid/' } }),
  ],
]) {
  test(`a network that ${how} until one has signed in is told so`, async () => {
    const thread = `portal-${how.split(' ')[0]}`;
    await here.site.makeThread(thread, INI);
    const ann = await here.person('Ann', thread);
    await ann.page.route(PROGRAMS, meet);
    await ann.recordFor(1);
    await ann.recorderIs('recorded');
    await ann.page.click('#recorded-upload');
    await told(ann, /network.*sign in/);
    await ann.page.waitForSelector('#outbox li[data-state="kept"]');
    await ann.page.unroute(PROGRAMS);
    await ann.hasClips(1);
    ann.isFine(BROKEN);
    await ann.page.context().close();
  });
}
