// @ts-check
// One stay in a thread: makes the parts and ties them together, and takes them apart on leaving.
import { Calls } from './call/calls.js';
import { readRow } from './net/clips.js';
import { LevelMeter } from './device/level-meter.js';
import { Player } from './play/player.js';
import { Recorder } from './record/recorder.js';
import { savesData } from './util/save-data.js';
import { WakeLock } from './device/wake-lock.js';
import * as api from './net/api.js';
import { reportErrors } from './net/error-reports.js';
import { Feed } from './net/feed.js';
import { Signalling } from './call/signalling.js';
import { FileClips } from './record/file-clips.js';
import { FilesPanel } from './record/files-panel.js';
import { bindInvite } from './ui/invite.js';
import { Conversation } from './ui/conversation.js';
import { bindSettings } from './ui/settings-panel.js';
import { NamesPanel } from './ui/names-panel.js';
import { PeoplePanel } from './ui/people.js';
import { PlayerPanel } from './play/player-panel.js';
import { Drafts } from './record/drafts.js';
import { firstOptions } from './record/choices.js';
import { reportMimeFault } from './record/format-report.js';
import { RecorderPanel } from './record/recorder-panel.js';
import { notice, showConnection } from './ui/status.js';
import { Talk } from './chat/talk.js';
import { byId } from './util/dom.js';
import { explain } from './util/explain.js';
import { t } from './util/i18n.js';
import { Uploads } from './record/uploads.js';
import { Watch } from './watch/watch.js';

/** @typedef {import('./net/api.js').Settings} Settings */
/** @typedef {import('./net/api.js').Who} Who */

/** Who has spoken just now may go on, or be answered. */
const LIVELY_MS = 10_000;

export class Session {
  /** The server refuses this person for good. @type {(error: api.ApiError) => void} */
  onRefused = () => {};

  #settings;
  #who;
  #media;
  #feed;
  #conversation;
  #player;
  #playerPanel;
  #recorder;
  #recorderPanel;
  #drafts;
  #uploads;
  #files;
  #fileClips;
  #people;
  #names;
  #signalling;
  #calls;
  #talk;
  #wakeLock = new WakeLock();
  #watch;
  #meter = new LevelMeter();
  #listening = new AbortController();
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #expiry;
  /** The refusal of the feed that was told last: repeating it helps nobody. */
  #told = '';
  /** The server's clock less ours, in seconds. */
  #ahead = 0;
  /** When the last clip came. */
  #spokenAt = 0;

