// How quantities are said.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { span } from '../../htdocs/js/util/format.js';

test('a span of time is said in its natural unit, without a fraction that tells nobody anything', () => {
  const said = [5, 60, 90, 900, 9000, 36_000_000, 2_592_000].map(span);
  assert.deepEqual(said, [
    '5 seconds',
    '1 minute',
    '90 seconds',
    '15 minutes',
    '2.5 hours',
    '417 days',
    '30 days',
  ]);
});
