// Calls by way of a relay: a real coturn, with passwords that the thread's secret makes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { everybodyIsFine } from '../browser/support/scene.mjs';
import { letThrough } from './support/network.mjs';
import { scene, talk } from './support/scene.mjs';
import { Turn, turnIni } from './support/turn.mjs';

const NO_WAY = /^Could not connect to (Ann|Bob): no route through the network was found/;
const here = scene();
/** @type {Turn} */
let turn;
before(async () => (turn = await Turn.start()));
after(() => turn?.stop());

/** @param {{common?: string, client?: string}} [more] */
const ini = ({ common = '', client = 'iceString="[]"' } = {}) => `[common]
mediaFolder=media1
messageLifetimeSec=3600
${common}
[client]
pollFactor=10
${client}
`;

/** Closes the pages of a call that could not be. @param {import('../browser/support/caller.mjs').Caller[]} callers */
async function fails(...callers) {
  for (const { person } of callers) {
    person.isFine(/The call failed: Error: no network candidate was found/);
    await person.page.context().close();
  }
}

test('who can reach the server alone talks by way of the relay', async () => {
  const [ann, bob] = await here.two('firewalls', ini(turnIni()));
  await letThrough(false);
  try {
    await talk(ann, bob);
    assert.deepEqual([(await ann.stats()).relayed, (await bob.stats()).relayed], [true, true]);
    assert.match(turn.log, /ALLOCATE processed, success/);
  } finally {
    await letThrough(true);
  }
  await ann.page.click('#hang-up');
  await bob.is('ready');
  await everybodyIsFine(ann.person, bob.person);
});

test('who hides the address is reached by way of the relay alone, and the other may do as usual', async () => {
  const [ann, bob] = await here.two('hidden', ini(turnIni()));
  await bob.page.click('#settings-open');
  await bob.page.check('#relay-only');
  await talk(ann, bob);
  assert.deepEqual([(await ann.stats()).relayed, (await bob.stats()).relayed], [true, true]);
  const addresses = await ann.page.evaluate(
    () => globalThis.mozchat.phone.peer.pc.remoteDescription.sdp,
  );
  assert.doesNotMatch(addresses, /10\.71\./, 'Bob’s own address is nowhere in what Ann was told');
  await bob.page.reload();
  await bob.person.isIn();
  assert.ok(await bob.page.isChecked('#relay-only'), 'the choice is kept');
  await everybodyIsFine(ann.person, bob.person);
});

test('a thread may ask for the relay; with a wrong secret there is no call, and words say why', async () => {
  const { common, client } = turnIni({ secret: 'south of the border' });
  const [ann, bob] = await here.two('wrong', ini({ common, client: `${client}\nrelayOnly=1` }));
  await ann.page.click('#settings-open');
  assert.ok(await ann.page.isChecked('#relay-only'));
  assert.ok(await ann.page.isDisabled('#relay-only'));
  await ann.page.click('#call');
  await ann.page.waitForSelector('#phone-problem:not([hidden])');
  assert.match(await ann.words(), NO_WAY);
  assert.equal(await bob.page.getAttribute('#phone', 'data-state'), 'ready', 'it did not ring');
  await fails(ann, bob);
});

test('when the one who answers finds no way, both are told', async () => {
  const [ann, bob] = await here.two('halfway', ini(turnIni({ secret: 'south of the border' })));
  await bob.page.click('#settings-open');
  await bob.page.check('#relay-only');
  await ann.page.click('#call');
  await bob.page.click('#answer');
  for (const { page } of [ann, bob]) await page.waitForSelector('#phone-problem:not([hidden])');
  assert.match(await ann.words(), NO_WAY);
  assert.match(await bob.words(), NO_WAY);
  await fails(ann, bob);
});

test('“Test my connection” says in words which ways work', async () => {
  const cases = {
    all: [turnIni(), 'works', 'works', /TURN: works/],
    nothing: [{}, 'none', 'none', /this site has no relay/],
    dead: [turnIni({ port: 9 }), 'fails', 'fails', /TURN: no answer from the relay/],
    secret: [turnIni({ secret: 'west' }), 'works', 'refused', /doesn’t accept the password/],
  };
  for (const [thread, [servers, stun, relay, words]] of Object.entries(cases)) {
    const [ann, bob] = await here.two(`test-${thread}`, ini(servers));
    await ann.page.click('#settings-open');
    const began = Date.now();
    await ann.page.click('#test-connection');
    await ann.page.waitForSelector('#test-connection[aria-busy="false"]');
    console.log(`# ${thread}: told after ${Date.now() - began} ms`);
    const result = (way) =>
      ann.page.getAttribute(`#connection-report [data-way="${way}"]`, 'data-result');
    const found = await Promise.all(['direct', 'stun', 'turn'].map(result));
    assert.deepEqual(found, ['works', stun, relay], thread);
    assert.match(await ann.page.innerText('#connection-report'), words);
    await everybodyIsFine(ann.person, bob.person);
  }
});
