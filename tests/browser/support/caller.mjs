// A person at the phone.
import { setTimeout as pause } from 'node:timers/promises';

const PATIENCE_MS = 20_000;
/** Of the sound that comes, per look. */
const LEAST_ENERGY = 1e-5;

export class Caller {
  /** @param {import('./people.mjs').Person} person */
  constructor(person) {
    this.person = person;
    this.page = person.page;
  }

  /** Chooses whom to call, or to write to. The page may have done so: a second press takes the choice back. @param {string} name */
  async choose(name) {
    const button = `#online li[data-user="${name}"] button`;
    await this.page.waitForSelector(button);
    const isChosen = async () => (await this.page.getAttribute(button, 'aria-pressed')) === 'true';
    // The page may choose at the same moment, and the press would take that back.
    for (const until = Date.now() + PATIENCE_MS; !(await isChosen());) {
      if (Date.now() > until) throw new Error(`${name} can't be chosen`);
      await this.page.click(button);
    }
  }

  /** Waits until the phone is in a state. @param {string} state */
  is(state) {
    return this.page.waitForSelector(`#phone[data-state="${state}"]`);
  }

  /** Waits until the phone says so. @param {string} words */
  says(words) {
    return this.page.waitForFunction(
      (wanted) => document.querySelector('#phone-state')?.textContent === wanted,
      words,
    );
  }

  words() {
    return this.page.innerText('#phone-state');
  }

  sid() {
    return this.page.evaluate(() => globalThis.mozchat.phone.sid);
  }

  stats() {
    return this.page.evaluate(() => globalThis.mozchat.phone.stats());
  }

  /** Waits until sound comes from the other, from now on. */
  hears(patienceMs = PATIENCE_MS) {
    return this.#grows('audioEnergy', LEAST_ENERGY, patienceMs, 'hears nothing');
  }

  /** Waits for a second in which nothing comes but silence: what was on its way still arrives. */
  async hearsNothing() {
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
      const before = (await this.stats()).audioEnergy;
      await pause(1000);
      if ((await this.stats()).audioEnergy - before < LEAST_ENERGY / 10) return;
      if (Date.now() > until) throw new Error(`${this.person.name} still hears something`);
    }
  }

  /** Waits until some frames of the other's picture have come, from now on. */
  async sees() {
    await this.page.waitForSelector('#remote-video:not([hidden])');
    await this.#grows('frames', 5, PATIENCE_MS, 'sees nothing');
  }

  /** How many programs the page has run. */
  async requests() {
    const all = await this.page.evaluate(() => ({ ...globalThis.mozchat.api.requests }));
    return Object.entries(all).reduce((sum, [kind, n]) => (kind === 'pulse' ? sum : sum + n), 0);
  }

  async #grows(name, least, patienceMs, words) {
    const until = Date.now() + patienceMs;
    let first;
    for (;;) {
      const now = (await this.stats())?.[name];
      first ??= now;
      if (now - first > least) return;
      if (Date.now() > until) throw new Error(`${this.person.name} ${words}`);
      await pause(40);
    }
  }
}
