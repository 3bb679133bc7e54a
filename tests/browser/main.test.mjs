// The main thing: one person speaks, another hears it. Under Apache, and against the program of scripts/serve.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Apache } from './support/apache.mjs';
import { loudness, probe, samples } from './support/media.mjs';
import { everybodyIsFine, scene } from './support/scene.mjs';
import { Serve } from './support/serve.mjs';

const INI = `[common]
mediaFolder=media1
maxBlobBytes=500000
maxMediaFolderBytes=4000000
clipLifetimeSec=600
[client]
maxClipSizeSec=10
pollFactor=10
`;

/** The largest amplitude of each frequency that the player's element gives out while it plays. */
const listen = () => {
  const { element } = globalThis.mozchat.player;
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
  context.createMediaStreamSource(element.captureStream()).connect(analyser);
  const bins = new Float32Array(analyser.frequencyBinCount);
  const most = { 440: -200, 600: -200, 880: -200 };
  return new Promise((resolve) => {
    const look = () => {
      analyser.getFloatFrequencyData(bins);
      for (const frequency of Object.keys(most)) {
        const bin = Math.round((Number(frequency) * analyser.fftSize) / context.sampleRate);
        most[frequency] = Math.max(most[frequency], ...bins.subarray(bin - 1, bin + 2));
      }
    };
    const timer = setInterval(look, 50);
    element.addEventListener('ended', () => (clearInterval(timer), resolve(most)), { once: true });
  });
};

for (const [name, Site] of Object.entries({
  'under Apache': Apache,
  'against scripts/serve': Serve,
})) {
  describe(name, () => {
    const here = scene({ site: Site });

    test('what one person records is played by itself in the page of another', async () => {
      await here.site.makeThread('room', INI);
      const ann = await here.person('Ann', 'room');
      const bob = await here.person('Bob', 'room');
      await bob.page.waitForSelector('#online li[data-user="Ann"]');
      await ann.page.fill('#record-description', 'Two tones');
      await ann.recordAndUpload(3);

      await bob.playerIs('playing');
      const heard = bob.page.evaluate(listen);
      await bob.page.waitForFunction(() => globalThis.mozchat.player.element.currentTime > 1);
      assert.equal(await bob.clips('[data-state="playing"][data-author="Ann"]').count(), 1);
      const levels = await heard;
      for (const tone of [440, 880]) {
        assert.ok(
          levels[tone] > levels[600] + 20,
          `Bob hears ${tone} Hz: ${JSON.stringify(levels)}`,
        );
      }
      await bob.page.waitForSelector('#clips li[data-state="heard"]');
      assert.match(await bob.clips().last().innerText(), /Ann[\s\S]*Two tones/);
      await ann.hasClips(1);
      assert.equal(await ann.page.evaluate(() => globalThis.mozchat.player.state), 'stopped');
      await everybodyIsFine(ann, bob);
    });

    test('the uploaded file is Opus in WebM, as long as it was spoken, and holds the tones', async () => {
      const media = join(here.site.thread('room'), 'media1');
      const [clip] = await readdir(media);
      const { codecs, duration, format } = await probe(join(media, clip));
      assert.deepEqual([codecs, format], [['opus'], 'matroska,webm']);
      assert.ok(duration > 2.8 && duration < 4, `${duration} s`);
      const sound = await samples(join(media, clip));
      assert.ok(sound.length / 48_000 > 2.5, 'it is not silent at its end');
      const [low, between, high] = [440, 600, 880].map((tone) => loudness(sound, tone));
      console.log(
        `# ${name}: ${clip}: ${duration} s; 440 Hz ${low}, 600 Hz ${between}, 880 Hz ${high}`,
      );
      assert.ok(low > 0.01 && high > 0.01, `${low} ${high}`);
      assert.ok(Math.min(low, high) > 50 * between, `${low} ${between} ${high}`);
    });

    test('one can seek in a clip that was recorded', async () => {
      const bob = await here.person('Bob the second', 'room');
      await bob.clips().last().locator('.clip-play').click();
      await bob.playerIs('playing');
      const length = await bob.page.evaluate(() => globalThis.mozchat.player.element.duration);
      assert.ok(length > 2.8 && length < 4, `the recording carries its length: ${length}`);
      await bob.page.locator('#seek').fill('2');
      await bob.page.waitForFunction(() => {
        const { currentTime, seeking, paused } = globalThis.mozchat.player.element;
        return currentTime >= 2 && currentTime < 4 && !seeking && !paused;
      });
      await everybodyIsFine(bob);
    });
  });
}
