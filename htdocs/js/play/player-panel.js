// @ts-check
// The Player: the clips of the conversation, and the bar of what plays.
import { difference } from '../net/clips.js';
import { bindMediaKeys, releaseMediaKeys, showMedia, showPosition } from './media-session.js';
import { byId, setText } from '../util/dom.js';
import { clock, size } from '../util/format.js';
import { bindRefresh, nameIntervals } from './refresh-menu.js';
import { t } from '../util/i18n.js';
import { load, rememberedSet, save } from '../util/storage.js';
import { ClipList } from './clip-list.js';
import { PlayingLevel } from './playing-level.js';
import { notice } from '../ui/status.js';
import { Waveform } from './waveform.js';

/** @typedef {import('../net/clips.js').Clip} Clip */
/** @typedef {import('./player.js').Player} Player */
/** @typedef {import('../net/pace.js').Interval} Interval */

const REMEMBERED = 500;
/** Pieces of a stream come one after the other: who speaks is said once, until a pause of this length. */
const SAME_TALK_MS = 15_000;
/** What came so lately is heard as somebody talks. */
const LIVE_MS = 20_000;
/** A press begins with the pointer, which unblocks sound, and ends with a click so much later at most. */
const ONE_PRESS_MS = 1000;

const ui = () => ({
  panel: byId('player', HTMLElement),
  bar: byId('player-bar', HTMLElement),
  state: byId('player-state', HTMLElement),
  unblock: byId('unblock', HTMLButtonElement),
  stage: byId('stage', HTMLElement),
  standby: byId('player-standby', HTMLButtonElement),
  pause: byId('player-pause', HTMLButtonElement),
  next: byId('player-next', HTMLButtonElement),
  unheard: byId('play-unheard', HTMLButtonElement),
  stop: byId('player-stop', HTMLButtonElement),
  stopAfter: byId('player-stop-after', HTMLButtonElement),
  seek: byId('seek', HTMLInputElement),
  seekTime: byId('seek-time', HTMLElement),
  playNew: byId('play-new', HTMLInputElement),
  skipMine: byId('skip-mine', HTMLInputElement),
  listening: byId('keep-listening', HTMLInputElement),
  refreshNow: byId('refresh-now', HTMLButtonElement),
  rate: byId('player-rate', HTMLSelectElement),
  free: byId('free-space', HTMLElement),
});

/**
 * @typedef {object} Actions
 * @property {(interval: Interval) => void} setInterval
 * @property {() => void} refresh
 * @property {(about: import('../ui/quotes.js').Quotable) => void} reply answers a clip
 * @property {(clip: Clip) => Promise<void>} remove
 */

export class PlayerPanel {
  /** Others have recorded something that has just come. @type {(authors: string[]) => void} */
  onNews = () => {};
  /** Whose clip sounds; empty: nobody's. @type {(author: string) => void} */
  onTalking = () => {};

  #ui = ui();
  #settings;
  #player;
  #me;
  #conversation;
  #list;
  #heard;
  /** @type {Clip[] | null} */
  #clips = null;
  #failed = new Set();
  /** Clips that were ever in the list: one that comes back is not new. */
  #known = new Set();
  /** The clip whose row is marked as playing. */
  #marked = '';
  #waveform = new Waveform();
  #level;
  #wasBlocked = false;
  /** When the browser let it sound after all, by performance.now(). */
  #unblockedAt = -Infinity;
  /** When each author's last clip came. @type {Map<string, number>} */
  #lastHeardOf = new Map();
  #listening = new AbortController();

  /**
   * @param {import('../net/api.js').Settings} settings
   * @param {import('../net/api.js').Who} who
   * @param {import('../ui/conversation.js').Conversation} conversation
   * @param {Player} player
   * @param {Actions} actions
   */
  constructor(settings, who, conversation, player, actions) {
    this.#settings = settings;
    this.#player = player;
    this.#level = new PlayingLevel(player);
    this.#me = who.user;
    this.#conversation = conversation;
    this.#heard = rememberedSet(`heard.${settings.thread}`, REMEMBERED);
    const list = {
      play: (/** @type {Clip[]} */ clips) => this.#toggle(clips),
      playFrom: (/** @type {Clip} */ clip) => this.#play(this.#from(clip)),
      reply: actions.reply,
      remove: actions.remove,
    };
    const deletesAll = settings.moderators.includes(who.user);
    this.#list = new ClipList(conversation, who, list, { deletesAll, joins: settings.allowStream });
    this.#bindTransport();
    this.#bindChoices(actions);
    player.onHeard = (clip) => {
      this.#heard.add(clip.id);
      this.#showUnheard();
    };
    player.onFailed = (clip) => this.#failed.add(clip.id);
    player.onChange = () => this.#show();
    player.onTime = () => this.#showTime();
    this.#show();
  }

