// A link as mails have it: opens the thread and plays just one clip.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everybodyIsFine, scene } from './support/scene.mjs';

const here = scene();

test('a link to a clip plays this clip and no other', async () => {
  const ann = await here.person('Ann', 'mediaForum');
  for (let count = 1; count <= 2; count += 1) {
    await ann.recordAndUpload(1);
    await ann.hasClips(count);
  }
  const id = await ann.clips().first().getAttribute('data-clip');
  const bob = await here.visitor('Bob');
  await bob.page.goto(`${here.site.url}?realm=mediaForum&clip=${id}&user=Bob`);
  await bob.isIn();
  const heard = (which) =>
    bob.page.waitForSelector(`#clips li[data-clip${which}][data-state="heard"]`);
  await heard(`="${id}"`);
  await bob.playerIs('stopped');
  assert.equal(await bob.clips('[data-state="heard"]').count(), 1);
  await bob.page.goto(`${here.site.url}?realm=mediaForum&clip=gone.webm&user=Bob`);
  await bob.page.waitForSelector('text=no longer here');
  await everybodyIsFine(ann, bob);
});
