// @ts-check
// The phone: one call at a time, from the invitation to its end. No DOM; panels set the callbacks.
import { newCallId } from '../util/names.js';
import { Line } from './call-channel.js';
import { MicrophoneError } from '../device/microphone.js';
import { readStats } from './call-quality.js';

/** @typedef {'ready' | 'calling' | 'ringing' | 'connecting' | 'talking' | 'reconnecting'} State */
/**
 * Why the last call ended, or did not begin.
 * @typedef {'' | 'ended' | 'hungUp' | 'busy' | 'declined' | 'noAnswer' | 'missed' | 'lost' | 'failed' | 'mic'} Why
 */
/** @typedef {import('../net/api.js').Message} Message */

const NO_ANSWER_MS = 45_000;
const CONNECT_MS = 30_000;
/** How long a lost connection is looked for: a tunnel, a lift. */
const LOST_MS = 30_000;
/** An invitation that waited for longer than this is a missed call. */
const STALE_SEC = 45;
const BUSY_STATES = new Set(['connecting', 'talking', 'reconnecting']);

/** What a rejection's reason means to the caller; an old page gives none. @type {Record<string, Why>} */
const reasons = { busy: 'busy', network: 'failed' };

export class Phone {
  /** Anything that one can see has changed. @type {() => void} */
  onChange = () => {};
  /** What comes from the other, and whether a picture does; null: nothing any more. @type {(stream: MediaStream | null, picture: boolean) => void} */
  onStream = () => {};
  /** Somebody called and nobody answered. @type {(name: string, ageSec: number) => void} */
  onMissed = () => {};

  /** @type {State} */
  state = 'ready';
  /** Whom the call is, or the last one was, with. */
  other = '';
  /** @type {Why} */
  why = '';
  /** Why there is no microphone. @type {import('../device/microphone.js').Refusal | ''} */
  refusal = '';
  /** The caller wishes to be seen. */
  video = false;
  /** The caller has heard that it rings there. */
  isRingingThere = false;
  autoAnswer = false;
  /** When the talk began, in milliseconds; 0: it did not. */
  since = 0;
  /** @type {RTCIceTransportPolicy} */
  policy = 'all';

  #me;
  #signalling;
  #iceServers;
  #media;
  /** The call that there is. @type {Line | null} */
  #line = null;
  /** What came with the invitation. @type {RTCSessionDescriptionInit | null} */
  #offer = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {string} me
   * @param {import('./signalling.js').Signalling} signalling
   * @param {RTCIceServer[]} iceServers
   * @param {import('../device/local-media.js').LocalMedia} media
   */
  constructor(me, signalling, iceServers, media) {
    this.#me = me;
    this.#signalling = signalling;
    this.#iceServers = iceServers;
    this.#media = media;
  }

  /** Whether the two are connected, or about to be. */
  get inCall() {
    return BUSY_STATES.has(this.state);
  }

  /** The call's id. */
  get sid() {
    return this.#line?.sid ?? '';
  }

  /** For whoever debugs or tests. */
  get peer() {
    return this.#line?.peer ?? null;
  }

