// What goes to a program has nothing in it that a host's firewall could take for an attack, and says the same.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { formOf } from '../../htdocs/js/net/form.js';

const unpacked = (/** @type {URLSearchParams} */ form) => {
  const { json64, ...fields } = Object.fromEntries(form);
  return { ...fields, ...JSON.parse(Buffer.from(json64 ?? 'e30', 'base64url').toString()) };
};

test('whatever is in the fields, the form has letters, digits and a few signs only', () => {
  for (const text of [
    "Don't; select one from the menu -- <b>",
    'Привет, может быть, приду в 8',
    '../../etc/passwd',
    'один 🐙 два\r\n--b',
    '\ud800',
    'x'.repeat(30_000),
  ]) {
    const fields = { user: 'Ann', text, n: 3, flag: true, sdp: { type: 'offer', sdp: text } };
    const form = formOf(fields);
    for (const value of form.values()) assert.match(value, /^[\w.,:-]*$/);
    assert.deepEqual(unpacked(form), JSON.parse(JSON.stringify(fields)));
  }
});

test('what is harmless is sent as it is, and what is undefined not at all', () => {
  assert.equal(
    String(formOf({ user: 'Ann', realm: 'a.b-c_9', ack: '' })),
    'user=Ann&realm=a.b-c_9&ack=',
  );
  const form = formOf({ act: 'poll', ack: 'a1,b2', seen: '{"a":1}', sid: undefined });
  assert.deepEqual([...form.keys()], ['act', 'ack', 'json64']);
  assert.deepEqual(unpacked(form), { act: 'poll', ack: 'a1,b2', seen: '{"a":1}' });
});
