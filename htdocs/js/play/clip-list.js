// @ts-check
// The clips' rows in the conversation, keyed by file name: a new clip adds one row and touches no other. What somebody says
// without a pause in a stream is one row: the pieces after the first are strips below it.
import { askTwice } from '../ui/second-question.js';
import { make, setText } from '../util/dom.js';
import { clipLength, friendlyTime, size } from '../util/format.js';
import { t } from '../util/i18n.js';
import { downloadName, hueOf } from '../util/names.js';

/** @typedef {import('../net/clips.js').Clip} Clip */
/** @typedef {import('../net/clips.js').ClipState} ClipState */
/** @typedef {import('../ui/conversation.js').Conversation} Conversation */
/**
 * @typedef {object} Actions
 * @property {(clips: Clip[]) => void} play plays them, or pauses and goes on if one of them plays
 * @property {(clip: Clip) => void} playFrom
 * @property {(about: import('../ui/quotes.js').Quotable) => void} reply answers a clip
 * @property {(clip: Clip) => Promise<void>} remove
 */

/** @typedef {(name: string, key: import('../util/i18n.js').Key, act?: () => void) => HTMLButtonElement} MakeButton */

/** Pieces of a stream follow each other without a pause; a poor line may hold one up for so long. */
const PAUSE_MS = 2000;

export class ClipList {
  #conversation;
  /** @type {Map<string, {clip: Clip, row: HTMLElement}>} */
  #rows = new Map();
  #who;
  #actions;
  #deletesAll;
  #joins;

  /**
   * @param {Conversation} conversation
   * @param {import('../net/api.js').Who} who @param {Actions} actions
   * @param {{deletesAll: boolean, joins: boolean}} may deletesAll: the user may delete others' clips, too;
   * joins: pieces of a stream come
   */
  constructor(conversation, who, actions, { deletesAll, joins }) {
    this.#conversation = conversation;
    this.#who = who;
    this.#deletesAll = deletesAll;
    this.#joins = joins;
    this.#actions = actions;
  }

  /** Adds clips, oldest first. @param {Clip[]} clips @param {(clip: Clip) => ClipState} stateOf @param {boolean} isNews they have just come */
  add(clips, stateOf, isNews) {
    const items = clips.map((clip) => {
      const row = this.#row(clip);
      this.#rows.set(clip.id, { clip, row });
      this.setState(clip.id, stateOf(clip));
      return { row, ...aboutClip(clip) };
    });
    const isOwn = clips.some(({ author }) => author === this.#who.user);
    this.#conversation.add(items, { isOwn, isNews });
    if (this.#joins) for (const { row } of items) this.#join(row);
  }

  /** @param {Clip[]} clips */
  remove(clips) {
    for (const { id } of clips) {
      const row = this.#rows.get(id)?.row;
      const next = row?.nextElementSibling;
      if (row) this.#conversation.remove(row);
      this.#rows.delete(id);
      if (next instanceof HTMLElement && next.dataset.clip) this.#join(next);
    }
  }

  /** @param {string} id @param {ClipState} state */
  setState(id, state) {
    const row = this.#rows.get(id)?.row;
    if (!row || row.dataset.state === state) return;
    row.dataset.state = state;
    const mark = row.querySelector('.clip-mark');
    const mine = state === 'heard' && row.dataset.author === this.#who.user;
    if (mark instanceof HTMLElement) setText(mark, t(mine ? 'clip.mine' : `clip.${state}`));
    const isCurrent = state === 'playing' || state === 'paused';
    if (isCurrent) row.setAttribute('aria-current', 'true');
    else row.removeAttribute('aria-current');
  }

  /** Where in a clip's row one seeks in it; null: it is a piece of a stream, or has no row. @param {string} id */
  placeToSeek(id) {
    const row = this.#rows.get(id)?.row;
    return row && !row.dataset.run ? row.querySelector('.clip-facts') : null;
  }

  /** Finds out whether a clip goes on what the row before it said. @param {HTMLElement} row */
  #join(row) {
    const before = this.#before(row);
    const { clip } = /** @type {{clip: Clip}} */ (this.#rows.get(row.dataset.clip ?? ''));
    if (before && goesOn(before, clip)) row.dataset.run = 'piece';
    else delete row.dataset.run;
    this.#showRun(this.#head(row));
  }

  /** The clip in the row before, if it is one. @param {HTMLElement} row */
  #before(row) {
    const before = row.previousElementSibling;
    return before instanceof HTMLElement && this.#rows.get(before.dataset.clip ?? '')?.clip;
  }

  /** @param {HTMLElement} row */
  #head(row) {
    let head = row;
    while (head.dataset.run === 'piece' && head.previousElementSibling instanceof HTMLElement) {
      head = head.previousElementSibling;
    }
    return head;
  }

