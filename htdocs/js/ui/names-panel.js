// @ts-check
// Below the names of those online: taking one's name to another device, and what moderators do to others' names.
import { byId } from '../util/dom.js';
import { explain } from '../util/explain.js';
import { t } from '../util/i18n.js';
import { askTwice } from './second-question.js';
import { notice } from './status.js';

/** @typedef {import('../net/api.js').Settings} Settings */
/** @typedef {import('../net/api.js').Who} Who */
/** @typedef {import('./people.js').PeoplePanel} PeoplePanel */
/** @typedef {'mute' | 'unmute' | 'ban' | 'unban'} Act */

/**
 * @typedef {object} Requests
 * @property {(who: Who) => Promise<{code: string, seconds: number}>} share
 * @property {(who: Who, act: Act, target: string) => Promise<{muted: string[], banned: string[]}>} moderate
 * @property {(who: Who) => Promise<unknown>} endPasses
 */

const SECONDS_A_MINUTE = 60;

export class NamesPanel {
  #who;
  #people;
  #requests;
  /** @type {string[]} */
  #muted = [];
  /** @type {string[]} */
  #banned = [];
  #ui = {
    box: byId('names', HTMLElement),
    share: byId('name-share', HTMLButtonElement),
    code: byId('name-code', HTMLElement),
    moderation: byId('moderation', HTMLElement),
    mute: byId('mute-person', HTMLButtonElement),
    ban: byId('ban-person', HTMLButtonElement),
    passes: byId('passes', HTMLElement),
  };

  /** @param {Settings} settings @param {Who} who @param {PeoplePanel} people @param {Requests} requests */
  constructor(settings, who, people, requests) {
    this.#who = who;
    this.#people = people;
    this.#requests = requests;
    const { box, share, code, mute } = this.#ui;
    box.hidden = !settings.holdsNames;
    code.textContent = '';
    share.onclick = () => this.#try(() => this.#share());
    mute.onclick = () =>
      this.#try(() => this.#moderate(this.#isMuted(people.chosen) ? 'unmute' : 'mute'));
    this.#isModerator = settings.holdsNames && settings.moderators.includes(who.user);
    this.#ui.passes.hidden = !this.#isModerator;
    this.#offerToEndPasses();
    this.#offerToBan();
    this.showChoice();
  }

  #isModerator = false;
  /** Whom the buttons are for. */
  #shown = '';
  /** Takes the second question back. */
  #unask = () => {};

  #offerToEndPasses() {
    const question = byId('end-passes-question', HTMLElement);
    askTwice(
      byId('end-passes', HTMLButtonElement),
      byId('end-passes-confirm', HTMLButtonElement),
      byId('end-passes-cancel', HTMLButtonElement),
      () =>
        this.#try(async () => {
          await this.#requests.endPasses(this.#who);
          notice(t('passes.ended'));
        }),
      (asks) => (question.hidden = !asks),
    );
  }

  /** Banning is asked once more; letting in again is not. */
  #offerToBan() {
    const { ban } = this.#ui;
    const confirm = byId('ban-confirm', HTMLButtonElement);
    const cancel = byId('ban-cancel', HTMLButtonElement);
    askTwice(ban, confirm, cancel, () => this.#try(() => this.#moderate('ban')));
    const ask = ban.onclick;
    ban.onclick = (event) => {
      if (this.#isBanned(this.#people.chosen)) this.#try(() => this.#moderate('unban'));
      else ask?.call(ban, event);
    };
    this.#unask = () => cancel.click();
  }

  /** To whom the buttons apply has changed. */
  showChoice() {
    const { chosen } = this.#people;
    const { moderation, mute } = this.#ui;
    const isPerson = chosen !== '*' && chosen !== this.#who.user;
    moderation.hidden = !(this.#isModerator && isPerson);
    mute.textContent = t(this.#isMuted(chosen) ? 'moderation.unmute' : 'moderation.mute', {
      name: chosen,
    });
    if (chosen === this.#shown) return this.#showBan();
    // It was meant for another.
    this.#unask();
    this.#shown = chosen;
    this.#showBan();
  }

  #showBan() {
    const name = this.#people.chosen;
    const { ban } = this.#ui;
    ban.textContent = t(this.#isBanned(name) ? 'moderation.unban' : 'moderation.ban', { name });
    byId('ban-confirm', HTMLElement).textContent = t('moderation.banConfirm', { name });
  }

  /** @param {string} name */
  #isBanned(name) {
    return this.#banned.includes(name);
  }

  /** @param {string} name */
  #isMuted(name) {
    return this.#muted.includes(name);
  }

  async #share() {
    const { code, seconds } = await this.#requests.share(this.#who);
    const count = Math.floor(seconds / SECONDS_A_MINUTE);
    this.#ui.code.textContent = t('name.code', { code, count });
  }

  /** @param {Act} act */
  async #moderate(act) {
    const name = this.#people.chosen;
    const { muted, banned } = await this.#requests.moderate(this.#who, act, name);
    this.#muted = muted;
    this.#banned = banned;
    notice(t(`moderation.${act}Done`, { name }));
    this.showChoice();
  }

  /** @param {() => Promise<void>} act */
  async #try(act) {
    try {
      await act();
    } catch (error) {
      notice(explain({ code: 'unknown', said: '', .../** @type {object} */ (error) }), 'error');
    }
  }
}