  close() {
    this.#listening.abort();
    this.#level.close();
    releaseMediaKeys();
    this.onTalking('');
    this.#ui.stage.replaceChildren();
  }

  /** Says everything again, in the page's language. */
  translate() {
    const clips = this.#clips ?? [];
    this.#list.remove(clips);
    this.#list.add(clips, (clip) => this.#stateOf(clip), false);
    nameIntervals(this.#settings.pollFactor);
    this.#show();
  }

  /**
   * The thread's clips, oldest first. Returns whether there are new ones.
   * @param {Clip[]} clips @param {number | undefined} free bytes
   */
  showClips(clips, free) {
    const first = this.#clips === null;
    const { added, removed } = difference(this.#clips ?? [], clips);
    this.#clips = clips;
    this.#list.remove(removed);
    this.#list.add(added, (clip) => this.#stateOf(clip), !first);
    this.#player.removed(removed);
    this.#showFree(free);
    if (first) this.#conversation.showEmpty();
    // What was there before the person came is not played by itself.
    if (first) this.#playLinked(clips);
    else this.#arrived(added.filter(({ id }) => !this.#known.has(id)));
    for (const { id } of added) this.#known.add(id);
    this.#showUnheard();
    return !first && added.length > 0;
  }

  /** Plays the one clip that the page's address names, as links in mails do. @param {Clip[]} clips */
  #playLinked(clips) {
    const wanted = new URLSearchParams(location.search).get('clip');
    if (!wanted) return;
    const clip = clips.find(({ id }) => id === wanted);
    if (clip) this.#player.play([clip]);
    else notice(t('clip.notThere'), 'error');
  }

  /** Takes clips off the list whose time is over. @param {number} now Unix seconds, by the server's clock */
  dropExpired(now) {
    if (!this.#clips) return;
    const alive = this.#clips.filter(({ expire }) => !expire || expire > now);
    if (alive.length < this.#clips.length) this.showClips(alive, undefined);
  }

  /** @param {Clip[]} added */
  #arrived(added) {
    this.#player.arrived(added);
    const now = performance.now();
    /** @param {string} author */
    const isNews = (author) => {
      const last = this.#lastHeardOf.get(author) ?? -Infinity;
      this.#lastHeardOf.set(author, now);
      return author !== this.#me && now - last > SAME_TALK_MS;
    };
    const authors = [...new Set(added.map(({ author }) => author))].filter(isNews);
    if (!authors.length) return;
    this.#conversation.announce(t('clip.arrived', { author: authors.join(', ') }));
    this.onNews(authors);
  }

  /** What is there to be heard, oldest first. */
  get #unheard() {
    return this.#player.wanted(this.#clips ?? []).filter((clip) => this.#stateOf(clip) === 'new');
  }

  #showUnheard() {
    const { unheard } = this.#ui;
    const count = this.#unheard.length;
    unheard.hidden = count === 0;
    setText(unheard, t('player.unheard', { n: count }));
  }

  /** Plays these, or pauses and goes on if one of them plays. @param {Clip[]} clips */
  #toggle(clips) {
    const { clip, state } = this.#player;
    const isCurrent = clips.some(({ id }) => id === clip?.id);
    // The same press has just let it sound.
    if (isCurrent && performance.now() - this.#unblockedAt < ONE_PRESS_MS) return;
    if (isCurrent && ['playing', 'paused'].includes(state)) this.#player.togglePause();
    else this.#play(clips);
  }

  /** @param {Clip} clip @returns {import('../net/clips.js').ClipState} */
  #stateOf({ id, author }) {
    if (id === this.#marked) return this.#player.state === 'paused' ? 'paused' : 'playing';
    if (this.#failed.has(id)) return 'failed';
    return author === this.#me || this.#heard.has(id) ? 'heard' : 'new';
  }

  /** @param {Clip} clip */
  #from(clip) {
    const clips = this.#clips ?? [];
    const newer = clips.slice(clips.findIndex(({ id }) => id === clip.id) + 1);
    return [clip, ...this.#player.wanted(newer)];
  }

  /** @param {Clip[]} clips */
  #play(clips) {
    for (const { id } of clips) this.#failed.delete(id);
    this.#player.play(clips);
  }