  /** The clips of a row and of the pieces below it. @param {HTMLElement} head */
  #run(head) {
    const clips = [];
    for (let row = /** @type {Element | null} */ (head); row instanceof HTMLElement;) {
      const known = this.#rows.get(row.dataset.clip ?? '');
      if (!known || (row !== head && row.dataset.run !== 'piece')) break;
      clips.push(known.clip);
      row = row.nextElementSibling;
    }
    return clips;
  }

  /** What the first row of a run says is said of all of it. @param {HTMLElement} head */
  #showRun(head) {
    const clips = this.#run(head);
    if (clips.length > 1) head.dataset.run = 'head';
    else if (head.dataset.run === 'head') delete head.dataset.run;
    const facts = head.querySelector('.clip-length');
    if (facts instanceof HTMLElement) setText(facts, lengthOf(clips));
  }

  /** @param {Clip} clip */
  #row(clip) {
    const { id, author, kind, description } = clip;
    const time = friendlyTime(clip.dateTime, clip.madeAt);
    const mine = String(author === this.#who.user);
    const row = make('li', {
      'data-clip': id,
      'data-author': author,
      'data-mine': mine,
      class: 'clip',
    });
    row.style.setProperty('--hue', String(hueOf(author)));
    const button = this.#buttonsFor(clip, time.full);
    const name = make('strong', { class: 'clip-author', dir: 'auto' }, author);
    row.append(
      button('clip-play', 'clip.play', () => this.#actions.play(this.#run(row))),
      make(
        'div',
        { class: 'clip-head' },
        name,
        make('time', { datetime: time.iso || undefined, title: time.full }, timeOf(time)),
        make('span', { class: 'clip-mark' }),
      ),
      make(
        'div',
        { class: 'clip-facts' },
        make('span', { class: 'clip-kind', 'data-kind': kind }, t(`clip.${kind}`)),
        make('span', { class: 'clip-length' }, lengthOf([clip])),
      ),
    );
    if (description) {
      row.append(make('p', { class: 'clip-description', dir: 'auto' }, description));
    }
    row.append(this.#menu(clip, time.full, button));
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

  /** What is rarely done with a clip. @param {Clip} clip @param {string} time @param {MakeButton} button */
  #menu(clip, time, button) {
    const about = { author: clip.author, time };
    const label = t('clip.named', { action: t('clip.more'), ...about });
    const box = make(
      'div',
      { class: 'clip-actions' },
      button('clip-play-from quiet', 'clip.playFrom', () => this.#actions.playFrom(clip)),
      this.#download(clip, about),
    );
    if (clip.author !== this.#who.user)
      box.prepend(button('clip-reply quiet', 'chat.reply', () => this.#answer(clip)));
    if (clip.author === this.#who.user || this.#deletesAll)
      box.append(...this.#deletion(clip, button));
    box.append(make('span', { class: 'clip-size' }, size(clip.bytes)));
    const summary = make('summary', { class: 'clip-more', 'aria-label': label });
    return make('details', { class: 'clip-menu' }, summary, box);
  }

  /** @param {Clip} clip */
  #answer(clip) {
    const { at, about } = aboutClip(clip);
    this.#actions.reply({ ...about, at });
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

/** What a line says that quotes a clip. @param {Clip} clip */
function aboutClip(clip) {
  const { id, author, kind, description } = clip;
  const words = () => description || `${t(`clip.${kind}`)} ${lengthOf([clip])}`;
  return { at: momentOf(clip), about: { id, author, words } };
}

/** When a clip came, in milliseconds since 1970. @param {Clip} clip */
function momentOf({ dateTime, madeAt }) {
  const { iso } = friendlyTime(dateTime, madeAt);
  return madeAt || (iso ? new Date(iso).getTime() : 0);
}

/** The day has a line of its own. @param {import('../util/format.js').FriendlyTime} time */
const timeOf = ({ iso, short }) => (iso ? iso.slice(11, 16) : short);

/** Whether a piece of a stream follows another without a pause. @param {Clip} before @param {Clip} after */
function goesOn(before, after) {
  if (before.author !== after.author || before.kind !== after.kind || after.description)
    return false;
  const pause = after.madeAt - before.madeAt - after.duration * 1000;
  return before.madeAt > 0 && pause < PAUSE_MS;
}

/** @param {Clip[]} clips */
const lengthOf = (clips) => clipLength(clips.reduce((sum, { duration }) => sum + duration, 0));
