// Looking at the page: a picture of a state in light and dark, and what axe finds wrong with it for people who see, hear or
// move otherwise.
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const FOLDER = new URL('../../../test-results/screens/', import.meta.url);
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const SIZES = {
  phone: {
    viewport: { width: 360, height: 640 },
    isMobile: true,
    hasTouch: true,
    deviceScaleFactor: 2,
  },
  desktop: { viewport: { width: 1280, height: 800 } },
};
/** The smallest phones that are still about. */
const SMALLEST = { width: 320, height: 568 };

/** A picture of a state in light and dark, and on a phone what a smaller one shows. @param {import('./people.mjs').Person} person @param {string} name */
export async function look({ page }, name) {
  await mkdir(FOLDER, { recursive: true });
  const size = page.viewportSize();
  for (const colorScheme of ['light', 'dark']) {
    // What fades in would be measured half-way.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await judge(page, `${name}-${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  if (size.width > 500) return;
  await page.setViewportSize(SMALLEST);
  await take(page, `${name}-small`);
  assert.deepEqual(await page.evaluate(tooWide), [], `${name}-small`);
  await page.setViewportSize(size);
}

/** @param {import('playwright-core').Page} page @param {string} name */
const take = (page, name) => page.screenshot({ path: new URL(`${name}.png`, FOLDER).pathname });

/** @param {import('playwright-core').Page} page @param {string} name */
async function judge(page, name) {
  await take(page, name);
  assert.deepEqual(await page.evaluate(tooWide), [], name);
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe);
  assert.deepEqual(await page.evaluate(violations, RULES), [], name);
}

/** In the page: what sticks out of the screen. */
function tooWide() {
  const { clientWidth, scrollWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const out = [...document.querySelectorAll('body *')].filter(
    (at) => at.getBoundingClientRect().right > clientWidth,
  );
  return [`${scrollWidth} of ${clientWidth} pixels`, ...out.map((at) => at.id || at.localName)];
}

/** In the page. @param {string[]} values */
async function violations(values) {
  const { violations: found } = await globalThis.axe.run({ runOnly: { type: 'tag', values } });
  // What is just being scrolled under a bar has no size of its own.
  const isUnder = ({ target: [selector] }) =>
    ['.bar', '#dock'].some((bar) => {
      const [over, under] = [bar, selector].map((one) =>
        document.querySelector(one)?.getBoundingClientRect(),
      );
      return over?.height && under && over.top < under.bottom && under.top < over.bottom;
    });
  for (const violation of found) {
    if (violation.id !== 'target-size') continue;
    violation.nodes = violation.nodes.filter((node) => !isUnder(node));
  }
  const words = ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`;
  return found.filter(({ nodes }) => nodes.length).map(words);
}

/** Brings a panel to the top, as the links on a phone do. @param {import('./people.mjs').Person} person @param {string} id */
export const show = ({ page }, id) =>
  page.evaluate(
    (panel) => document.getElementById(panel).scrollIntoView({ behavior: 'instant' }),
    id,
  );
