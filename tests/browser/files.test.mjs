// A file of one's own as a clip: chosen, dropped, pasted; refused in words; and what its sound looks like.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { everybodyIsFine, scene } from './support/scene.mjs';
import { Serve } from './support/serve.mjs';

const run = promisify(execFile);
const INI = `[common]
mediaFolder=media1
maxBlobBytes=500000
maxMediaFolderBytes=9000000
clipLifetimeSec=600
[client]
allowVideo=0
maxClipSizeSec=20
pollFactor=10
playNew=1
`;
const here = scene({ site: Serve });
/** @type {string} */
let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mozchat-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** Makes a file with ffmpeg. @param {string} name @param {string[]} what */
async function made(name, ...what) {
  const path = join(folder, name);
  await run('ffmpeg', ['-v', 'error', '-y', ...what, path]);
  return path;
}

/** Three seconds of a tone, then three of nothing. @param {string} name */
const halfSilent = (name, ...codec) =>
  made(
    name,
    ...['-f', 'lavfi', '-i', "aevalsrc='if(lt(t,3),0.5*sin(440*2*PI*t),0)':d=6:s=16000"],
    ...codec,
  );

/** What the page says in the box for notices. */
const notice = async ({ page }) => {
  await page.waitForSelector('#toast[data-empty="false"]');
  const words = await page.innerText('#notice');
  await page.click('#notice-close');
  return words;
};

/** Lets the page take a file as the browser would hand it over. @param {'drop' | 'paste'} how */
async function give({ page }, how, path, type) {
  const bytes = [...(await readFile(path))];
  const name = path.split('/').pop();
  await page.evaluate(
    ({ how, bytes, name, type }) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], name, { type }));
      const about = { bubbles: true, cancelable: true };
      if (how === 'paste') {
        document.body.dispatchEvent(new ClipboardEvent('paste', { ...about, clipboardData: data }));
        return;
      }
      for (const one of ['dragenter', 'dragover', 'drop']) {
        const event = new DragEvent(one, { ...about, dataTransfer: data });
        document.body.dispatchEvent(event);
        const isShown = !document.getElementById('drop-target').hidden;
        if (isShown !== (one !== 'drop')) throw new Error(`${one}: ${isShown}`);
        if (!event.defaultPrevented) throw new Error('the browser would open the file');
      }
    },
    { how, bytes, name, type },
  );
}

test('a chosen file becomes a clip, with its name as the description, and one sees where it is loud', async () => {
  await here.site.makeThread('files', INI);
  const ann = await here.person('Ann', 'files');
  const bob = await here.person('Bob', 'files');
  const path = await halfSilent('Sunday song.ogg', '-c:a', 'libopus');
  await ann.page.setInputFiles('#file', path);
  await ann.recorderIs('recorded');
  assert.equal(await ann.page.inputValue('#record-description'), 'Sunday song');
  assert.equal(await ann.page.innerText('#record-time'), '0:06');
  await ann.page.click('#recorded-upload');
  await bob.hasClips(1);
  assert.match(await bob.clips().first().innerText(), /Sunday song/);
  await bob.clips().first().locator('.clip-play').click();
  await bob.page.waitForSelector('#seek-box[data-wave="true"]');
  const bars = await bob.page.evaluate(() =>
    document
      .querySelector('.wave-all')
      .getAttribute('d')
      .match(/v[\d.]+/g)
      .map((bar) => Number(bar.slice(1))),
  );
  assert.equal(bars.length, 80);
  const loud = (from, to) => bars.slice(from, to).filter((height) => height > 12).length;
  assert.ok(loud(0, 38) >= 36, `${bars}`);
  assert.equal(loud(42, 80), 0, `${bars}`);
  await bob.picture('waveform');
  await everybodyIsFine(ann, bob);
});

test('a dropped and a pasted file become clips, too', async () => {
  const cleo = await here.person('Cleo', 'files');
  const wav = await halfSilent('dropped.wav');
  await give(cleo, 'drop', wav, 'audio/wav');
  await cleo.recorderIs('recorded');
  await cleo.page.click('#recorded-upload');
  await cleo.page.waitForSelector('#clips li:has-text("dropped")');
  await cleo.recorderIs('idle');
  const webm = await halfSilent('pasted.webm', '-c:a', 'libopus');
  await give(cleo, 'paste', webm, 'video/webm');
  await cleo.recorderIs('recorded');
  await cleo.page.click('#recorded-upload');
  await cleo.page.waitForSelector('#clips li:has-text("pasted")');
  await everybodyIsFine(cleo);
});

test('what can not be a clip is refused in words', async () => {
  await here.site.makeThread('refusals', INI);
  const dora = await here.person('Dora', 'refusals');
  const choose = (path) => dora.page.setInputFiles('#file', path);
  await choose(await halfSilent('song.mp3'));
  assert.match(await notice(dora), /song\.mp3.*can’t be a clip.*webm/);
  const sine = ['-f', 'lavfi', '-i', 'sine=d=30'];
  await choose(await made('long.ogg', ...sine, '-c:a', 'libopus'));
  assert.match(await notice(dora), /long\.ogg.*too long.*20/);
  const picture = ['-f', 'lavfi', '-i', 'testsrc=d=2:s=64x48'];
  await choose(await made('film.webm', ...picture, '-c:v', 'libvpx'));
  assert.match(await notice(dora), /film\.webm.*picture.*only sound/);
  await give(
    dora,
    'drop',
    await made('noise.wav', ...['-f', 'lavfi', '-i', 'sine=d=1', '-f', 's16le']),
    'audio/wav',
  );
  assert.match(await notice(dora), /can’t play “noise\.wav”/);
  const large = ['-f', 'lavfi', '-i', 'sine=d=15:r=48000'];
  await choose(await made('large.wav', ...large));
  await dora.recorderIs('recorded');
  assert.match(await notice(dora), /1\.4 MB.*500 kB/);
  assert.equal(await dora.page.isDisabled('#recorded-upload'), true);
  await everybodyIsFine(dora);
});
