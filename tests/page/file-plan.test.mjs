// What becomes of a file of the person's own, as a table.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planFile } from '../../htdocs/js/container/file-plan.js';

const FORMATS = [
  { mime: 'audio/webm;codecs=opus', ext: 'webm', kind: 'audio' },
  { mime: 'audio/mp4', ext: 'm4a', kind: 'audio' },
  { mime: 'video/webm;codecs=vp8,opus', ext: 'webm', kind: 'video' },
  { mime: 'video/mp4', ext: 'mp4', kind: 'video' },
];
const settings = (changes = {}) => ({
  formats: FORMATS,
  allowVideo: true,
  limits: { maxBlobBytes: 500_000, maxClipSizeSec: 20 },
  ...changes,
});
const sound = (codec, canDecode = true) => ({ codec, canDecode });
const picture = (codec, canDecode = true) => ({
  codec,
  canDecode,
  width: 1080,
  height: 1920,
  rotation: 90,
});
const file = (changes) => ({ seconds: 4, bytes: 90_000, sound: null, picture: null, ...changes });

/** A plan in short. */
function inShort(plan) {
  if (typeof plan === 'string') return plan;
  if ('asIs' in plan) return `as it is: ${plan.asIs.ext}`;
  const size = plan.size ? ` ${plan.size.width}x${plan.size.height}` : '';
  const how = plan.isCopied ? 'copied' : 'encoded';
  return `${how}: ${plan.targets.map(({ format }) => format.ext).join()}${size}, ${plan.seconds} s`;
}

test('a file is sent as it is, made to fit, or refused', () => {
  const avc = { sound: sound('aac'), picture: picture('avc') };
  const hevc = { sound: sound('aac'), picture: picture('hevc', false) };
  const cases = [
    [{ container: 'WebM', sound: sound('opus') }, 'as it is: webm'],
    [{ container: 'Matroska', sound: sound('opus') }, 'copied: webm,m4a, 4 s'],
    [{ container: 'MP3', sound: sound('mp3') }, 'encoded: webm,m4a, 4 s'],
    [{ container: 'ADTS', sound: sound('aac', false) }, 'copied: m4a, 4 s'],
    [{ container: 'MP4', sound: sound(null, false) }, 'file.unplayable'],
    [{ container: 'MP4', ...avc }, 'as it is: mp4'],
    [{ container: 'QuickTime File Format', ...avc }, 'copied: mp4, 4 s'],
    [{ container: 'MP4', ...avc, bytes: 9e6 }, 'encoded: webm,mp4 360x640, 4 s'],
    [{ container: 'MP4', ...avc, bytes: 9e6, seconds: 90 }, 'encoded: webm,mp4 180x320, 20 s'],
    [{ container: 'WebM', sound: sound('opus'), seconds: 40 }, 'copied: webm,m4a, 20 s'],
    [{ container: 'WebM', sound: sound('opus'), seconds: 20.8 }, 'as it is: webm'],
    [{ container: 'MP4', ...hevc }, 'file.noPicture'],
    [
      { container: 'MP4', sound: sound('aac'), picture: picture('hevc') },
      'encoded: webm,mp4 360x640, 4 s',
    ],
    [{ container: 'MP4' }, 'file.unplayable'],
  ];
  for (const [facts, wanted] of cases)
    assert.equal(inShort(planFile(file(facts), settings())), wanted, JSON.stringify(facts));
});

test('a thread decides what it takes', () => {
  const film = file({ container: 'MP4', sound: sound('aac'), picture: picture('avc') });
  assert.equal(planFile(film, settings({ allowVideo: false })), 'file.noVideo');
  assert.equal(planFile(film, settings({ formats: FORMATS.slice(0, 2) })), 'file.format');
  const webm = settings({ formats: FORMATS.slice(2, 3) });
  assert.equal(inShort(planFile(film, webm)), 'encoded: webm 360x640, 4 s');
});
