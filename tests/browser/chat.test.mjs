// Text messages: every one is shown once, whoever is away and whatever answer is lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Person } from './support/people.mjs';
import { everybodyIsFine, scene } from './support/scene.mjs';
import { sentIn } from './support/sent.mjs';
import { putClips } from './support/clips.mjs';

const INI = `[common]
mediaFolder=media1
messageLifetimeSec=3600
[client]
pollFactor=10
iceString="[]"
`;
const here = scene();

/** @param {import('./support/people.mjs').Person} person @param {string} text */
async function write(person, text) {
  await person.page.fill('#chat-text', text);
  await person.page.press('#chat-text', 'Enter');
}

/** @param {import('./support/people.mjs').Person} person @param {string} name */
const choose = (person, name) => person.page.click(`#online li[data-user="${name}"] button`);

/** Waits until somebody has so many messages of an author; returns their texts. */
async function received(person, author, count) {
  await person.page.waitForFunction(
    ([name, least]) =>
      document.querySelectorAll(`#messages li[data-author="${name}"]`).length >= least,
    [author, count],
  );
  return person.page.locator(`#messages li[data-author="${author}"] .message-text`).allInnerTexts();
}

test('a message to one comes to that one alone, and its author sees that it was delivered', async () => {
  await here.site.makeThread('one', INI);
  const [ann, bob] = [await here.person('Ann', 'one'), await here.person('Bob', 'one')];
  const cy = await here.person('Cy', 'one');
  await choose(ann, 'Bob');
  await write(ann, 'only for you');
  assert.deepEqual(await received(bob, 'Ann', 1), ['only for you']);
  await ann.page.waitForSelector('#messages li[data-state="delivered"]');
  await choose(ann, 'Bob');
  await write(ann, 'for all');
  for (const other of [bob, cy]) {
    await other.page.waitForFunction(() =>
      document.querySelector('#messages')?.textContent?.includes('for all'),
    );
  }
  assert.deepEqual(await received(cy, 'Ann', 1), ['for all']);
  await everybodyIsFine(ann, bob, cy);
});

test('a press on a name counts, and the focus stays, while others come in', async () => {
  await here.site.makeThread('press', INI);
  const [ann, bob] = [await here.person('Ann', 'press'), await here.person('Bob', 'press')];
  const button = ann.page.locator('#online li[data-user="Bob"] button');
  await button.hover();
  await ann.page.mouse.down();
  await button.evaluate((at) => {
    globalThis.touched = [];
    new MutationObserver((changes) => {
      for (const { addedNodes, removedNodes } of changes) {
        for (const node of [...addedNodes, ...removedNodes]) {
          globalThis.touched.push(node.dataset.user);
        }
      }
    }).observe(at.closest('ul'), { childList: true });
  });
  // Behind Bob's, which stays under the pointer.
  const others = [await here.person('Cy', 'press'), await here.person('Dee', 'press')];
  await ann.page.waitForSelector('#online li[data-user="Dee"]');
  await ann.page.mouse.up();
  await ann.page.waitForSelector('#online li[data-user="Bob"] button[aria-pressed="true"]');
  assert.deepEqual(await ann.page.evaluate(() => globalThis.touched), ['Cy', 'Dee']);
  assert.ok(await button.evaluate((at) => at === document.activeElement));
  // The focus has a place when its button goes with the person.
  await bob.page.context().close();
  await ann.page.waitForSelector('#online li[data-user="Bob"]', { state: 'detached' });
  await ann.page.waitForFunction(() => document.activeElement?.id === 'recipient');
  await everybodyIsFine(ann, ...others);
});

test('who was away finds what was written, once, also after a reload', async () => {
  await here.site.makeThread('away', INI);
  const [ann, bob] = [await here.person('Ann', 'away'), await here.person('Bob', 'away')];
  await choose(ann, 'Bob');
  const browser = bob.page.context();
  await bob.page.close();
  await ann.page.waitForSelector('#online li[data-user="Bob"]', { state: 'detached' });
  assert.equal(await ann.page.inputValue('#recipient'), 'Bob');
  for (const text of ['one', 'two']) await write(ann, text);
  await ann.page.waitForFunction(
    () => document.querySelectorAll('#messages li[data-state="sent"]').length === 2,
  );
  // The same browser, since the name is its own.
  const back = new Person('Bob', await browser.newPage());
  await back.enter(here.site.url, 'away');
  assert.deepEqual(await received(back, 'Ann', 2), ['one', 'two']);
  await back.page.reload();
  await back.isIn();
  await write(ann, 'three');
  assert.deepEqual(await received(back, 'Ann', 3), ['one', 'two', 'three']);
  await everybodyIsFine(ann, back);
});

