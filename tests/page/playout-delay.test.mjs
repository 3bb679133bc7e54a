// How far behind a speaker one listens.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PlayoutDelay } from '../../htdocs/js/play/playout-delay.js';

/**
 * Plays a speech as the gapless player does: pieces of a second, each there so long after it was spoken.
 * @param {PlayoutDelay} buffer @param {number} from when it begins @param {number[]} delays
 * @returns {{gaps: number[], behind: number[]}} of each piece: the silence before it, how long after it was spoken it is heard
 */
function speech(buffer, from, delays, end = -Infinity) {
  const [gaps, behind] = [[], []];
  delays.forEach((delay, n) => {
    const now = from + n + 1 + delay;
    let [begin, rate] = [end, 1];
    if (end < now) {
      begin = now + buffer.begin(now - end, 1);
      if (n) gaps.push(begin - end);
    } else rate = buffer.follow(end - now, 1);
    behind.push(begin - (from + n));
    end = begin + 1 / rate;
  });
  return { gaps, behind };
}

/** As a page hears that asks four times a second. @param {number} count */
const uneven = (count, most = 0.25, seed = 1) => {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (state * 16807) % 2147483647;
    return (state / 2147483647) * most;
  });
};

test('pieces that come unevenly follow each other without gaps', () => {
  for (let seed = 1; seed < 50; seed++) {
    const { gaps } = speech(new PlayoutDelay(), 0, uneven(60, 0.25, seed));
    assert.deepEqual(gaps, [], `seed ${seed}`);
  }
});

test('after a line that stood still one is up to date again, with no gap but the one', () => {
  const delays = uneven(60);
  // Nothing comes for three seconds, then all at once.
  for (const n of [10, 11, 12, 13]) delays[n] = 13.2 - n;
  const { gaps, behind } = speech(new PlayoutDelay(), 0, delays);
  assert.equal(gaps.length, 1, JSON.stringify(gaps));
  assert.ok(behind[14] > 3.5, `${behind[14]} s behind`);
  assert.ok(behind.at(-1) < 1.7, `${behind.at(-1)} s behind`);
});

test('who finds a speech late catches up', () => {
  const delays = uneven(30);
  [delays[0], delays[1]] = [2.5, 1.5];
  const { gaps, behind } = speech(new PlayoutDelay(), 0, delays);
  assert.deepEqual(gaps, []);
  assert.ok(behind[0] > 3 && behind.at(-1) < 1.7, `${behind[0]} s, then ${behind.at(-1)} s behind`);
});

test('where pieces come evenly, the first of later speeches waits less; where they do not, more', () => {
  const first = (most) => {
    const buffer = new PlayoutDelay();
    let begin = 0;
    for (let n = 1; n <= 8; n++) {
      speech(buffer, begin, uneven(10, most, n), begin - 20);
      begin += 100;
    }
    return speech(buffer, begin, [0], begin - 20).behind[0] - 1;
  };
  assert.ok(first(0.01) < 0.15, `${first(0.01)} s`);
  const late = first(0.8);
  assert.ok(late > 0.5, `${late} s`);
});

test('a short clip that is the whole speech does not wait', () => {
  assert.equal(new PlayoutDelay().begin(Infinity, 0.42), 0);
  assert.ok(new PlayoutDelay().begin(Infinity, 0.96) > 0);
});