  /** @param {string} other @param {boolean} video */
  async call(other, video) {
    if (this.state !== 'ready' || other === this.#me) return;
    const line = this.#begin(other, newCallId());
    this.#set('calling');
    await this.#attempt(line, async () => {
      await this.#media.open(video);
      if (line !== this.#line) return;
      const sdp = await this.#connect(line).firstOffer();
      if (line !== this.#line) return;
      await line.send('invite', { video: video ? '1' : '', sdp });
      if (this.state === 'calling') this.#until(NO_ANSWER_MS, () => this.#giveUp('noAnswer'));
    });
  }

  /** Takes the call that rings. @param {boolean} video */
  async answer(video) {
    const line = this.#line;
    if (this.state !== 'ringing' || !line) return;
    this.#set('connecting');
    this.#until(CONNECT_MS, () => this.#giveUp('failed'));
    await this.#attempt(line, async () => {
      await this.#media.open(video);
      if (line !== this.#line) return;
      const peer = this.#connect(line);
      const sdp = this.#offer && (await peer.firstAnswer(this.#offer));
      if (line !== this.#line) return;
      line.receiveEarly();
      await line.send('accept', { video: video ? '1' : '', ...(sdp && { sdp }) }, true);
    });
  }

  /** Ends whatever there is: a call, a ring. */
  hangUp() {
    if (this.state === 'ringing') {
      this.#line?.send('rejectCall', { reason: 'declined' }, true).catch(() => {});
      this.#over('');
    } else if (this.state !== 'ready') this.#giveUp('ended');
  }

  /** The page is being closed. */
  close() {
    this.#line?.sayAtClose(this.state === 'ringing' ? 'rejectCall' : 'hang-up');
    if (this.#line) this.#over('');
  }

  /** The network is back, or another one: the way there was may be gone before anybody notices. */
  networkChanged() {
    if (this.inCall) this.peer?.restart();
  }

  /** What goes out has changed. */
  updateTracks() {
    this.peer?.setTracks(this.#media.stream);
  }

  /** @returns {Promise<import('./call-quality.js').Sample | null>} */
  async stats() {
    return this.peer ? readStats(await this.peer.pc.getStats()) : null;
  }

  /** Takes a message that came, if it is about calls. @param {Message} message @param {number} ageSec */
  receive(message, ageSec) {
    const { type, user, sid } = message;
    if (type === 'invite') return this.#invited(message, ageSec);
    const line = this.#line;
    const isOurs = sid === line?.sid || (!!line && this.#isOld(line, message));
    if (!line || user !== line.other || !isOurs) return this.#strange(message);
    if (type === 'accept') this.#accepted(line, message);
    else if (type === 'ringing') this.#ringsThere();
    else if (type === 'rejectCall') this.#over(reasons[String(message.reason)] ?? 'declined');
    else if (type === 'hang-up') this.#hungUp();
    else line.receive(message);
  }

  /** Whether it is about this call though it carries an id of an old page's own. @param {Line} line @param {Message} message */
  #isOld(line, { type, sdp, reason }) {
    if (this.state === 'calling')
      return (type === 'accept' && !sdp) || (type === 'rejectCall' && !reason);
    return this.state === 'ringing' && type === 'hang-up' && line.isOld;
  }

  /** @param {Message} message @param {number} ageSec */
  #invited(message, ageSec) {
    const { user } = message;
    const sid = String(message.sid || newCallId());
    if (user === this.#me || sid === this.sid) return;
    if (ageSec > STALE_SEC) return this.onMissed(user, ageSec);
    const same = user === this.#line?.other;
    // Both called at once: the invitation of one of them counts.
    if (same && this.state === 'calling') return this.#line?.polite && this.#giveWay(message, sid);
    // Whoever calls anew has lost the call that we still have.
    if (same && this.inCall) this.#over('');
    if (this.state !== 'ready') return this.#refuse(user, sid);
    this.#ring(message, sid);
    if (this.autoAnswer) this.answer(false);
    else this.#line?.send('ringing').catch(() => {});
  }

  /** @param {Message} message @param {string} sid */
  #giveWay(message, sid) {
    const video = !!this.#media.video;
    this.#line?.close();
    this.#ring(message, sid);
    this.answer(video);
  }

  /** @param {Message} message @param {string} sid */
  #ring(message, sid) {
    this.#begin(message.user, sid);
    this.#offer = /** @type {RTCSessionDescriptionInit} */ (message.sdp ?? null);
    if (this.#line) this.#line.isOld = !this.#offer;
    this.video = message.video === '1' || message.video === true;
    this.#set('ringing');
    this.#until(NO_ANSWER_MS + 5000, () => this.#hungUp());
  }

  /** @param {string} user @param {string} sid */
  #refuse(user, sid) {
    const word = { type: 'rejectCall', sid, reason: 'busy' };
    this.#signalling.send(user, word, { log: true }).catch(() => {});
    // Who talks should know that somebody else called meanwhile.
    this.onMissed(user, 0);
  }

  /** Of a call that we don't have: the other should know. @param {Message} message */
  #strange({ type, user, sid }) {
    if ((type !== 'video-offer' && type !== 'accept') || user === this.#me) return;
    const word = { type: 'hang-up', sid };
    this.#signalling.send(user, word, { log: true }).catch(() => {});
  }

  /** @param {Line} line @param {Message} message */
  #accepted(line, message) {
    if (this.state !== 'calling' || !line.peer) return;
    line.sid = String(message.sid || line.sid);
    this.#set('connecting');
    this.#until(CONNECT_MS, () => this.#giveUp('failed'));
    line.isOld = !message.sdp;
    if (message.sdp) line.receive({ ...message, type: 'video-answer' });
    else line.peer.repeatOffer();
  }

  #ringsThere() {
    this.isRingingThere = true;
    this.onChange();
  }

  #hungUp() {
    if (this.state !== 'ringing') return this.#over('hungUp');
    this.#over('missed');
    this.onMissed(this.other, 0);
  }

  /** @param {string} other @param {string} sid */
  #begin(other, sid) {
    Object.assign(this, { other, why: '', refusal: '', isRingingThere: false, since: 0 });
    this.#offer = null;
    const line = new Line(this.#signalling, this.#me, other, sid);
    line.onMessage = (message) => this.receive(message, 0);
    line.onStream = (stream, picture) => this.onStream(stream, picture);
    line.onState = (state) => this.#peerIs(state);
    this.#line = line;
    return line;
  }

  /** @param {Line} line */
  #connect(line) {
    return line.connect(this.#iceServers, this.policy, this.#media.stream);
  }

  /** @param {import('./peer.js').PeerState} state */
  #peerIs(state) {
    if (state === 'connected') {
      clearTimeout(this.#timer);
      this.since ||= Date.now();
      this.#set('talking');
    } else if (state === 'gone') this.#over('hungUp');
    else if (state === 'interrupted') {
      this.#set('reconnecting');
      this.#until(LOST_MS, () => this.#giveUp('lost'));
    }
  }

  /** Does what a call begins with; a failure ends the call. @param {Line} line @param {() => Promise<void>} work */
  async #attempt(line, work) {
    try {
      await work();
    } catch (error) {
      if (line !== this.#line) return;
      const refused = error instanceof MicrophoneError;
      const reason = refused ? 'failed' : 'network';
      if (this.inCall) line.send('rejectCall', { reason }, true).catch(() => {});
      if (refused) this.refusal = error.refusal;
      else console.warn('The call failed:', error);
      this.#over(refused ? 'mic' : 'failed');
    }
  }

  /** @param {number} ms @param {() => void} act */
  #until(ms, act) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, ms);
  }

  /** @param {Why} why */
  #giveUp(why) {
    this.#line?.hangUp();
    this.#over(why);
  }

  /** @param {Why} why */
  #over(why) {
    clearTimeout(this.#timer);
    this.#line?.close();
    this.#line = null;
    this.why = why;
    this.#media.close();
    this.onStream(null, false);
    this.#set('ready');
  }

  /** @param {State} state */
  #set(state) {
    this.state = state;
    // Answers are awaited while a call is being made or mended.
    const hurried = ['calling', 'ringing', 'connecting', 'reconnecting'].includes(state);
    this.#signalling.hurry('call', hurried);
    this.onChange();
  }
}