  #bindTransport() {
    const { standby, pause, next, stop, stopAfter, unblock, unheard, seek, rate } = this.#ui;
    const player = this.#player;
    unheard.onclick = () => this.#play(this.#unheard);
    next.onclick = () => player.next();
    unblock.onclick = () => player.unblock();
    standby.onclick = () => player.setStandby(!player.standby);
    pause.onclick = () => player.togglePause();
    stop.onclick = () => player.stop();
    stopAfter.onclick = () => player.setStopAfter(!player.stopAfter);
    for (const range of [seek, this.#waveform.range]) {
      range.oninput = () => player.seek(Number(range.value));
    }
    rate.value = load('rate', '1');
    player.setRate(Number(rate.value) || 1);
    rate.onchange = () => {
      save('rate', rate.value);
      player.setRate(Number(rate.value));
    };
    bindMediaKeys(player);
    const escape = (/** @type {KeyboardEvent} */ event) => {
      // In a sheet the key closes that.
      if (event.key === 'Escape' && !document.querySelector('dialog[open]')) player.stop();
    };
    document.addEventListener('keydown', escape, { signal: this.#listening.signal });
  }

  /** @param {Actions} actions */
  #bindChoices({ setInterval, refresh }) {
    const { playNew, skipMine, listening, refreshNow } = this.#ui;
    const { settings, player } = { settings: this.#settings, player: this.#player };
    playNew.checked = player.playNew = settings.playNew;
    skipMine.checked = player.skipMine = settings.skipMine;
    playNew.onchange = () => (player.playNew = playNew.checked);
    skipMine.onchange = () => (player.skipMine = skipMine.checked);
    listening.checked = false;
    listening.onchange = () => player.setListening(listening.checked);
    bindRefresh(settings.pollFactor, setInterval);
    refreshNow.onclick = refresh;
  }

  #show() {
    const { panel, bar, state, standby, pause, next, stop, stopAfter, unblock, seek, stage } =
      this.#ui;
    const player = this.#player;
    const { clip } = player;
    panel.dataset.state = player.state;
    panel.dataset.standby = String(player.standby);
    standby.setAttribute('aria-pressed', String(player.standby));
    stopAfter.setAttribute('aria-pressed', String(player.stopAfter));
    const stopped = player.state === 'stopped';
    bar.hidden = stopped && !player.standby;
    const isBlocked = player.state === 'blocked';
    if (this.#wasBlocked && !isBlocked) this.#unblockedAt = performance.now();
    this.#wasBlocked = isBlocked;
    unblock.hidden = !isBlocked;
    pause.disabled = stopped || player.state === 'blocked';
    setText(pause, t(player.state === 'paused' ? 'player.resume' : 'player.pause'));
    next.disabled = stopped;
    stop.disabled = stopped && !player.standby;
    stopAfter.disabled = stopped;
    seek.disabled = stopped;
    stage.hidden = clip?.kind !== 'video';
    if (stage.firstChild !== player.picture) stage.replaceChildren(player.picture);
    setText(state, this.#words());
    this.#mark(clip && !stopped ? clip.id : '');
    this.onTalking(player.state === 'playing' ? (clip?.author ?? '') : '');
    // Only once it plays: its picture must not keep its sound waiting.
    if (stopped || player.state === 'playing') this.#waveform.show(stopped ? null : clip);
    this.#level.show();
    showMedia(player, this.#settings.title || this.#settings.thread);
    this.#showTime();
  }

  #words() {
    const { state, standby, clip, waiting } = this.#player;
    if (standby) return t('player.standby', { count: waiting });
    const author = clip?.author ?? '';
    const isLive = state === 'playing' && clip && Date.now() - clip.madeAt < LIVE_MS;
    return t(isLive ? 'player.talking' : `player.${state}`, { author });
  }

  /** Marks the row of the clip that plays or is paused, and gives the last one back its own mark. @param {string} id */
  #mark(id) {
    const last = this.#marked;
    this.#marked = id;
    for (const changed of new Set([last, id])) {
      const clip = this.#clips?.find((one) => one.id === changed);
      if (clip) this.#list.setState(clip.id, this.#stateOf(clip));
    }
    this.#waveform.moveTo(id ? this.#list.placeToSeek(id) : null);
    this.#showUnheard();
  }

  #showTime() {
    const { seek, seekTime } = this.#ui;
    const { duration, position: now } = this.#player;
    this.#waveform.showPosition(duration ? Math.min(1, now / duration) : 0);
    const [at, length] = [clock(now), clock(Math.round(duration))];
    for (const range of [seek, this.#waveform.range]) {
      range.max = String(Math.max(duration, 0.1));
      range.value = String(now);
      range.setAttribute('aria-valuetext', t('seek.value', { now: at, length }));
    }
    setText(seekTime, `${at} / ${length}`);
    showPosition(this.#player);
  }

  /** @param {number | undefined} free */
  #showFree(free) {
    if (free === undefined) return;
    const all = this.#settings.limits.maxMediaFolderBytes;
    const words =
      all > 0
        ? t('free.space', { free: size(free), all: size(all) })
        : t('free.only', { free: size(free) });
    setText(this.#ui.free, words);
  }
}
