// How much a stream weighs on a line that does, or does not, keep up with it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AdaptiveBitrate } from '../../htdocs/js/record/adaptive-bitrate.js';

/**
 * Speaks for so long in pieces of a second, which go up one after another.
 * @param {AdaptiveBitrate} bitrate @param {(at: number) => number} line bits per second @param {number} seconds
 * @returns {{level: number, waiting: number}[]} after each second
 */
function speak(bitrate, line, seconds) {
  const waiting = [];
  const found = [];
  let free = 0;
  for (let now = 1; now <= seconds; now++) {
    waiting.push({ made: now, bits: 64_000 / 2 ** bitrate.level });
    while (waiting.length) {
      const begun = Math.max(free, waiting[0].made);
      const took = 0.05 + waiting[0].bits / line(begun);
      if (begun + took > now + 1) break;
      waiting.shift();
      free = begun + took;
      bitrate.sent(free, took, 1);
    }
    bitrate.waits(waiting.length, 1);
    found.push({ level: bitrate.level, waiting: waiting.length });
  }
  return found;
}

test('a good line gets all', () => {
  const found = speak(new AdaptiveBitrate(false), () => 1e6, 60);
  assert.ok(found.every(({ level, waiting }) => level === 0 && waiting <= 1));
});

test('a poor line gets as little as it needs, and what waited is sent', () => {
  for (const [line, enough] of [
    [45_000, 1],
    [24_000, 2],
  ]) {
    const found = speak(new AdaptiveBitrate(false), () => line, 120);
    assert.equal(found.at(-1).level, enough, `${line} bits a second`);
    assert.ok(found.at(-1).waiting <= 2, `${found.at(-1).waiting} wait`);
    assert.ok(Math.max(...found.map(({ waiting }) => waiting)) < 15, 'the wait has an end');
  }
});

test('when the line is good again, so is the sound', () => {
  const found = speak(new AdaptiveBitrate(false), (at) => (at < 30 ? 24_000 : 1e6), 90);
  assert.equal(found[28].level, 2);
  assert.equal(found.at(-1).level, 0);
});

test('a line that is almost good enough is not tried again and again', () => {
  const found = speak(new AdaptiveBitrate(false), () => 62_000, 600);
  const changes = found.filter(({ level }, n) => n && level !== found[n - 1].level).length;
  assert.ok(changes < 20, `${changes} changes in ten minutes`);
});

test('who saves data never gets all of it', () => {
  const bitrate = new AdaptiveBitrate(true);
  assert.equal(bitrate.level, 1);
  assert.equal(speak(bitrate, () => 1e6, 60).at(-1).level, 1);
});
