// Pieces of sound that are put together again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fadeEdges, part } from '../../htdocs/js/play/crossfade.js';
import { stretch } from '../../htdocs/js/play/time-stretch.js';

const RATE = 48_000;
const FADE = 240;
const tone = (hz, seconds) =>
  Float32Array.from({ length: seconds * RATE }, (_, n) => Math.sin((2 * Math.PI * hz * n) / RATE));

/** How often a tone goes up through zero in a second. @param {Float32Array} sound */
function pitch(sound) {
  let ups = 0;
  for (let i = 1; i < sound.length; i++) if (sound[i - 1] < 0 && sound[i] >= 0) ups += 1;
  return (ups * RATE) / sound.length;
}

test('a sound that was cut with a lead is the same when its pieces fade into each other', () => {
  const whole = tone(440, 2);
  const cut = RATE;
  const pieces = [
    { channels: [whole.subarray(0, cut)], lead: 0 },
    { channels: [whole.subarray(cut - 5760)], lead: 5760 },
  ].map((piece) => fadeEdges(part(piece, 0, FADE), FADE));
  assert.deepEqual(
    pieces.map(({ lead }) => lead),
    [0, FADE],
  );
  const joined = new Float32Array(whole.length);
  for (const [n, { channels }] of pieces.entries()) {
    const at = n ? cut - FADE : 0;
    channels[0].forEach((sample, i) => (joined[at + i] += sample));
  }
  for (let i = FADE; i < whole.length - FADE; i++) {
    assert.ok(Math.abs(joined[i] - whole[i]) < 1e-6, `sample ${i}`);
  }
  assert.ok(Math.abs(joined[0]) < 0.01 && Math.abs(joined.at(-1)) < 0.01, 'and it does not click');
});

test('a piece can begin anywhere, also after its end', () => {
  const piece = { channels: [tone(440, 1)], lead: 5760 };
  const from = part(piece, 4800, FADE);
  assert.deepEqual(from.channels[0][FADE], piece.channels[0][5760 + 4800]);
  assert.ok(part(piece, RATE * 5, FADE).channels[0].length <= FADE);
});

test('another tempo leaves voice, beginning and end as they are', () => {
  const sound = tone(220, 1);
  for (const rate of [0.75, 1.1, 1.25, 1.5, 2]) {
    const [made] = stretch([sound], rate, RATE);
    const seconds = made.length / RATE;
    assert.ok(Math.abs(seconds - 1 / rate) < 0.05, `${rate}: ${seconds} s`);
    assert.ok(Math.abs(pitch(made) - 220) < 4, `${rate}: ${pitch(made)} Hz`);
    assert.deepEqual(made.slice(0, 400), sound.slice(0, 400));
    assert.deepEqual(made.slice(-400), sound.slice(-400));
    const steps = made.map((sample, i) => Math.abs(sample - (made[i - 1] ?? sample)));
    assert.ok(Math.max(...steps) < 0.05, `${rate}: no click, ${Math.max(...steps)}`);
  }
});

test('all channels jump at the same places', () => {
  const [left, right] = stretch([tone(220, 1), tone(220, 1).map((x) => -x)], 1.25, RATE);
  assert.equal(left.length, right.length);
  left.forEach((sample, i) => assert.equal(sample, -right[i]));
});
