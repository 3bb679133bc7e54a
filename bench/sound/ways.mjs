// The ways by which a page hears of clips, each with a site, and two people in a thread.
import { Apache } from '../../tests/browser/support/apache.mjs';
import { HEARD, hearUnchanged, listenTo } from '../../tests/browser/support/ears.mjs';
import { HubSite } from '../../tests/browser/support/hub.mjs';
import { Person } from '../../tests/browser/support/people.mjs';

/** As the ready thread audioStream, but nothing is forgotten meanwhile. @param {string} pollFactor */
const thread = (pollFactor) => `[common]
mediaFolder=media1
maxBlobBytes=50000
maxMediaFolderBytes=10000000
maxClipCount=0
clipLifetimeSec=3600
[client]
allowStream=1
onRecorded=upload
maxClipSizeSec=1
pollFactor=${pollFactor}
`;

export const WAYS = [
  { name: 'polling', site: Apache, ini: thread('10') },
  { name: 'long polling', site: Apache, ini: thread('l') },
  { name: 'hub', site: HubSite, ini: thread('10') },
];

/**
 * Opens a thread for two, and calls `work` with them.
 * @param {typeof WAYS[number]} way
 * @param {import('playwright-core').Browser} browser
 * @param {(ann: Person, bob: Person, folder: string) => Promise<void>} work the last: the thread's
 */
export async function withTwo({ site: Site, ini }, browser, work) {
  const site = await Site.start();
  try {
    await site.makeThread('talk', ini);
    const trusting = { ignoreHTTPSErrors: true };
    const ann = await Person.at(browser, 'Ann', trusting);
    const bob = await Person.at(browser, 'Bob', { ...trusting, ...HEARD });
    await hearUnchanged(ann);
    await listenTo(bob);
    for (const person of [ann, bob]) await person.enter(site.url, 'talk');
    await work(ann, bob, site.thread('talk'));
    for (const person of [ann, bob]) await person.page.context().close();
  } finally {
    await site.stop();
  }
}
