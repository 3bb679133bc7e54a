// A file of one's own as a clip: chosen, dropped, pasted; refused in words; and what its sound looks like.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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
  assert.match(await bob.clips().last().innerText(), /Sunday song/);
  // It plays by itself.
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

const SINE = ['-f', 'lavfi', '-i', 'sine=d=2:r=48000'];
const FILM = ['-f', 'lavfi', '-i', 'testsrc2=d=2:s=640x360:r=15', ...SINE, '-pix_fmt', 'yuv420p'];
const AVC = ['-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', '-ac', '2'];
/** What people have: a name, how ffmpeg makes it, and what becomes of it. */
const HABITS = [
  ['song.mp3', [...SINE, '-c:a', 'libmp3lame'], 'webm opus'],
  ['voice.aac', [...SINE, '-c:a', 'aac'], 'm4a aac'],
  ['tune.flac', SINE, 'webm opus'],
  ['whatsapp.opus', [...SINE, '-c:a', 'libopus'], 'oga opus'],
  ['kept.weba', [...SINE, '-c:a', 'libopus', '-f', 'webm'], 'webm opus'],
  ['phone.m4a', [...SINE, '-c:a', 'aac'], 'm4a aac'],
  ['no-extension', [...SINE, '-c:a', 'libmp3lame', '-f', 'mp3'], 'webm opus'],
  ['wrong.wav', [...SINE, '-c:a', 'libmp3lame', '-f', 'mp3'], 'webm opus'],
  ['wrong.mp3', [...SINE, '-c:a', 'libopus', '-f', 'webm'], 'webm opus'],
  ['iphone.mov', [...FILM, ...AVC], 'mp4 h264 aac'],
  ['film.m4v', [...FILM, ...AVC, '-f', 'mp4'], 'mp4 h264 aac'],
  ['old.3gp', [...FILM, ...AVC], 'mp4 h264 aac'],
  ['tv.mkv', [...FILM, '-c:v', 'libvpx', '-c:a', 'libopus'], 'webm vp8 opus'],
];

/** The clip that waits to be sent, as a file. @param {import('./support/people.mjs').Person} person */
async function recorded({ page }) {
  await page.waitForSelector('#recorder[data-state="recorded"]');
  const { bytes, ...about } = await page.evaluate(async () => {
    const { blob, duration, mime, ext } = globalThis.mozchat.recorder.clip;
    const url = await new Promise((resolve) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result);
      reader.readAsDataURL(blob);
    });
    return { bytes: url.split(',')[1], duration, mime, ext };
  });
  const path = join(folder, `made.${about.ext}`);
  await writeFile(path, Buffer.from(bytes, 'base64'));
  return { ...about, ...(await look(path)) };
}

/** What ffprobe says of a file. @param {string} path */
async function look(path) {
  const wanted = 'stream=codec_name,width,height:stream_side_data=rotation:format=duration,size';
  const { stdout } = await run('ffprobe', [
    ...['-v', 'error', '-of', 'json', '-show_entries', wanted],
    path,
  ]);
  const { streams, format } = JSON.parse(stdout);
  return { streams, seconds: Number(format.duration), size: Number(format.size) };
}

test('what a phone or a person has becomes a clip, whatever it is called', async () => {
  await here.site.makeThread('habits', INI.replace('allowVideo=0', 'allowVideo=1'));
  const eve = await here.person('Eve', 'habits');
  for (const [name, how, wanted] of HABITS) {
    await eve.page.setInputFiles('#file', await made(name, ...how));
    const { ext, streams, seconds, duration } = await recorded(eve);
    const codecs = streams.map((one) => one.codec_name);
    console.log(`# ${name}: ${ext}, ${codecs}, ${seconds} s`);
    assert.equal([ext, ...codecs].join(' '), wanted, name);
    assert.ok(Math.abs(seconds - 2) < 0.15 && Math.abs(duration - seconds) < 0.15, `${seconds} s`);
    await eve.page.click('#recorded-discard');
  }
  await everybodyIsFine(eve);
});

