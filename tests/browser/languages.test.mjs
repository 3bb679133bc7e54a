// The page in languages that are longer than English, or run the other way: on a phone nothing sticks out or is cut off,
// everybody can use it (axe), and a clip and a message are made as ever.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { look, SIZES } from './support/look.mjs';
import { everybodyIsFine, scene } from './support/scene.mjs';

const here = scene();

const LANGUAGES = {
  de: { locale: 'de-AT', dir: 'ltr', leave: 'Verlassen', title: 'Wohngemeinschaftsküchentisch' },
  ar: { locale: 'ar-EG', dir: 'rtl', leave: 'مغادرة', title: 'طاولة المطبخ' },
};

/** In the page: the controls that are partly outside of the window, or whose words are wider than they are. */
function cutOff() {
  // One scrolls sideways through the people, and nowhere else.
  const shown = [...document.querySelectorAll('button, select, input, textarea, a, h1')].filter(
    (at) => at.checkVisibility({ visibilityProperty: true }) && !at.closest('#online'),
  );
  const isOut = (/** @type {Element} */ at) => {
    const { left, right } = at.getBoundingClientRect();
    const isBurst = at.localName === 'button' && at.scrollWidth > at.clientWidth + 1;
    return left < 0 || right > innerWidth || isBurst;
  };
  return shown.filter(isOut).map((at) => at.id || at.outerHTML);
}

/** @param {import('./support/people.mjs').Person} person @param {string} state */
const fits = async ({ page }, state) => assert.deepEqual(await page.evaluate(cutOff), [], state);

for (const [code, { locale, dir, leave, title }] of Object.entries(LANGUAGES)) {
  test(`${code}: the browser's language is spoken, in its direction, and everything fits on a phone`, async () => {
    const room = `language-${code}`;
    const ini = `[common]\nmediaFolder=media1\n[client]\ntitle="${title}"\niceString="[]"\n`;
    await here.site.makeThread(room, ini);
    const person = await here.visitor('Ann', { ...SIZES.phone, locale });
    const { page } = person;
    await page.goto(here.site.url);
    await page.waitForSelector('#entry-go');
    await fits(person, 'entry');
    await person.enter(here.site.url, room);

    const said = await page.evaluate(() => [
      document.documentElement.lang,
      document.documentElement.dir,
      getComputedStyle(document.body).direction,
      document.getElementById('leave').textContent,
      document.getElementById('language').value,
    ]);
    assert.deepEqual(said, [code, dir, dir, leave, code]);

    await page.fill('#chat-text', 'See https://example.org/ (really)');
    await page.press('#chat-text', 'Enter');
    await page.waitForSelector('.message[data-state="sent"], .message[data-state="delivered"]');
    await person.recordFor(0.8);
    await person.recorderIs('recorded');
    await fits(person, 'recorded');
    await page.click('#recorded-upload');
    await page.waitForSelector('#clips li[data-clip]');
    await fits(person, 'room');
    await look(person, `${code}-room`);

    // What is left and right for the eye goes with the language; sound runs to the right everywhere.
    const [leaveAt, titleAt] = await Promise.all(
      ['#leave', '#thread-title'].map(async (at) => (await page.locator(at).boundingBox()).x),
    );
    assert.equal(leaveAt < titleAt, dir === 'rtl');
    await page.click('.clip-play');
    await page.waitForSelector('#player-bar:not([hidden])');
    const sound = await page.$$eval('input[type="range"]', (all) =>
      all.map((at) => getComputedStyle(at).direction),
    );
    assert.deepEqual([...new Set(sound)], ['ltr']);

    await page.click('#settings-open');
    await fits(person, 'settings');
    await look(person, `${code}-settings`);
    await page.selectOption('#language', 'en');
    await page.waitForSelector('html[lang="en"][dir="ltr"]');
    await everybodyIsFine(person);
  });
}
