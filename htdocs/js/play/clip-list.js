// @ts-check
// The list of clips, keyed by file name: a new clip adds one row and touches no other.
import { askTwice } from '../ui/second-question.js';
import { byId, make, setText } from '../util/dom.js';
import { clipLength, friendlyTime, size } from '../util/format.js';
import { t } from '../util/i18n.js';
import { downloadName } from '../util/names.js';

/** @typedef {import('../net/clips.js').Clip} Clip */
/** @typedef {import('../net/clips.js').ClipState} ClipState */
/**
 * @typedef {object} Actions
 * @property {(clip: Clip) => void} play
 * @property {(clip: Clip) => void} playFrom
 * @property {(clip: Clip) => Promise<void>} remove
 */

/** @typedef {(name: string, key: import('../util/i18n.js').Key, act?: () => void) => HTMLButtonElement} MakeButton */

export class ClipList {
  #list = byId('clips', HTMLElement);
  #empty = byId('clips-empty', HTMLElement);
  /** @type {Map<string, HTMLElement>} */
  #rows = new Map();
  #who;
  #actions;
  #deletesAll;

  /**
   * @param {import('../net/api.js').Who} who @param {Actions} actions
   * @param {boolean} deletesAll whether the user may delete others' clips, too
   */
  constructor(who, actions, deletesAll) {
    this.#who = who;
    this.#deletesAll = deletesAll;
    this.#actions = actions;
    this.#list.replaceChildren();
  }

  /** Adds clips, oldest first, each above the ones before it. @param {Clip[]} clips @param {(clip: Clip) => ClipState} stateOf */
  add(clips, stateOf) {
    for (const clip of clips) {
      const row = this.#row(clip);
      this.#rows.set(clip.id, row);
      this.setState(clip.id, stateOf(clip));
      this.#list.prepend(row);
    }
    this.#showEmpty();
  }

  /** @param {Clip[]} clips */
  remove(clips) {
    for (const { id } of clips) {
      this.#leaveFocus(this.#rows.get(id));
      this.#rows.get(id)?.remove();
      this.#rows.delete(id);
    }
    this.#showEmpty();
  }

  /** @param {string} id @param {ClipState} state */
  setState(id, state) {
    const row = this.#rows.get(id);
    if (!row || row.dataset.state === state) return;
    row.dataset.state = state;
    const mark = row.querySelector('.clip-mark');
    const mine = state === 'heard' && row.dataset.author === this.#who.user;
    if (mark instanceof HTMLElement) setText(mark, t(mine ? 'clip.mine' : `clip.${state}`));
    const isCurrent = state === 'playing' || state === 'paused';
    if (isCurrent) row.setAttribute('aria-current', 'true');
    else row.removeAttribute('aria-current');
  }

  #showEmpty() {
    this.#empty.hidden = this.#rows.size > 0;
  }

  /** A row that goes away hands the focus to its neighbour. @param {HTMLElement | undefined} row */
  #leaveFocus(row) {
    if (!row?.contains(document.activeElement)) return;
    const neighbour = row.nextElementSibling ?? row.previousElementSibling;
    const button = neighbour?.querySelector('button') ?? document.getElementById('record');
    button?.focus({ preventScroll: true });
  }

  /** @param {Clip} clip */
  #row(clip) {
    const time = friendlyTime(clip.dateTime, clip.madeAt);
    const facts = [clipLength(clip.duration), size(clip.bytes)].join(' · ');
    const row = make('li', { 'data-clip': clip.id, 'data-author': clip.author, class: 'clip' });
    const button = this.#buttonsFor(clip, time.short);
    row.append(
      button('clip-play', 'clip.play', () => this.#actions.play(clip)),
      make(
        'div',
        { class: 'clip-head' },
        make('strong', { class: 'clip-author' }, clip.author),
        make('time', { datetime: time.iso || undefined, title: time.full }, time.short),
        make('span', { class: 'clip-mark' }),
      ),
      make(
        'p',
        { class: 'clip-facts' },
        make('span', { class: 'clip-kind', 'data-kind': clip.kind }, t(`clip.${clip.kind}`)),
        facts,
      ),
    );
    if (clip.description) row.append(make('p', { class: 'clip-description' }, clip.description));
    row.append(this.#actionsOf(clip, time.short, button));
    return row;
  }

  /** What makes a clip's buttons, each named after it. @param {Clip} clip @param {string} time @returns {MakeButton} */
  #buttonsFor({ author }, time) {
    return (name, key, act) => {
      const label = t('clip.named', { action: t(key), author, time });
      const made = make('button', { type: 'button', class: name, 'aria-label': label }, t(key));
      if (act) made.onclick = act;
      return made;
    };
  }

  /** @param {Clip} clip @param {string} time @param {MakeButton} button */
  #actionsOf(clip, time, button) {
    const about = { author: clip.author, time };
    const box = make(
      'div',
      { class: 'clip-actions' },
      button('clip-play-from quiet', 'clip.playFrom', () => this.#actions.playFrom(clip)),
      this.#download(clip, about),
    );
    if (clip.author === this.#who.user || this.#deletesAll)
      box.append(...this.#deletion(clip, button));
    return box;
  }

  /** @param {Clip} clip @param {{author: string, time: string}} about */
  #download(clip, about) {
    const date = new Date(friendlyTime(clip.dateTime, clip.madeAt).iso);
    const { realm } = this.#who;
    const name = Number.isNaN(date.getTime())
      ? clip.id
      : downloadName({ realm, user: clip.author, date, ext: clip.ext });
    const label = t('clip.named', { action: t('download'), ...about });
    const attributes = { class: 'button quiet clip-download', href: clip.url, download: name };
    return make('a', { ...attributes, 'aria-label': label }, t('download'));
  }

  /**
   * Deleting asks once more, in place.
   * @param {Clip} clip
   * @param {MakeButton} button
   */
  #deletion(clip, button) {
    const ask = button('clip-delete quiet', 'clip.delete');
    const confirm = button('clip-delete-confirm danger', 'clip.deleteConfirm');
    const cancel = button('clip-delete-cancel quiet', 'cancel');
    askTwice(ask, confirm, cancel, () => this.#actions.remove(clip));
    return [ask, confirm, cancel];
  }
}
