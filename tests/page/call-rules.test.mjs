// Which messages belong to the call that there is, whoever sends them from which page; and what a rejection means.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  isHurried,
  isInCall,
  isOfCall,
  isOfPageAlone,
  whyRejected,
  wishesPicture,
} from '../../htdocs/js/call/call-rules.js';

const call = { sid: 'ours', other: 'Bob', page: '', isOld: false };
const message = { id: '1', user: 'Bob', sid: 'ours', page: 'p1', type: 'hang-up' };

test('a message is of the call if its person, its id and its page are', () => {
  assert.equal(isOfCall('talking', call, message), true);
  assert.equal(isOfCall('talking', null, message), false);
  assert.equal(isOfCall('talking', call, { ...message, user: 'Cy' }), false);
  assert.equal(isOfCall('talking', call, { ...message, sid: 'another' }), false);
  // Once one page has it, another one of the same person has nothing to say.
  assert.equal(isOfCall('talking', { ...call, page: 'p1' }, message), true);
  assert.equal(isOfCall('talking', { ...call, page: 'p2' }, message), false);
  assert.equal(isOfCall('talking', { ...call, page: 'p2' }, { ...message, page: undefined }), true);
});

test('an old page has ids of its own where its page makes them, and nowhere else', () => {
  const accept = { id: '2', user: 'Bob', sid: 'theirs', type: 'accept' };
  assert.equal(isOfCall('calling', call, accept), true);
  assert.equal(isOfCall('calling', call, { ...accept, sdp: {} }), false);
  assert.equal(isOfCall('talking', call, accept), false);
  const reject = { ...accept, type: 'rejectCall' };
  assert.equal(isOfCall('calling', call, reject), true);
  assert.equal(isOfCall('calling', call, { ...reject, reason: 'busy' }), false);
  const hangUp = { ...accept, type: 'hang-up' };
  assert.equal(isOfCall('ringing', { ...call, isOld: true }, hangUp), true);
  assert.equal(isOfCall('ringing', call, hangUp), false);
});

test('what a rejection and an invitation mean', () => {
  const reasons = ['busy', 'network', 'unable', 'declined', 'undefined'];
  assert.deepEqual(reasons.map(whyRejected), ['busy', 'failed', 'unable', 'declined', 'declined']);
  assert.deepEqual(['closed', 'unable', 'busy', ''].map(isOfPageAlone), [true, true, false, false]);
  const videos = ['1', true, 'video', '', false, 'audio', undefined];
  assert.deepEqual(
    videos.map((video) => wishesPicture({ ...message, video })),
    [true, true, true, false, false, false, false],
  );
});

test('while a call is made or mended the next message is awaited; while it talks it is not', () => {
  const states = ['ready', 'calling', 'ringing', 'connecting', 'talking', 'reconnecting'];
  assert.deepEqual(states.filter(isHurried), ['calling', 'ringing', 'connecting', 'reconnecting']);
  assert.deepEqual(states.filter(isInCall), ['connecting', 'talking', 'reconnecting']);
});