test('a message to a name that was typed waits for whoever comes in by it', async () => {
  await here.site.makeThread('typed', INI);
  const ann = await here.person('Ann', 'typed');
  await ann.page.selectOption('#recipient', { label: 'Another name…' });
  await ann.page.fill('#recipient-name', 'D<n');
  await ann.page.press('#recipient-name', 'Enter');
  assert.ok(await ann.page.isVisible('#recipient-name'), 'no name is like that');
  await ann.page.fill('#recipient-name', 'Dan');
  await ann.page.press('#recipient-name', 'Enter');
  assert.equal(await ann.page.inputValue('#recipient'), 'Dan');
  await write(ann, 'for when you come');
  await ann.page.waitForSelector('#messages li[data-state="sent"]');
  const dan = await here.person('Dan', 'typed');
  assert.deepEqual(await received(dan, 'Ann', 1), ['for when you come']);
  // Who was seen lately can be chosen when gone, also after a reload.
  await ann.page.waitForSelector('#online li[data-user="Dan"]');
  await dan.page.close();
  await ann.page.waitForSelector('#online li[data-user="Dan"]', { state: 'detached' });
  await ann.page.reload();
  await ann.isIn();
  await ann.page.selectOption('#recipient', 'Dan');
  assert.equal(await ann.page.getAttribute('#chat-text', 'placeholder'), 'Message to Dan');
  await everybodyIsFine(ann);
});

test('a message to one alone is marked as private, and the answer goes to its sender alone', async () => {
  await here.site.makeThread('aim', INI);
  const [ann, bob] = [await here.person('Ann', 'aim'), await here.person('Bob', 'aim')];
  const cy = await here.person('Cy', 'aim');
  await choose(ann, 'Bob');
  await write(ann, 'a secret');
  await bob.page.waitForSelector('#messages li[data-private="true"] .message-private');
  assert.equal(await bob.page.inputValue('#recipient'), 'Ann');
  await write(bob, 'and another');
  assert.deepEqual(await received(ann, 'Bob', 1), ['and another']);
  await ann.page.waitForSelector('#messages li[data-author="Bob"] .message-private');
  // What is half written stays for whom it was meant.
  await cy.page.fill('#chat-text', 'to you all');
  await choose(ann, 'Cy');
  await write(ann, 'a third one');
  assert.deepEqual(await received(cy, 'Ann', 1), ['a third one']);
  assert.equal(await cy.page.inputValue('#recipient'), '*');
  await cy.page.press('#chat-text', 'Enter');
  assert.deepEqual(await received(bob, 'Cy', 1), ['to you all']);
  assert.equal(
    await bob.page.locator('#messages li[data-author="Cy"] .message-private').count(),
    0,
  );
  await cy.page.click('#messages li[data-author="Ann"] .message-reply');
  assert.equal(await cy.page.inputValue('#recipient'), 'Ann');
  // What was said to all is answered to all.
  await bob.page.click('#messages li[data-author="Cy"] .message-reply');
  assert.equal(await bob.page.inputValue('#recipient'), '*');
  await everybodyIsFine(ann, bob, cy);
});

