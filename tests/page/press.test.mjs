// What a press of RECORD means goes by when the finger came and went, not by when the page got round to hearing of it.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Press } from '../../htdocs/js/record/press.js';

/** A press whose actions are written down. */
function pressed() {
  const said = [];
  let runs = false;
  const press = new Press({
    running: () => runs,
    wanted: () => runs,
    start: () => (runs = !!said.push('start')),
    stop: () => (runs = !said.push('stop')),
    cancel: (why) => (runs = !said.push(`cancel ${why}`)),
    onLock: (locked) => locked && said.push('locked'),
    onAway: () => {},
    onRelease: () => {},
  });
  return { press, said };
}

/** A page that is busy for so long hears of things late. */
const beBusy = (ms) => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};

test('a click stays a click on a page that hears late of its end', () => {
  const { press, said } = pressed();
  const at = performance.now();
  press.begin(at);
  beBusy(750);
  press.end(false, at + 120);
  assert.deepEqual(said, ['start', 'locked']);
});

test('a long press stays one on a page that hears late of its beginning', () => {
  const { press, said } = pressed();
  const at = performance.now() - 900;
  press.begin(at);
  press.end(false, at + 900);
  assert.deepEqual(said, ['start', 'stop']);
});

test('a touch of the space bar is given up by the time for which it was down', () => {
  const { press, said } = pressed();
  // A whole number: of others sums are rounded, and a difference may be a hair's breadth under 300.
  const at = Math.ceil(performance.now());
  press.begin(at);
  press.end(true, at + 299);
  press.begin(at + 1000);
  press.end(true, at + 1300);
  assert.deepEqual(said, ['start', 'cancel short', 'start', 'stop']);
});
