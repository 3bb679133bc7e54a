// @ts-check
// The Phone panel: shows the phone's state and passes on what the person does.
import { byId, setText } from '../util/dom.js';
import { clock } from '../util/format.js';
import { t } from '../util/i18n.js';
import { load, save } from '../util/storage.js';
import { EVERYBODY } from '../ui/people.js';
import { canCall } from './phone.js';

/** @typedef {import('./phone.js').Phone} Phone */
/** @typedef {import('../device/local-media.js').LocalMedia} LocalMedia */
/** @typedef {import('../ui/people.js').PeoplePanel} PeoplePanel */

const ui = () => ({
  panel: byId('phone', HTMLElement),
  state: byId('phone-state', HTMLElement),
  problem: byId('phone-problem', HTMLElement),
  incoming: byId('incoming', HTMLElement),
  who: byId('incoming-who', HTMLElement),
  answer: byId('answer', HTMLButtonElement),
  answerVideo: byId('answer-video', HTMLButtonElement),
  decline: byId('decline', HTMLButtonElement),
  inCall: byId('in-call', HTMLElement),
  time: byId('call-time', HTMLElement),
  level: byId('call-level', HTMLElement),
  quality: byId('call-quality', HTMLElement),
  mute: byId('mute', HTMLButtonElement),
  camera: byId('camera', HTMLButtonElement),
  share: byId('share', HTMLButtonElement),
  call: byId('call', HTMLButtonElement),
  hangUp: byId('hang-up', HTMLButtonElement),
  choice: byId('call-choice', HTMLElement),
  hint: byId('call-hint', HTMLElement),
  video: byId('call-video', HTMLInputElement),
  videoField: byId('call-video-field', HTMLElement),
  autoAnswer: byId('auto-answer', HTMLInputElement),
  ringOn: byId('ring-on', HTMLInputElement),
  theirs: byId('call-theirs', HTMLElement),
  recipient: byId('recipient', HTMLSelectElement),
});

export class PhonePanel {
  #ui = ui();
  #phone;
  #media;
  #people;
  #allowVideo;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #ticking;

  /**
   * @param {import('../net/api.js').Settings} settings
   * @param {Phone} phone
   * @param {LocalMedia} media
   * @param {PeoplePanel} people
   */
  constructor(settings, phone, media, people) {
    this.#phone = phone;
    this.#media = media;
    this.#people = people;
    this.#allowVideo = settings.allowVideo;
    const { video, autoAnswer, ringOn } = this.#ui;
    video.checked = settings.allowVideo && settings.videoOn;
    autoAnswer.checked = phone.autoAnswer = load('autoAnswer', false);
    ringOn.checked = phone.rings = load('ring', true);
    this.#bind();
    this.show();
  }

  close() {
    clearInterval(this.#ticking);
  }

  #bind() {
    const { call, hangUp, answer, answerVideo, decline, mute, camera, share } = this.#ui;
    const { video, autoAnswer, ringOn } = this.#ui;
    const [phone, media, people] = [this.#phone, this.#media, this.#people];
    call.onclick = () => phone.call(people.chosen, this.#allowVideo && video.checked);
    hangUp.onclick = () => phone.hangUp();
    decline.onclick = () => phone.hangUp();
    answer.onclick = () => phone.answer(false);
    answerVideo.onclick = () => phone.answer(true);
    mute.onclick = () => media.setMuted(!media.muted);
    camera.onclick = () =>
      this.#change(media.picture === 'camera' ? media.closePicture() : media.openCamera());
    share.onclick = () =>
      this.#change(media.picture === 'screen' ? media.closePicture() : media.shareScreen());
    autoAnswer.onchange = () => {
      phone.autoAnswer = autoAnswer.checked;
      save('autoAnswer', autoAnswer.checked);
    };
    ringOn.onchange = () => {
      phone.rings = ringOn.checked;
      save('ring', ringOn.checked);
      // Also what rings just now.
      phone.onChange();
    };
  }

  /** @param {Promise<void> | void} changed */
  async #change(changed) {
    try {
      await changed;
    } catch (error) {
      const { refusal, name } = /** @type {any} */ (error ?? {});
      // Closing the browser's list of windows is a decision, not a problem.
      if (name === 'NotAllowedError' && !refusal) return;
      this.showProblem(t(`phone.mic.${/** @type {'failed'} */ (refusal ?? 'failed')}`));
    }
  }

  /** Shows the phone's state. */
  show() {
    const { panel, state, incoming, call, hangUp, recipient } = this.#ui;
    const phone = this.#phone;
    const focused = document.activeElement;
    panel.dataset.state = phone.state;
    panel.dataset.said = String(!!phone.why);
    setText(state, this.#words());
    incoming.hidden = phone.state !== 'ringing';
    this.#showIncoming();
    const [ready, ringing] = [phone.state === 'ready', phone.state === 'ringing'];
    call.hidden = !ready && !ringing;
    hangUp.hidden = ready || ringing;
    recipient.disabled = phone.state === 'calling';
    this.#showChoice();
    this.#showInCall();
    this.#showWhy();
    // What had the focus may have gone: its successor gets it.
    if (focused instanceof HTMLElement && focused !== document.body && !focused.offsetParent) {
      if (panel.contains(focused)) (ready ? call : hangUp).focus({ preventScroll: true });
    }
  }

  /** Whether somebody is chosen who can be called. */
  showChoice() {
    this.#showChoice();
  }

  #showChoice() {
    const { panel, call, choice, hint, videoField } = this.#ui;
    const { state } = this.#phone;
    const { chosen, others } = this.#people;
    panel.dataset.chosen = String(chosen !== EVERYBODY);
    panel.dataset.alone = String(!others);
    const callable = canCall() && chosen !== EVERYBODY && state === 'ready';
    call.disabled = !callable;
    videoField.hidden = !this.#allowVideo || !callable;
    choice.hidden = chosen !== EVERYBODY || state !== 'ready';
    setText(hint, t(others ? 'phone.chooseHint' : 'phone.alone'));
  }

  #words() {
    const { state, why, other: name, isRingingThere } = this.#phone;
    if (state === 'calling' && isRingingThere) return t('phone.ringingThere', { name });
    if (state === 'ready' && why) return t(`phone.${why}`, { name });
    return t(`phone.${state}`, { name });
  }