test('an answer quotes what it answers, and leads to it; what is not there is said so', async () => {
  await here.site.makeThread('quote', INI);
  const [clip] = await putClips(here.site.thread('quote'), [{ author: 'Bob', seconds: 1 }]);
  const [ann, bob] = [await here.person('Ann', 'quote'), await here.person('Bob', 'quote')];
  await write(bob, `Have you heard it? ${'Really. '.repeat(30)}`);
  await received(ann, 'Bob', 1);
  const answering = ann.page.locator('#answering');

  // A clip: what is chosen is seen and heard, and can be taken away by the keyboard alone.
  await ann.inMenu(ann.clips(`[data-clip="${clip}"]`), '.clip-reply');
  assert.match(await answering.innerText(), /^Bob, \d\d:\d\d: Audio 1s/);
  assert.ok(await ann.page.evaluate(() => document.activeElement?.id === 'chat-text'));
  assert.equal(await ann.page.getAttribute('#chat-text', 'aria-describedby'), 'answering-what');
  await ann.page.keyboard.press('Escape');
  assert.ok(await answering.isHidden());
  await ann.inMenu(ann.clips(`[data-clip="${clip}"]`), '.clip-reply');
  await ann.page.click('#answering-cancel');
  assert.ok(await answering.isHidden());
  assert.equal(await ann.page.getAttribute('#chat-text', 'aria-describedby'), null);

  await ann.inMenu(ann.clips(`[data-clip="${clip}"]`), '.clip-reply');
  const sent = ann.page.waitForRequest('**/cgi-bin/chat.cgi');
  await write(ann, 'I like the tone');
  const { re, target } = sentIn(await sent);
  assert.deepEqual([re, target], [clip, '*'], 'a clip is answered to all');
  assert.ok(await answering.isHidden());
  await ann.page.click('#messages li[data-author="Bob"] .message-reply');
  await write(ann, 'Yes');
  await write(ann, 'This answers nothing');
  await received(bob, 'Ann', 3);
  const lines = bob.page.locator('#messages li[data-author="Ann"] .quote');
  assert.equal(await lines.count(), 2);
  assert.match(await lines.first().innerText(), /^Bob, .*: Audio 1s$/);
  assert.match(await lines.nth(1).innerText(), /^Bob, .*: Have you heard it\? Really\. .*…$/);
  assert.match(String(await lines.first().getAttribute('aria-label')), /^In reply to Bob, /);

  // It leads to the clip, also where clips are filtered out, and after a reload, when messages are there before clips.
  await bob.page.selectOption('#conversation-filter', 'messages');
  await lines.first().click();
  await bob.page.waitForFunction((id) => document.activeElement?.dataset.clip === id, clip);
  assert.equal(await bob.page.inputValue('#conversation-filter'), 'all');
  await bob.page.reload();
  await bob.isIn();
  await bob.hasClips(1);
  assert.match(await lines.first().innerText(), /^Bob, .*: Audio 1s$/);
  await bob.page.locator('#chat-text').focus();
  await lines.first().press('Enter');
  await bob.page.waitForFunction((id) => document.activeElement?.dataset.clip === id, clip);

  // What is gone is said so; an id is no more than an id.
  const relay = (/** @type {string} */ re) =>
    ann.page.evaluate(
      ([id]) => {
        const { api } = globalThis.mozchat;
        const message = { type: 'message', text: 'to what?', cid: crypto.randomUUID(), re: id };
        return api.relay({ user: 'Ann', realm: 'quote' }, 'Bob', message, false);
      },
      [re],
    );
  await relay('<img src=x onerror=alert(1)>');
  await relay('long'.repeat(1000));
  await received(bob, 'Ann', 5);
  assert.equal(await lines.count(), 3);
  assert.match(await lines.last().innerText(), /no longer here/);
  await lines.last().click();
  await bob.page.waitForSelector('#notice:has-text("no longer here")');
  await everybodyIsFine(ann, bob);
});

test('an answer stands below what it answers, also where the clock is wrong', async () => {
  await here.site.makeThread('fast', INI);
  const ann = await here.visitor('Ann');
  await ann.page.addInitScript(() => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + 60_000;
  });
  await ann.enter(here.site.url, 'fast');
  const bob = await here.person('Bob', 'fast');
  await write(ann, 'Are you there?');
  await received(bob, 'Ann', 1);
  await bob.page.click('#messages li[data-author="Ann"] .message-reply');
  await write(bob, 'Yes');
  await received(ann, 'Bob', 1);
  const texts = await ann.page.locator('#messages .message .message-text').allInnerTexts();
  assert.deepEqual(texts, ['Are you there?', 'Yes']);
  await everybodyIsFine(ann, bob);
});