  /** @param {Settings} settings @param {string} user */
  constructor(settings, user) {
    this.#settings = settings;
    this.#who = { user, realm: settings.thread };
    const address = (/** @type {string} */ path) => new URL(path, document.baseURI).href;
    this.#media = address(settings.media);
    this.#feed = new Feed({
      ...this.#who,
      pulseUrl: address(settings.pulse),
      renewSec: settings.renewSec,
      interval: settings.pollFactor,
      longPollPeriodS: settings.longPollPeriodS,
      // A relative address is http's; ws is its counterpart.
      hubUrl: settings.hub && address(settings.hub).replace(/^http/, 'ws'),
      quiet: () => document.hidden && !this.#player.listening && this.#player.state === 'stopped',
      lively: () => settings.allowStream && Date.now() - this.#spokenAt < LIVELY_MS,
    });
    const element = () => document.createElement('video');
    const streams = settings.allowStream;
    this.#player = new Player(user, [element(), element()], { streams });
    this.#conversation = new Conversation(settings.thread);
    this.#playerPanel = new PlayerPanel(settings, this.#who, this.#conversation, this.#player, {
      setInterval: (interval) => this.#feed.setInterval(interval),
      refresh: () => this.#feed.refresh(),
      reply: (about) => this.#talk.answer(about),
      remove: (clip) => this.#delete(clip.id),
    });
    this.#recorder = new Recorder(settings, firstOptions(settings));
    this.#recorderPanel = new RecorderPanel(settings, this.#recorder);
    this.#uploads = new Uploads(this.#who, settings.limits);
    this.#fileClips = new FileClips(settings);
    const hold = (/** @type {boolean} */ on) => this.#hold(on);
    const [recorder, panel] = [this.#recorder, this.#recorderPanel];
    this.#drafts = new Drafts(recorder, panel, this.#uploads, this.#fileClips, hold);
    this.#files = new FilesPanel((files) => this.#drafts.take(files));
    this.#people = new PeoplePanel(this.#who);
    this.#names = new NamesPanel(settings, this.#who, this.#people, {
      share: api.shareName,
      moderate: api.moderate,
      endPasses: api.endPasses,
    });
    this.#signalling = new Signalling(this.#who, this.#feed);
    this.#calls = new Calls(settings, user, this.#signalling, this.#people);
    const beep = () => this.#calls.ring.message();
    this.#talk = new Talk(this.#who, this.#signalling, this.#people, this.#conversation, beep);
    this.#watch = new Watch(this.#recorder, {
      upload: () => this.#drafts.upload(),
      lock: () => this.#recorderPanel.lock(),
      reply: (to, text) => this.#talk.chat.send(to, text),
    });
    bindSettings(settings.showMore);
    bindInvite(settings.thread, settings.title || settings.thread);
    this.#tieFeed();
    this.#tieTalk();
    this.#tieRecorder();
    this.#tiePage();
  }

  get who() {
    return this.#who;
  }

  /** Whether it may end now without losing anything. */
  get isFree() {
    return this.#mayClose() && this.#calls.phone.state === 'ready';
  }

  /** A handle for whoever debugs or tests the page. */
  get parts() {
    return {
      feed: this.#feed,
      player: this.#player,
      recorder: this.#recorder,
      outbox: this.#uploads.outbox,
      phone: this.#calls.phone,
      media: this.#calls.media,
      chat: this.#talk.chat,
      motion: this.#watch.detector,
      api,
    };
  }

  /** Says in the page's language what stays on the page. */
  translate() {
    this.#recorderPanel.translate();
    this.#playerPanel.translate();
    this.#conversation.translate();
  }

  start() {
    const title = this.#settings.title || this.#settings.thread;
    const heading = byId('thread-title', HTMLElement);
    heading.textContent = title;
    heading.focus();
    this.#talk.attention.title = `${title} · ${t('appName')}`;
    showConnection('ok');
    this.#feed.start();
    this.#uploads.outbox.flush();
    this.#talk.chat.flush();
    this.#recorder.warmUp();
    reportMimeFault(this.#settings, this.#who);
  }

  /** Whether leaving loses or forgets nothing; says so if not, and offers it all the same. @param {() => void} leave */
  mayLeave(leave) {
    const action = { label: t('leave.anyway'), act: leave };
    if (this.#recorder.isBusy) {
      this.#recorder.stop();
      notice(t('leave.recording'), 'lasting', action);
      return false;
    }
    if (!this.#drafts.isWaiting && !this.#uploads.hasUnkept) return true;
    notice(t(this.#uploads.hasUnkept ? 'leave.unkept' : 'leave.unsent'), 'lasting', action);
    return false;
  }

  leave() {
    this.#calls.close();
    this.#talk.close();
    this.#watch.close();
    this.#people.close();
    this.#wakeLock.want(false);
    this.#feed.bye();
    this.#listening.abort();
    clearInterval(this.#expiry);
    this.#player.stop();
    this.#drafts.close();
    this.#recorder.close();
    this.#meter.detach();
    this.#recorderPanel.close();
    this.#playerPanel.close();
    this.#uploads.close();
    this.#files.close();
    this.#fileClips.close();
    this.#conversation.close();
    notice('');
  }

  #tieFeed() {
    const { hideExpired } = this.#settings;
    this.#feed.onList = (list, free, timestamp) => {
      this.#ahead = timestamp ? timestamp - Date.now() / 1000 : 0;
      const clips = list.map((row) => readRow(row, this.#media));
      this.#people.saw(clips.map(({ author }) => author));
      if (this.#playerPanel.showClips(clips, free)) this.#spokenAt = Date.now();
    };
    this.#feed.onUsers = (users) => this.#people.showUsers(users);
    this.#feed.onState = (state, error) => {
      if (state === 'refused') return error && this.onRefused(error);
      showConnection(state, error);
      const isNews = error && (!error.passing || error.code === 'portal');
      if (isNews && error.code !== this.#told) notice(explain(error), 'error');
      this.#told = error?.code ?? '';
    };
    if (!hideExpired) return;
    const drop = () => this.#playerPanel.dropExpired(Date.now() / 1000 + this.#ahead);
    this.#expiry = setInterval(drop, 5000);
  }

  #tieTalk() {
    const { phone } = this.#calls;
    this.#signalling.onMessage = (message, ageSec) => {
      if (['message', 'received'].includes(message.type)) this.#talk.take(message);
      else phone.receive(message, ageSec);
    };
    this.#people.onChoice = () => {
      this.#names.showChoice();
      this.#calls.showChoice();
      this.#talk.showChoice();
    };
    this.#playerPanel.onTalking = (name) => {
      this.#people.showTalking(name);
      this.#talk.attention.talking = name;
    };
    this.#playerPanel.onNews = (authors) => this.#tellOfClips(authors);
    this.#talk.onMessage = ({ author, text }) => this.#watch.command(author, text);
    phone.onMissed = (name, ageSec) => this.#talk.missed(name, ageSec);
    this.#calls.onRinging = (name) => {
      this.#talk.attention.notify(t('phone.incoming', { name }), '', {
        call: true,
        silent: !phone.rings,
      });
    };
    this.#calls.onDevice = () => {
      this.#recorder.release();
      this.#recorder.warmUp();
    };
    this.#calls.onChange = () => {
      if (phone.state !== 'ringing') {
        this.#talk.attention.withdraw(t('phone.incoming', { name: phone.other }));
      }
      this.#feed.sid = phone.inCall ? phone.sid : '';
      this.#hold(false);
    };
  }

  /** @param {string[]} authors of clips that have just come */
  #tellOfClips(authors) {
    const { attention } = this.#talk;
    // What is heard by itself needs no sound and no notification.
    if (this.#player.playNew || this.#player.listening) return attention.clip();
    for (const author of authors) attention.message(author, t('clip.arrived', { author }));
  }

  #tieRecorder() {
    const [recorder, panel] = [this.#recorder, this.#recorderPanel];
    const free = () => recorder.state === 'uploading' && recorder.reset();
    this.#uploads.onIdle = free;
    this.#uploads.onSent = () => this.#feed.refresh();
    this.#uploads.onBitrate = (level) => this.#save(level);
    this.#save(this.#uploads.halvings);
    recorder.onState = (state, reason) => {
      panel.showState(reason);
      this.#hold(false);
      this.#drafts.show();
      if (state === 'uploading') panel.clearDescription();
      this.#watch.recorderIs(state);
      // Nothing is on its way if the last piece was too large to be sent.
      if (this.#uploads.isIdle) free();
    };
    recorder.onStream = (stream) => {
      if (stream) this.#meter.attach(stream);
      else this.#meter.detach();
      if (stream) this.#calls.showDevices();
      // Chromium lets a page sound that listens.
      if (stream) this.#player.retry();
      panel.showStream(stream);
    };
    recorder.untilSound = () => this.#meter.untilSound();
    recorder.onClip = (clip) => this.#uploads.send(clip, panel.description);
    this.#meter.onLevel = (level) => panel.showLevel(level);
  }

  /** Records with fewer bits, or with more again. @param {number} halvings how often they are halved */
  #save(halvings) {
    this.#recorder.configure({ halvings });
    const least = savesData() ? 1 : 0;
    this.#recorderPanel.showBitrate(halvings > least ? 'slow' : halvings ? 'saving' : '');
  }

  /** Silences the player while somebody records, or listens to a recording. @param {boolean} listening */
  #hold(listening) {
    const { phone } = this.#calls;
    const recording = this.#recorder.isBusy && this.#recorderPanel.pausePlayer;
    // Clips that come during a call wait for its end.
    this.#player.hold(listening || recording || phone.state !== 'ready');
    this.#wakeLock.want(this.#recorder.isBusy || phone.state !== 'ready');
  }

  /** @param {string} id */
  async #delete(id) {
    try {
      await api.deleteClip(this.#who, id);
    } catch (error) {
      if (!(error instanceof api.ApiError)) throw error;
      notice(explain(error), 'error');
    }
    // Also after a refusal: somebody else may have removed it first.
    this.#feed.refresh();
  }

  #tiePage() {
    const on = (
      /** @type {EventTarget} */ at,
      /** @type {string} */ type,
      /** @type {(event: any) => void} */ act,
    ) => at.addEventListener(type, act, { signal: this.#listening.signal });
    on(document, 'visibilitychange', () => this.#seen());
    on(window, 'online', () => {
      this.#feed.wake();
      this.#uploads.outbox.flush();
      this.#talk.chat.flush();
      this.#calls.phone.networkChanged();
    });
    // From Wi-Fi to mobile, where the browser tells.
    const link = /** @type {{connection?: EventTarget}} */ (navigator).connection;
    if (link) on(link, 'change', () => this.#calls.phone.networkChanged());
    on(window, 'pagehide', () => {
      this.#calls.phone.close();
      this.#feed.bye();
    });
    on(window, 'beforeunload', (event) => this.#mayClose() || event.preventDefault());
    on(window, 'pageshow', (event) => event.persisted && this.#feed.start());
    if (this.#settings.reportErrors) reportErrors(this.#who, this.#listening.signal);
    // Before the first gesture the browser keeps the level meter's sound graph asleep.
    for (const type of ['pointerdown', 'pointerup', 'keydown']) {
      on(document, type, () => {
        this.#meter.wake();
        this.#player.wake();
        this.#calls.wake();
      });
    }
  }

  /** Whether closing the page loses nothing that the person made. */
  #mayClose() {
    const { isBusy, state } = this.#recorder;
    return (
      !isBusy && state !== 'recorded' && this.#uploads.isSafe && !this.#talk.chat.unsent.length
    );
  }

  /** The tab was hidden or shown. */
  #seen() {
    if (document.hidden) this.#recorder.release();
    else {
      this.#feed.wake();
      this.#uploads.outbox.flush();
      this.#talk.attention.clear();
      this.#wakeLock.refresh();
      this.#recorder.warmUp();
    }
  }
}