/** The same film as from a phone that was held upright: with a note that it is to be turned. @param {string} path @param {number} height */
async function onItsSide(path, height) {
  const file = await readFile(path);
  const MATRIX_AT = 44; // after the name of the box that describes a track
  const matrix = file.indexOf('tkhd') + MATRIX_AT;
  const quarter = [0, 0x10000, 0, -0x10000, 0, 0, height << 16, 0];
  for (const [n, value] of quarter.entries()) file.writeInt32BE(value, matrix + 4 * n);
  const turned = join(folder, 'turned.mp4');
  await writeFile(turned, file);
  return turned;
}

test('a large film that lies on its side is made small and upright, and one sees how far it is', async () => {
  await here.site.makeThread('large', INI.replace('allowVideo=0', 'allowVideo=1'));
  const fred = await here.person('Fred', 'large');
  const noise = [
    '-f',
    'lavfi',
    '-i',
    'testsrc2=d=3:s=1280x720:r=15',
    ...SINE,
    '-pix_fmt',
    'yuv420p',
  ];
  const large = await made('plain.mp4', ...noise, ...AVC, '-b:v', '6M', '-minrate', '6M');
  const turned = await onItsSide(large, 720);
  assert.ok((await look(turned)).size > 500_000);
  await fred.page.setInputFiles('#file', turned);
  await fred.page.waitForSelector('#file-fitting:not([hidden])');
  assert.match(await fred.page.innerText('#file-fitting'), /Converting “turned\.mp4”/);
  await fred.picture('file-fitting');
  const { ext, streams, size } = await recorded(fred);
  const film = streams.find(({ width }) => width);
  console.log(`# ${ext}, ${film.width} × ${film.height}, ${size} bytes`);
  assert.ok(size < 500_000 && film.height > film.width, 'small, and upright');
  assert.ok(!film.side_data_list?.some(({ rotation }) => rotation), 'in itself');
  assert.ok(Math.abs(film.width / film.height - 9 / 16) < 0.02, 'of the same shape');

  await fred.page.click('#recorded-discard');
  await fred.page.setInputFiles('#file', turned);
  await fred.page.click('#file-fitting-cancel');
  await fred.page.waitForSelector('#file-fitting', { state: 'hidden' });
  assert.equal(await fred.page.getAttribute('#recorder', 'data-state'), 'idle');
  await fred.page.setInputFiles('#file', await made('next.flac', ...SINE));
  await fred.recorderIs('recorded');
  await everybodyIsFine(fred);
});

test('a picture that the browser can not read is never sent as sound alone', async () => {
  await here.site.makeThread('hevc', INI.replace('allowVideo=0', 'allowVideo=1'));
  const gina = await here.person('Gina', 'hevc');
  const hevc = [
    '-c:v',
    'libx265',
    '-preset',
    'ultrafast',
    '-x265-params',
    'log-level=0',
    '-c:a',
    'aac',
  ];
  for (const name of ['iphone.mov', 'phone.mp4']) {
    await gina.page.setInputFiles('#file', await made(name, ...FILM, ...hevc, '-tag:v', 'hvc1'));
    assert.match(await notice(gina), /can’t read the picture of/);
    assert.equal(await gina.page.getAttribute('#recorder', 'data-state'), 'idle');
  }
  await everybodyIsFine(gina);
});

test('what can not be a clip is refused in words', async () => {
  await here.site.makeThread('refusals', INI);
  const dora = await here.person('Dora', 'refusals');
  const choose = (path) => dora.page.setInputFiles('#file', path);
  const sine = ['-f', 'lavfi', '-i', 'sine=d=30'];
  await choose(await made('long.ogg', ...sine, '-c:a', 'libopus'));
  assert.match(await notice(dora), /long\.ogg.*too long.*20/);
  await dora.recorderIs('recorded');
  assert.equal(await dora.page.evaluate(() => globalThis.mozchat.recorder.clip.duration), 20);
  await dora.page.click('#recorded-discard');
  const picture = ['-f', 'lavfi', '-i', 'testsrc=d=2:s=64x48'];
  await choose(await made('film.webm', ...picture, '-c:v', 'libvpx'));
  assert.match(await notice(dora), /film\.webm.*picture.*only sound/);
  await give(
    dora,
    'drop',
    await made('noise.wav', ...['-f', 'lavfi', '-i', 'sine=d=1', '-f', 's16le']),
    'audio/wav',
  );
  assert.match(await notice(dora), /“noise\.wav” is not a recording/);
  await everybodyIsFine(dora);
});