test('a text that a firewall refuses is set aside with words, and the others go on', async () => {
  await here.site.makeThread('wall', INI);
  const [ann, bob] = [await here.person('Ann', 'wall'), await here.person('Bob', 'wall')];
  let isUp = true;
  await ann.page.route('**/cgi-bin/chat.cgi', (route) =>
    isUp && sentIn(route.request()).text?.includes('select *')
      ? route.fulfill({ status: 403, contentType: 'text/html', body: '<h1>Forbidden</h1>' })
      : route.continue(),
  );
  for (const text of ['one', 'select * from two', 'three', 'select * from four']) {
    await write(ann, text);
  }
  assert.deepEqual(await received(bob, 'Ann', 2), ['one', 'three']);
  const aside = ann.page.locator('#messages li[data-state="filtered"]');
  await ann.page.waitForFunction(
    () => document.querySelectorAll('#messages li[data-state="filtered"]').length === 2,
  );
  assert.match(await ann.page.innerText('#notice'), /firewall/);
  await ann.page.reload();
  await ann.isIn();
  assert.equal(await aside.count(), 2, 'they are kept');
  await aside.last().locator('.message-discard').click();
  assert.equal(await aside.count(), 1);
  isUp = false;
  await aside.locator('.message-retry').click();
  assert.deepEqual(await received(bob, 'Ann', 3), ['one', 'three', 'select * from two']);
  ann.isFine(/Failed to load resource/);
  await ann.page.context().close();
  await everybodyIsFine(bob);
});

test('where nothing gets through, no text is to blame, and all are sent later', async () => {
  await here.site.makeThread('closed', INI);
  const [ann, bob] = [await here.person('Ann', 'closed'), await here.person('Bob', 'closed')];
  let isUp = true;
  let refused = 0;
  await ann.page.route('**/cgi-bin/*.cgi*', (route) => {
    if (!isUp) return route.continue();
    refused += 1;
    return route.fulfill({ status: 403, contentType: 'text/html', body: '<h1>Forbidden</h1>' });
  });
  await write(ann, 'one');
  while (refused < 4) await ann.page.waitForResponse('**/cgi-bin/*.cgi*');
  assert.equal(await ann.page.locator('#messages li[data-state="sending"]').count(), 1);
  isUp = false;
  assert.deepEqual(await received(bob, 'Ann', 1), ['one']);
  ann.isFine(/Failed to load resource/);
  await ann.page.context().close();
  await everybodyIsFine(bob);
});

test('Enter that ends a word of an input method sends nothing, in Safari either', async () => {
  await here.site.makeThread('ime', INI);
  const ann = await here.person('Ann', 'ime');
  await ann.page.focus('#chat-text');
  await ann.page.keyboard.insertText('漢字');
  // Safari ends the composition before this key comes down.
  const enter = { key: 'Enter', code: 'Enter', bubbles: true, cancelable: true };
  const press = (keyCode, field = 'chat-text') =>
    ann.page.evaluate(
      ([key, code, at]) =>
        document
          .getElementById(at)
          ?.dispatchEvent(new KeyboardEvent('keydown', { ...key, keyCode: code })),
      [enter, keyCode, field],
    );
  await press(229);
  assert.equal(await ann.page.inputValue('#chat-text'), '漢字');
  await press(13);
  await ann.page.waitForSelector('#messages li:has-text("漢字")');
  assert.equal(await ann.page.inputValue('#chat-text'), '');
  await ann.page.selectOption('#recipient', { label: 'Another name…' });
  await ann.page.fill('#recipient-name', '漢字');
  await press(229, 'recipient-name');
  assert.ok(await ann.page.isVisible('#recipient-name'), 'the name is not finished');
  await press(13, 'recipient-name');
  assert.equal(await ann.page.inputValue('#recipient'), '漢字');
  await everybodyIsFine(ann);
});