  #showIncoming() {
    const { who, answerVideo } = this.#ui;
    const { state, other: name, video } = this.#phone;
    if (state !== 'ringing') return;
    setText(who, t(video ? 'phone.incomingVideo' : 'phone.incoming', { name }));
    answerVideo.hidden = !this.#allowVideo || !this.#phone.invitesPicture;
    byId('phone-news', HTMLElement).textContent = who.textContent;
  }

  #showInCall() {
    const { inCall, mute, camera, share, time, quality } = this.#ui;
    const { inCall: on, since } = this.#phone;
    const { muted, picture, canShare } = this.#media;
    inCall.hidden = !on;
    mute.setAttribute('aria-pressed', String(muted));
    camera.setAttribute('aria-pressed', String(picture === 'camera'));
    share.setAttribute('aria-pressed', String(picture === 'screen'));
    const canShow = this.#allowVideo && this.#phone.takesPicture;
    camera.hidden = !canShow;
    share.hidden = !canShow || !canShare;
    this.#showTheirs();
    clearInterval(this.#ticking);
    const tick = () => setText(time, clock(since ? (Date.now() - since) / 1000 : 0));
    if (on) this.#ticking = setInterval(tick, 500);
    else this.showQuality(null);
    if (on) tick();
    if (!on) setText(quality, '');
  }

  /** What the other has switched off. */
  #showTheirs() {
    const { inCall, theirs, wasSeen, other: name } = this.#phone;
    const noMicrophone = inCall && theirs?.muted;
    // In a call of voices nobody misses a picture.
    const isMissed = wasSeen || this.#media.picture === 'camera';
    const noPicture = inCall && theirs?.picture === 'none' && isMissed;
    const at = this.#ui.theirs;
    at.dataset.muted = String(!!noMicrophone);
    at.dataset.dark = String(!!noPicture);
    at.hidden = !noMicrophone && !noPicture;
    const words = [
      noMicrophone && t('phone.theirMicrophone', { name }),
      noPicture && t('phone.theirCamera', { name }),
    ];
    setText(at, words.filter(Boolean).join(' '));
  }

  #showWhy() {
    const { state, why, refusal } = this.#phone;
    if (!canCall()) return this.showProblem(t('phone.unsupported'));
    const words = refusal ? t(`phone.mic.${refusal}`) : '';
    const failed = why === 'failed' ? this.#words() : '';
    this.showProblem(state === 'ready' ? words || failed : '');
  }

  /** @param {string} text */
  showProblem(text) {
    const { problem } = this.#ui;
    problem.hidden = !text;
    setText(problem, text);
  }

  /** @param {import('./call-quality.js').Quality | null} quality */
  showQuality(quality) {
    const at = this.#ui.quality;
    at.dataset.grade = quality?.grade ?? '';
    if (!quality) return setText(at, '');
    const { grade, rttMs: rtt, lossPercent: loss, relayed } = quality;
    const way = t(relayed ? 'quality.relayed' : 'quality.direct');
    setText(at, t(`quality.${grade}`));
    at.title = t('quality.details', { rtt, loss, way });
  }

  /** @param {number} level 0..1 */
  showLevel(level) {
    const at = this.#ui.level;
    const percent = String(Math.round(level * 100));
    if (at.getAttribute('aria-valuenow') === percent) return;
    at.setAttribute('aria-valuenow', percent);
    at.style.setProperty('--level', String(level));
  }
}
