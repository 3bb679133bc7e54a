// Which names of people and threads the page takes: those that the server takes.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { wrongRealm } from '../../htdocs/js/util/names.js';

test('a thread’s name may be in any script and have spaces', () => {
  for (const name of [
    'vec',
    'a.b-c_9',
    'комната',
    'Наша комната',
    'हिन्दी',
    'Tom & Jerry',
    '50% off?',
  ])
    assert.equal(wrongRealm(name), null, name);
});

test('a thread’s name that would be another path or hidden is refused', () => {
  for (const name of ['.', '..', '.ini', '../x', 'a/b', 'a\\b', ' a', 'a ', 'a<b', 'a"b', 'a\nb'])
    assert.equal(wrongRealm(name), 'entry.badRealm', name);
  assert.equal(wrongRealm(''), 'entry.noRealm');
});