test('an answer that is lost repeats nothing and loses nothing', async () => {
  await here.site.makeThread('lost', INI);
  const [ann, bob] = [await here.person('Ann', 'lost'), await here.person('Bob', 'lost')];
  await choose(ann, 'Bob');
  // The server takes the message, and the answer gets lost: the first of Ann's sendings, the first of Bob's polls.
  const loseOne = async (person, program) => {
    let left = 1;
    await person.page.route(`**/cgi-bin/${program}.cgi`, async (route) => {
      if (left-- <= 0) return route.continue();
      await route.fetch();
      await route.abort('connectionreset');
    });
  };
  await loseOne(ann, 'chat');
  await loseOne(bob, 'poll');
  for (const text of ['first', 'second']) await write(ann, text);
  assert.deepEqual(await received(bob, 'Ann', 2), ['first', 'second']);
  await write(ann, 'third');
  assert.deepEqual(await received(bob, 'Ann', 3), ['first', 'second', 'third']);
  for (const person of [ann, bob]) {
    person.isFine(/ERR_CONNECTION_RESET|Failed to load resource/);
    await person.page.context().close();
  }
});

test('what can’t be sent is kept, and sent when the network is back', async () => {
  await here.site.makeThread('offline', INI);
  const [ann, bob] = [await here.person('Ann', 'offline'), await here.person('Bob', 'offline')];
  await choose(ann, 'Bob');
  await ann.page.context().setOffline(true);
  await write(ann, 'from the tunnel');
  await ann.page.waitForSelector('#messages li[data-state="sending"]');
  await ann.page.context().setOffline(false);
  assert.deepEqual(await received(bob, 'Ann', 1), ['from the tunnel']);
  await ann.page.waitForSelector('#messages li[data-state="delivered"]');
  await ann.page.context().close();
  await everybodyIsFine(bob);
});

test('addresses become links, and nothing that is written becomes markup', async () => {
  await here.site.makeThread('links', INI);
  const [ann, bob] = [await here.person('Ann', 'links'), await here.person('Bob', 'links')];
  await write(ann, 'see https://example.org/a?b=1. <img src=x> javascript:alert(1)');
  const [text] = await received(bob, 'Ann', 1);
  assert.equal(text, 'see https://example.org/a?b=1. <img src=x> javascript:alert(1)');
  const links = bob.page.locator('#messages a');
  assert.equal(await links.count(), 1);
  assert.equal(await links.getAttribute('href'), 'https://example.org/a?b=1');
  assert.equal(await links.getAttribute('rel'), 'noopener noreferrer');
  assert.equal(await bob.page.locator('#messages img').count(), 0);
  await everybodyIsFine(ann, bob);
});

test('a message to a hidden page puts a number into its title', async () => {
  await here.site.makeThread('title', INI);
  const [ann, bob] = [await here.person('Ann', 'title'), await here.person('Bob', 'title')];
  const hide = (on) =>
    bob.page.evaluate((hidden) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event('visibilitychange'));
    }, on);
  await hide(true);
  await write(ann, 'are you there?');
  await bob.page.waitForFunction(() => document.title.startsWith('(1) '));
  await hide(false);
  await bob.page.waitForFunction(() => !document.title.startsWith('('));
  await everybodyIsFine(ann, bob);
});

test('what is written to all comes to three, once each, though an answer to each is lost', async () => {
  await here.site.makeThread('three', INI);
  const names = ['Ann', 'Bob', 'Cy', 'Di'];
  const [ann, ...others] = await Promise.all(names.map((name) => here.person(name, 'three')));
  for (const [n, person] of [ann, ...others].entries()) {
    let left = 2;
    await person.page.route(`**/cgi-bin/${n ? 'poll' : 'chat'}.cgi`, async (route) => {
      if (left-- <= 0) return route.continue();
      await route.fetch();
      await route.abort('connectionreset');
    });
  }
  const wanted = ['one', 'two', 'three', 'four'];
  for (const text of wanted) await write(ann, text);
  for (const other of others) assert.deepEqual(await received(other, 'Ann', 4), wanted);
  for (const other of others) await write(other, `${other.name} has read it`);
  for (const other of others) {
    assert.deepEqual(await received(ann, other.name, 1), [`${other.name} has read it`]);
  }
  // Once more, so that a repetition would have had its chance.
  await write(ann, 'five');
  for (const other of others)
    assert.deepEqual(await received(other, 'Ann', 5), [...wanted, 'five']);
  for (const person of [ann, ...others]) {
    person.isFine(/ERR_CONNECTION_RESET|Failed to load resource/);
    await person.page.context().close();
  }
});

