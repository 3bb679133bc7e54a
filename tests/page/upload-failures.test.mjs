// What becomes of a clip whose upload has failed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../../htdocs/js/net/http.js';
import { verdict } from '../../htdocs/js/net/upload-failures.js';

const first = { tries: 1, others: false };
const cases = [
  ['a firewall’s refusal concerns this clip alone', ['filtered', 403], first, 'refused'],
  ['whatever it answers with', ['filtered', 501], first, 'refused'],
  ['so does a limit of the web server', ['web-limit', 413], first, 'refused'],
  ['and one of the thread', ['too-large', 413], first, 'refused'],
  ['without a network all wait', ['network', 0], { tries: 9, others: false }, 'hold'],
  ['a sign-in page answers all', ['portal', 200], first, 'hold'],
  [
    'a connection that breaks with this clip lets the others go first',
    ['broken', 0],
    first,
    'aside',
  ],
  ['and is given up in the end', ['broken', 0], { tries: 3, others: false }, 'refused'],
  ['a server in trouble holds all', ['unreachable', 500], first, 'hold'],
  ['unless it is the second time', ['unreachable', 500], { tries: 2, others: false }, 'aside'],
  ['and no other fares better', ['unreachable', 500], { tries: 2, others: true }, 'hold'],
];

for (const [name, [code, status], facts, wanted] of cases) {
  test(`${name}: ${code}`, () => {
    assert.equal(verdict(new ApiError(code, '', { status }), facts), wanted);
  });
}
