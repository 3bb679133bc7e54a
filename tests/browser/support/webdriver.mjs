// A browser that is driven by way of W3C WebDriver: its commands over HTTP, and as much of Playwright's Page as the tests use.
import { writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

const PATIENCE_MS = 30_000;
const POLL_MS = 50;
/** How WebDriver names an element in JSON. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';
/** Keys that have no letter, as WebDriver writes them. @type {Record<string, string>} */
const KEYS = { Enter: '\uE007', Escape: '\uE00C', Tab: '\uE004', ' ': ' ', Space: ' ' };

/** The session of one browser. */
export class WebDriverSession {
  #base;
  #path = '';

  /** @param {string} base the driver's address */
  constructor(base) {
    this.#base = base;
  }

  /** @param {Record<string, unknown>} alwaysMatch capabilities @param {AbortSignal} signal ends waiting */
  async begin(alwaysMatch, signal) {
    const wanted = { capabilities: { alwaysMatch } };
    const { sessionId } = await this.#ask('POST', '/session', wanted, signal);
    this.#path = `/session/${sessionId}`;
    await this.command('POST', '/timeouts', { script: PATIENCE_MS, pageLoad: PATIENCE_MS });
  }

  /** @param {'GET' | 'POST' | 'DELETE'} method @param {string} path within the session @param {object} [body] */
  command(method, path, body) {
    return this.#ask(method, this.#path + path, method === 'POST' ? (body ?? {}) : undefined);
  }

  async #ask(method, path, body, signal) {
    const request = { method, body: body && JSON.stringify(body), signal };
    const answer = await fetch(this.#base + path, request);
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${value?.error}: ${value?.message}`);
    return value;
  }
}

/**
 * A script that calls a function in the page, and says what it returned or threw. (`eval` is what the page's policy forbids.)
 * @param {Function} what
 */
const calling = (what) => `
  const [given, done] = arguments;
  Promise.resolve()
    .then(() => (${what})(...given))
    .then((value) => done({ value }), (error) => done({ error: String(error) }));
`;

/** From now on what the page complains of is kept. */
const WATCH = `
  if (!window.complaints) {
    const complaints = (window.complaints = []);
    for (const type of ['error', 'warn']) {
      const say = console[type];
      console[type] = (...words) => {
        complaints.push([type === 'warn' ? 'warning' : type, words.map(String).join(' ')]);
        say.apply(console, words);
      };
    }
    addEventListener('error', ({ message }) => message && complaints.push(['error', message]));
    addEventListener('unhandledrejection', ({ reason }) => complaints.push(['error', String(reason)]));
  }
`;

const isVisible = (selector) => {
  const at = document.querySelector(selector);
  return !!at && at.getClientRects().length > 0 && getComputedStyle(at).visibility !== 'hidden';
};
/** What there is to wait for. @type {Record<string, (selector: string) => boolean>} */
const STATES = {
  visible: isVisible,
  attached: (selector) => !!document.querySelector(selector),
  detached: (selector) => !document.querySelector(selector),
};

export class WebDriverPage {
  #session;
  #patience = PATIENCE_MS;
  /** @type {((message: {type: () => string, text: () => string}) => void)[]} */
  #listeners = [];
  /** Pressing and moving, where the pointer is now. */
  mouse = {
    down: () => this.#pointer({ type: 'pointerDown', button: 0 }),
    up: () => this.#pointer({ type: 'pointerUp', button: 0 }),
    move: (x, y) => this.#pointer({ type: 'pointerMove', x: Math.round(x), y: Math.round(y) }),
  };

  /** @param {WebDriverSession} session */
  constructor(session) {
    this.#session = session;
  }

  setDefaultTimeout(ms) {
    this.#patience = ms;
  }

  on(event, listener) {
    if (event === 'console') this.#listeners.push(listener);
  }

  /** Passes on what the page has complained of since it was opened. */
  async complain() {
    const said = await this.evaluate(() => (globalThis.complaints ?? []).splice(0));
    for (const [type, text] of said)
      for (const listener of this.#listeners) listener({ type: () => type, text: () => text });
  }

  async goto(url) {
    await this.#session.command('POST', '/url', { url });
    await this.#watch();
  }

  async reload() {
    await this.#session.command('POST', '/refresh');
    await this.#watch();
  }

  #watch() {
    return this.#session.command('POST', '/execute/sync', { script: WATCH, args: [] });
  }

  async evaluate(what, ...given) {
    const script = { script: calling(what), args: [given] };
    const said = await this.#session.command('POST', '/execute/async', script);
    if (said.error !== undefined) throw new Error(said.error);
    return said.value;
  }

  async waitForFunction(what, ...given) {
    const until = Date.now() + this.#patience;
    for (;;) {
      const value = await this.evaluate(what, ...given);
      if (value) return value;
      if (Date.now() > until) throw new Error(`not so in ${this.#patience} ms: ${what}`);
      await pause(POLL_MS);
    }
  }

  /** @param {string} selector @param {{state?: 'visible' | 'hidden' | 'attached' | 'detached'}} [options] */
  async waitForSelector(selector, { state = 'visible' } = {}) {
    const wanted = state === 'hidden' ? 'visible' : state;
    const until = Date.now() + this.#patience;
    while ((await this.evaluate(STATES[wanted], selector)) === (state === 'hidden')) {
      if (Date.now() > until)
        throw new Error(`${selector} was not ${state} in ${this.#patience} ms`);
      await pause(POLL_MS);
    }
  }

  async #element(selector) {
    await this.waitForSelector(selector, { state: 'attached' });
    const how = { using: 'css selector', value: selector };
    const found = await this.#session.command('POST', '/element', how);
    return found[ELEMENT];
  }

  async click(selector) {
    await this.waitForSelector(selector);
    await this.#session.command('POST', `/element/${await this.#element(selector)}/click`);
  }

  async check(selector) {
    if (!(await this.isChecked(selector))) await this.click(selector);
  }

  isChecked(selector) {
    return this.evaluate((at) => document.querySelector(at).checked, selector);
  }

  async fill(selector, text) {
    await this.waitForSelector(selector);
    const at = await this.#element(selector);
    await this.#session.command('POST', `/element/${at}/clear`);
    await this.#session.command('POST', `/element/${at}/value`, { text });
  }

  async press(selector, key) {
    const at = await this.#element(selector);
    await this.#session.command('POST', `/element/${at}/value`, { text: KEYS[key] ?? key });
  }

  async setInputFiles(selector, path) {
    const at = await this.#element(selector);
    await this.#session.command('POST', `/element/${at}/value`, { text: path });
  }

  async selectOption(selector, value) {
    await this.evaluate(
      (at, wanted) => {
        const list = document.querySelector(at);
        list.value = wanted;
        for (const type of ['input', 'change'])
          list.dispatchEvent(new Event(type, { bubbles: true }));
      },
      selector,
      value,
    );
  }

  async innerText(selector) {
    await this.waitForSelector(selector, { state: 'attached' });
    return this.evaluate((at) => document.querySelector(at).innerText, selector);
  }

  getAttribute(selector, name) {
    return this.evaluate(
      (at, wanted) => document.querySelector(at).getAttribute(wanted),
      selector,
      name,
    );
  }

  locator(selector) {
    const middle = (at) => {
      const element = document.querySelector(at);
      element.scrollIntoView({ block: 'center' });
      const { left, top, width, height } = element.getBoundingClientRect();
      return [left + width / 2, top + height / 2];
    };
    return {
      scrollIntoViewIfNeeded: () => this.evaluate(middle, selector),
      hover: async () => this.mouse.move(...(await this.evaluate(middle, selector))),
      count: () => this.evaluate((at) => document.querySelectorAll(at).length, selector),
    };
  }

  #pointer(action) {
    const mouse = { type: 'pointer', id: 'mouse', actions: [action] };
    return this.#session.command('POST', '/actions', { actions: [mouse] });
  }

  async screenshot({ path }) {
    await writeFile(path, Buffer.from(await this.#session.command('GET', '/screenshot'), 'base64'));
  }

  /** Playwright closes a person's context; here each person has a browser. */
  context() {
    return { close: () => this.goto('about:blank') };
  }
}
