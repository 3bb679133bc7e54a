// Two recordings of the same: where the second goes on that the first has begun.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overlapOf } from '../../htdocs/js/play/overlap.js';

const RATE = 48_000;

/** Something like speech: tones that glide, louder and softer. @param {number} seconds @param {number} seed */
function speech(seconds, seed) {
  const pitch = 110 + 13 * seed;
  return Float32Array.from({ length: seconds * RATE }, (_, i) => {
    const t = i / RATE;
    const glide = pitch * t + 9 * Math.sin(3 * t + seed);
    const voice = [1, 2, 3, 5].reduce((sum, n) => sum + Math.sin(2 * Math.PI * n * glide) / n, 0);
    return 0.2 * voice * (0.6 + 0.4 * Math.sin(17 * t));
  });
}

/** As a lossy encoder leaves it. @param {Float32Array} sound @param {number} seed */
function spoilt(sound, seed) {
  let state = seed;
  return sound.map((sample) => {
    state = (state * 16807) % 2147483647;
    return sample + 0.02 * (state / 2147483647 - 0.5);
  });
}

test('the overlap is found to a fraction of a millisecond', () => {
  for (const ms of [100, 137.5, 211, 400]) {
    const whole = speech(4, 1);
    const overlap = Math.round((ms * RATE) / 1000);
    const first = spoilt(whole.subarray(0, 2 * RATE), 7);
    const second = spoilt(whole.subarray(2 * RATE - overlap), 11);
    const found = overlapOf(first, second, RATE);
    assert.ok(Math.abs(found - overlap) <= 10, `${found} of ${overlap} samples`);
  }
});

test('where there is none, nothing is left out', () => {
  for (let seed = 1; seed < 20; seed++) {
    const [first, second] = [spoilt(speech(2, seed), 3), spoilt(speech(2, seed + 20), 5)];
    assert.equal(overlapOf(first, second, RATE), 0, `seed ${seed}`);
  }
});

test('silence and what is too short tell nothing', () => {
  const silence = new Float32Array(RATE);
  assert.equal(overlapOf(silence, silence, RATE), 0);
  assert.equal(overlapOf(speech(1, 1).subarray(0, 100), speech(1, 1), RATE), 0);
  assert.equal(overlapOf(speech(1, 1), new Float32Array(0), RATE), 0);
});
