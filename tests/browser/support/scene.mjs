// What most tests need: a site, a Chromium, people; and the end of it all, whatever happens.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { Apache } from './apache.mjs';
import { Person, startChromium } from './people.mjs';

/**
 * Starts a site and a Chromium before the tests of a file, and stops them after.
 * @param {{site?: {start: () => Promise<any>}, sound?: (path: string) => Promise<void>, expected?: RegExp}} [options]
 * expected: lines of the web server's error log that belong to the test
 */
export function scene({ site: Site = Apache, sound, expected } = {}) {
  const here = {
    /** @type {any} */
    site: null,
    /** @type {any} */
    chromium: null,
    /** A person in a thread, who came in through the form. @param {string} name @param {string} realm @param {object} [options] */
    async person(name, realm, options) {
      const person = await Person.at(here.chromium.browser, name, options);
      await person.enter(here.site.url, realm);
      return person;
    },
    /** A person who has not come in yet. @param {string} name @param {object} [options] */
    visitor: (name, options) => Person.at(here.chromium.browser, name, options),
  };
  before(async () => {
    here.site = await Site.start();
    here.chromium = await startChromium(sound);
  });
  after(async () => {
    await here.chromium?.stop();
    const complaints = (await here.site?.complaints())?.filter((line) => !expected?.test(line));
    await here.site?.stop();
    // A site that could not begin has said why already.
    assert.deepEqual(complaints ?? [], [], 'in the error log of the web server');
  });
  return here;
}

/** Closes the people's windows, after a look that nothing went wrong in them. @param {Person[]} people */
export async function everybodyIsFine(...people) {
  for (const person of people) {
    person.isFine();
    await person.page.context().close();
  }
}
