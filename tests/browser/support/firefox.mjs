// A person's page in Firefox, by way of WebDriver BiDi: Debian's firefox-esr, with the fake devices that it has itself.
// Playwright can't drive a stock Firefox; as much of its Page as the tests use is imitated here.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';
import { listen, startSpeaker } from './loudspeaker.mjs';

const PATIENCE_MS = 30_000;

/** The fake microphone is a steady tone, the fake camera changes its colour. */
const PREFERENCES = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.navigator.audio.fake_frequency': 440,
  // As in everybody's Firefox: no sound before a gesture.
  'media.autoplay.default': 1,
  'media.autoplay.blocking_policy': 0,
  'intl.accept_languages': 'en-GB',
  // Nobody but the test's server is talked to.
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'media.gmp-manager.url': '',
};

/** Starts a Firefox for one person. @param {object} [preferences] what that person has set in it */
export async function startFirefox(preferences = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'mozchat-firefox-'));
  const speaker = await startSpeaker(folder);
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: '/usr/bin/firefox-esr',
    headless: true,
    userDataDir: join(folder, 'profile'),
    env: { ...process.env, PULSE_SERVER: speaker.server },
    extraPrefsFirefox: { ...PREFERENCES, ...preferences },
  });
  const stop = async () => {
    await browser.close();
    speaker.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  const hear = (/** @type {() => Promise<unknown>} */ during) => listen(speaker.server, during);
  return { browser, stop, hear };
}

/** As much of Playwright's Page as Person, Caller and the tests use. */
export class FirefoxPage {
  #page;
  #patience = PATIENCE_MS;

  /** @param {import('puppeteer-core').Page} page */
  constructor(page) {
    this.#page = page;
    this.mouse = page.mouse;
  }

  setDefaultTimeout(ms) {
    this.#patience = ms;
  }

  on(event, listener) {
    // Puppeteer says "warn" where Playwright says "warning".
    const named = (message) => ({
      type: () => message.type().replace(/^warn$/, 'warning'),
      text: () => message.text(),
    });
    this.#page.on(event, event === 'console' ? (message) => listener(named(message)) : listener);
  }

  /** Runs something in the page before anything else, from its next opening on. */
  async addInitScript(what, given) {
    await this.#page.evaluateOnNewDocument(what, given);
  }

  goto(url) {
    return this.#page.goto(url);
  }

  async reload() {
    await this.#page.reload();
  }

  evaluate(what, ...given) {
    return this.#page.evaluate(what, ...given);
  }

  waitForFunction(what, ...given) {
    return this.#page.waitForFunction(what, { timeout: this.#patience, polling: 50 }, ...given);
  }

  /** @param {string} selector @param {{state?: 'visible' | 'hidden' | 'attached' | 'detached'}} [options] */
  waitForSelector(selector, { state = 'visible' } = {}) {
    const wanted = { visible: state === 'visible', hidden: ['hidden', 'detached'].includes(state) };
    return this.#page.waitForSelector(selector, { timeout: this.#patience, ...wanted });
  }

  async click(selector) {
    await this.locator(selector).scrollIntoViewIfNeeded();
    await this.#page.locator(selector).setTimeout(this.#patience).click();
  }

  async check(selector) {
    if (!(await this.isChecked(selector))) await this.click(selector);
  }

  isChecked(selector) {
    return this.#page.$eval(selector, (box) => box.checked);
  }

  async fill(selector, text) {
    await this.#page.locator(selector).setTimeout(this.#patience).fill(text);
  }

  async press(selector, key) {
    await (await this.waitForSelector(selector)).press(key);
  }

  async selectOption(selector, value) {
    await this.#page.select(selector, value);
  }

  async innerText(selector) {
    await this.waitForSelector(selector, { state: 'attached' });
    return this.#page.$eval(selector, (at) => at.innerText);
  }

  getAttribute(selector, name) {
    return this.#page.$eval(selector, (at, wanted) => at.getAttribute(wanted), name);
  }

  locator(selector) {
    const page = this.#page;
    return {
      scrollIntoViewIfNeeded: async () => {
        const at = await this.waitForSelector(selector);
        await at.evaluate((element) => element.scrollIntoView({ block: 'center' }));
      },
      hover: () => page.hover(selector),
      count: async () => (await page.$$(selector)).length,
      allInnerTexts: () => page.$$eval(selector, (all) => all.map((one) => one.innerText)),
    };
  }

  async screenshot({ path }) {
    await this.#page.screenshot({ path });
  }

  /** Playwright closes a person's context; here each person has a browser. */
  context() {
    return { close: () => this.#page.close() };
  }
}
