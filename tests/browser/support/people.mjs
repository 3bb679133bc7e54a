// People at the page: a Chromium with a microphone that hears a file, and what one does there.
import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { makeTone } from './media.mjs';

/** A press of the button that is held, and no click. */
const HELD_MS = 800;
const RESULTS = new URL('../../../test-results/', import.meta.url);
/** A limit that only a hanging page reaches. */
const PATIENCE = 30_000;

/** Chromium must not talk to anybody but the test's server. */
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * A Chromium whose microphone hears what `makeSound` writes into a file.
 * @param {(path: string) => Promise<void>} [makeSound]
 * @param {{prefix?: string[], args?: string[], profile?: import('playwright-core').BrowserContextOptions, preferences?: object}} [options]
 * prefix: a command that starts it; args: more of its own; profile: its window is one person's, as at home, not private;
 * preferences: what that person has set in the browser
 */
export async function startChromium(makeSound = makeTone, options = {}) {
  const { prefix = [], args = [], profile, preferences } = options;
  const folder = await mkdtemp(join(tmpdir(), 'mozchat-'));
  const sound = join(folder, 'sound.wav');
  await makeSound(sound);
  const start = join(folder, 'chromium');
  await writeFile(start, `#!/bin/sh\nexec ${[...prefix, '/usr/bin/chromium'].join(' ')} "$@"\n`);
  await chmod(start, 0o755);
  if (preferences) {
    await mkdir(join(folder, 'profile/Default'), { recursive: true });
    await writeFile(join(folder, 'profile/Default/Preferences'), JSON.stringify(preferences));
  }
  const launching = {
    executablePath: start,
    args: [
      ...QUIET,
      // As in everybody's browser: no sound before a gesture.
      '--autoplay-policy=document-user-activation-required',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-audio-capture=${sound}`,
      ...args,
    ],
  };
  const browser = profile
    ? await chromium.launchPersistentContext(join(folder, 'profile'), { ...launching, ...profile })
    : await chromium.launch(launching);
  const stop = async () => {
    await browser.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  return { browser, stop };
}

/** One person's page. `problems` are what its console said and the policy forbade, which must be nothing. */
export class Person {
  problems = [];

  /** @param {string} name @param {import('playwright-core').Page} page */
  constructor(name, page) {
    this.name = name;
    this.page = page;
    page.setDefaultTimeout(PATIENCE);
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.problems.push(message.text());
    });
    page.on('pageerror', (error) => this.problems.push(String(error)));
  }

  /**
   * Opens a browser window of one's own.
   * @param {import('playwright-core').Browser} browser
   * @param {string} name
   * @param {import('playwright-core').BrowserContextOptions} [options]
   */
  static async at(browser, name, options = {}) {
    const permissions = ['microphone', 'camera'];
    const context = await browser.newContext({ permissions, locale: 'en-GB', ...options });
    return new Person(name, await context.newPage());
  }

  /** Enters a thread through the form, as most do. @param {string} url @param {string} realm */
  async enter(url, realm) {
    await this.page.goto(url);
    await this.page.fill('#entry-user', this.name);
    await this.page.fill('#entry-realm', realm);
    await this.page.click('#entry-go');
    await this.isIn();
  }

  /** Waits until the page is in the thread and has heard who else is. */
  async isIn() {
    await this.page.waitForSelector(`#online li[data-user="${this.name}"]`);
  }

  /** Presses RECORD, holds it while `during` goes on, and lets go. @param {() => Promise<unknown>} during */
  async record(during) {
    const button = this.page.locator('#record');
    await button.scrollIntoViewIfNeeded();
    await button.hover();
    const pressed = Date.now();
    await this.page.mouse.down();
    await this.recorderIs('recording');
    await during();
    // What is let go sooner was a click, and records on.
    await setTimeout(Math.max(0, pressed + HELD_MS - Date.now()));
    await this.page.mouse.up();
  }

  /** Records for so long. @param {number} seconds */
  async recordFor(seconds) {
    await this.record(() =>
      this.page.waitForFunction((least) => globalThis.mozchat.recorder.seconds >= least, seconds),
    );
  }

  /** Records for so long, and sends it. @param {number} seconds */
  async recordAndUpload(seconds) {
    await this.recordFor(seconds);
    await this.recorderIs('recorded');
    await this.page.click('#recorded-upload');
    await this.recorderIs('idle');
  }

  /** @param {string} state */
  recorderIs(state) {
    return this.page.waitForSelector(`#recorder[data-state="${state}"]`);
  }

  /** @param {string} state */
  playerIs(state) {
    return this.page.waitForSelector(`#player[data-state="${state}"]`, { state: 'attached' });
  }

  /** The clips in the list that fit a selector. */
  clips(selector = '') {
    return this.page.locator(`#clips li[data-clip]${selector}`);
  }

  /** Waits until the list has so many clips. @param {number} count */
  async hasClips(count) {
    await this.page.waitForFunction(
      (wanted) => document.querySelectorAll('#clips li[data-clip]').length === wanted,
      count,
    );
  }

  /** Opens a clip's menu, and presses something there. @param {import('playwright-core').Locator} row @param {string} button */
  async inMenu(row, button) {
    if (!(await row.locator(button).isVisible())) await row.locator('.clip-more').click();
    await row.locator(button).click();
  }

  /** Opens the settings, if they are not open. */
  async openSettings() {
    if (!(await this.page.isVisible('#settings'))) await this.page.click('#settings-open');
  }

  /** How many requests of a kind the page has made. @param {string} kind @returns {Promise<number>} */
  requests(kind) {
    return this.page.evaluate((name) => globalThis.mozchat.api.requests[name] ?? 0, kind);
  }

  /**
   * Leaves a picture in test-results/screens.
   * @param {string} name
   * @param {import('playwright-core').PageScreenshotOptions} [options]
   */
  async picture(name, options = {}) {
    const folder = new URL('screens/', RESULTS);
    await mkdir(folder, { recursive: true });
    await this.page.screenshot({ ...options, path: new URL(`${name}.png`, folder).pathname });
  }

  /** Nothing went wrong, but for what is expected to. @param {RegExp} [expected] */
  isFine(expected) {
    const unexpected = this.problems.filter((problem) => !expected?.test(problem));
    assert.deepEqual(unexpected, [], `in ${this.name}'s page`);
  }
}
