// Ann and Bob in homes of their own, and a site that both reach.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { Apache } from '../../browser/support/apache.mjs';
import { Caller } from '../../browser/support/caller.mjs';
import { makeTone } from '../../browser/support/media.mjs';
import { Person, startChromium } from '../../browser/support/people.mjs';
import { Home, makeNetwork, SERVER } from './network.mjs';

/** Before the tests of a file: the network, the site, a browser in each home; and their end after. */
export function scene() {
  const here = {
    /** @type {any} */
    site: null,
    /** @type {Record<string, Home>} */
    homes: {},
    /** @type {Record<string, Awaited<ReturnType<typeof startChromium>>>} */
    browsers: {},
    /** Ann and Bob in a thread of their own, who have chosen each other. @param {string} thread @param {string} ini */
    async two(thread, ini) {
      await here.site.makeThread(thread, ini);
      const callers = [];
      for (const name of ['Ann', 'Bob']) {
        const person = await Person.at(here.browsers[name].browser, name);
        await person.enter(here.site.url, thread);
        callers.push(new Caller(person));
      }
      const [ann, bob] = callers;
      await Promise.all([ann.choose('Bob'), bob.choose('Ann')]);
      return [ann, bob];
    },
  };
  before(async () => {
    await makeNetwork();
    here.site = await Apache.start('cgid', { address: SERVER });
    here.homes.Ann = await Home.make('Ann', 'wifi', 'mobile');
    here.homes.Bob = await Home.make('Bob', 'cable');
    // Elsewhere a page gets the microphone only over https.
    const trusting = [
      `--unsafely-treat-insecure-origin-as-secure=${new URL(here.site.url).origin}`,
    ];
    for (const [name, { prefix }] of Object.entries(here.homes)) {
      here.browsers[name] = await startChromium(makeTone, { prefix, args: trusting });
    }
  });
  after(async () => {
    for (const { stop } of Object.values(here.browsers)) await stop();
    const complaints = await here.site?.complaints();
    await here.site?.stop();
    assert.deepEqual(complaints, [], 'in the error log of the web server');
  });
  return here;
}

/** Ann calls, Bob answers, and they are connected. @param {Caller} ann @param {Caller} bob */
export async function talk(ann, bob) {
  await ann.page.click('#call');
  await bob.page.click('#answer');
  await Promise.all([ann.is('talking'), bob.is('talking')]);
  await Promise.all([ann.hears(), bob.hears()]);
}