test('a message and a call to a hidden page are notified and heard, where the person allows it', async () => {
  await here.site.makeThread('notify', INI);
  const permissions = ['microphone', 'camera', 'notifications'];
  const bob = await here.person('Bob', 'notify', { permissions });
  const ann = await here.person('Ann', 'notify');
  const hide = (on) =>
    bob.page.evaluate((hidden) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event('visibilitychange'));
    }, on);
  await bob.page.evaluate(() => {
    globalThis.sounds = 0;
    globalThis.notes = [];
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...given) {
      globalThis.sounds += 1;
      return start.apply(this, given);
    };
    globalThis.Notification = class extends Notification {
      constructor(title, options) {
        super(title, options);
        globalThis.notes.push({ title, body: options.body, stays: options.requireInteraction });
      }
    };
  });
  assert.ok(await bob.page.isHidden('#notify'), 'it is allowed already');
  await hide(true);
  await choose(ann, 'Bob');
  await write(ann, 'are you there?');
  await bob.page.waitForFunction(() => globalThis.notes.length === 1 && globalThis.sounds > 0);
  await ann.page.click('#call');
  await bob.page.waitForFunction(() => globalThis.notes.length === 2);
  assert.deepEqual(await bob.page.evaluate(() => globalThis.notes), [
    { title: 'Ann', body: 'are you there?', stays: false },
    { title: 'Ann is calling', body: '', stays: true },
  ]);
  await hide(false);
  await bob.page.click('#decline');
  await everybodyIsFine(ann, bob);
});

const OLD_PHONE = { viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true };

/** Waits until somebody's list shows its last line, which says this. */
const endsWith = ({ page }, words) =>
  page.waitForFunction((wanted) => {
    const box = document.getElementById('messages');
    const last = document.getElementById('clips')?.lastElementChild;
    if (!box?.clientHeight || !last?.textContent?.includes(wanted)) return false;
    return last.getBoundingClientRect().bottom <= box.getBoundingClientRect().bottom;
  }, words);

test('the newest message is in sight, also after a reload, but nobody who reads further up is pulled down', async () => {
  await here.site.makeThread('tail', INI);
  const ann = await here.person('Ann', 'tail', OLD_PHONE);
  const bob = await here.person('Bob', 'tail');
  for (let i = 1; i <= 15; i += 1) await write(bob, `line ${i}`);
  await endsWith(ann, 'line 15');
  await ann.page.reload();
  await ann.isIn();
  await endsWith(ann, 'line 15');
  // A keyboard that opens makes the list lower.
  await ann.page.setViewportSize({ width: 360, height: 400 });
  await endsWith(ann, 'line 15');
  await ann.page.setViewportSize(OLD_PHONE.viewport);

  await ann.page.evaluate(() => document.getElementById('messages').scrollTo(0, 0));
  for (const text of ['late 1', 'late 2']) await write(bob, text);
  await ann.page.waitForSelector('#messages-new:has-text("2 new")');
  assert.equal(await ann.page.evaluate(() => document.getElementById('messages').scrollTop), 0);
  await ann.page.click('#messages-new');
  await endsWith(ann, 'late 2');
  await ann.page.waitForSelector('#messages-new', { state: 'hidden' });

  await ann.page.evaluate(() => document.getElementById('messages').scrollTo(0, 0));
  await write(ann, 'my own');
  await endsWith(ann, 'my own');
  assert.ok(await ann.page.isHidden('#messages-new'));
  await everybodyIsFine(ann, bob);
});

test('the link that invites leads into the thread', async () => {
  await here.site.makeThread('guests', INI);
  const permissions = ['microphone', 'camera', 'clipboard-read', 'clipboard-write'];
  const ann = await here.person('Ann', 'guests', { permissions });
  await ann.page.click('#invite');
  await ann.page.click('#invite-copy');
  await ann.page.waitForSelector('#invite-done:has-text("copied")');
  const link = await ann.page.evaluate(() => navigator.clipboard.readText());
  const bob = await here.visitor('Bob');
  await bob.page.goto(link);
  await bob.page.fill('#entry-user', 'Bob');
  await bob.page.click('#entry-go');
  await bob.isIn();
  await ann.page.waitForSelector('#online li[data-user="Bob"]');
  await everybodyIsFine(ann, bob);
});
