// @ts-check
// The phone: one call at a time, from the invitation to its end. No DOM; panels set the callbacks.
import {
  isHurried,
  isInCall,
  isOfCall,
  isOfPageAlone,
  whyRejected,
  wishesPicture,
} from './call-rules.js';
import { Invitation } from './invitation.js';
import { OtherPages } from './other-pages.js';
import { RingingPages } from './ringing-pages.js';
import { newCallId } from '../util/names.js';
import { Line } from './call-channel.js';
import { MicrophoneError } from '../device/microphone.js';
import { readStats } from './call-quality.js';

/** @typedef {import('./call-rules.js').State} State */
/** @typedef {import('./call-rules.js').Why} Why */
/** @typedef {import('../net/api.js').Message} Message */

const NO_ANSWER_MS = 45_000;
const CONNECT_MS = 30_000;
/** How long a lost connection is looked for: a tunnel, a lift. */
const LOST_MS = 30_000;
/** An invitation that waited for longer than this is a missed call. */
const STALE_SEC = 45;

/** Whether this browser can make calls at all. */
export const canCall = () => typeof RTCPeerConnection !== 'undefined';

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
  /** What the other sends, as far as its page says so. @type {import('./heartbeat.js').Status | null} */
  theirs = null;
  /** A picture of the other has been seen in this call. */
  wasSeen = false;
  autoAnswer = false;
  /** A call that comes is heard, and not only shown. */
  rings = true;
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
  #invitation;
  #ringingPages = new RingingPages();
  #pages;
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
    this.#pages = new OtherPages(me, signalling);
    this.#invitation = new Invitation(signalling);
    this.#ringingPages.onNone = (reason) => this.#over(whyRejected(reason));
  }

  /** Whether the two are connected, or about to be. */
  get inCall() {
    return isInCall(this.state);
  }

  /** The call's id. */
  get sid() {
    return this.#line?.sid ?? '';
  }

  /** For whoever debugs or tests. */
  get peer() {
    return this.#line?.peer ?? null;
  }

  /** Whether the other can be shown a picture. */
  get takesPicture() {
    return this.peer?.takesPicture ?? true;
  }

  /** Whether the call that rings can be answered with a picture: the original's page must have asked for it. */
  get invitesPicture() {
    return !this.#line?.isOld || this.video;
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
    video &&= this.invitesPicture;
    if (line.isOld) this.#pages.tellOwn({ invitation: this.#invitation.id });
    this.#set('connecting');
    this.#until(CONNECT_MS, () => this.#giveUp('failed'));
    await this.#attempt(line, async () => {
      await this.#media.open(video);
      if (line !== this.#line) return;
      const peer = this.#connect(line);
      const { offer } = this.#invitation;
      const sdp = offer && (await peer.firstAnswer(offer));
      if (line !== this.#line) return;
      line.receiveEarly();
      await line.send('accept', { video: video ? '1' : '', ...(sdp && { sdp }) }, true);
    });
  }

  /** Ends whatever there is: a call, a ring. */
  hangUp() {
    if (this.state === 'ringing') {
      this.#line?.send('rejectCall', { reason: 'declined' }, true).catch(() => {});
      if (this.#line?.isOld) this.#pages.tellOwn({ invitation: this.#invitation.id });
      this.#over('');
    } else if (this.state !== 'ready') this.#giveUp('ended');
  }

  /** The page is being closed. */
  close() {
    const line = this.#line;
    if (!line) return;
    const rings = this.state === 'ringing';
    // The original's caller would take no rejection, and another page may ring.
    if (!rings || !line.isOld) line.sayAtClose(rings ? 'rejectCall' : 'hang-up');
    this.#invitation.leave();
    this.#over('');
  }

  /** The network is back, or another one: the way there was may be gone before anybody notices. */
  networkChanged() {
    if (this.inCall) this.peer?.restart();
  }

  /** What goes out has changed. */
  updateTracks() {
    this.peer?.setTracks(this.#media.stream);
    this.#tellStatus();
  }

  /** @returns {Promise<import('./call-quality.js').Sample | null>} */
  async stats() {
    return this.peer ? readStats(await this.peer.pc.getStats()) : null;
  }

  /** Takes a message that came, if it is about calls. @param {Message} message @param {number} ageSec */
  receive(message, ageSec) {
    const { type } = message;
    if (type === 'invite') return this.#invited(message, ageSec);
    if (type === 'taken') return this.#taken(message);
    const line = this.#line;
    if (!line || !isOfCall(this.state, line, message)) return this.#strange(message);
    if (type === 'accept') this.#accepted(line, message);
    else if (type === 'ringing') this.#ringsThere(message);
    else if (type === 'rejectCall') this.#rejected(line, message);
    else if (type === 'hang-up') this.#hungUp(line, message);
    else line.receive(message);
  }

  /** @param {Message} message @param {number} ageSec */
  #invited(message, ageSec) {
    const { user } = message;
    const sid = String(message.sid || newCallId());
    if (user === this.#me || sid === this.sid || this.#pages.isOver(sid)) return;
    if (ageSec > STALE_SEC) return this.onMissed(user, ageSec);
    this.#leaveForOthers(message);
    if (!canCall()) return this.#refuse(user, sid, 'unable');
    const same = user === this.#line?.other;
    // Both called at once: the invitation of one of them counts.
    if (same && this.state === 'calling') return this.#collided(message, sid);
    // Whoever calls anew has lost the call that we still have, unless another page of theirs calls.
    if (same && this.inCall && !this.peer?.isHeard) this.#over('');
    if (this.state !== 'ready') return this.#refuse(user, sid, 'busy');
    this.#ring(message, sid);
    if (this.autoAnswer) this.answer(false);
    else if (!this.#line?.isOld) this.#line?.send('ringing').catch(() => {});
  }

  /** @param {Message} message @param {string} sid */
  #collided(message, sid) {
    // Our other pages must not ring for the call that does not count.
    if (!this.#line?.polite) return this.#pages.tellOwn({ sid });
    const video = !!this.#media.video;
    this.#forget();
    this.#ring(message, sid);
    this.answer(video);
  }

  /** @param {Message} message @param {string} sid */
  #ring(message, sid) {
    const line = this.#begin(message.user, sid);
    this.#invitation.hold(message);
    line.isOld = !this.#invitation.offer;
    this.video = wishesPicture(message);
    this.#set('ringing');
    this.#until(NO_ANSWER_MS + 5000, () => this.#missed());
  }

  /** @param {string} user @param {string} sid @param {'busy' | 'unable'} reason */
  #refuse(user, sid, reason) {
    const word = { type: 'rejectCall', sid, page: this.#pages.here, reason };
    this.#signalling.send(user, word, { log: reason === 'busy' }).catch(() => {});
    // Who talks, or can't, should know that somebody else called meanwhile.
    this.onMissed(user, 0);
  }

  /** Of a call that this page does not have; another page of the same person may have it. @param {Message} message */
  #strange(message) {
    const { type, user, sid } = message;
    this.#leaveForOthers(message);
    if (user === this.#me || (type !== 'accept' && type !== 'ringing')) return;
    const isCurrent = sid === this.sid && user === this.#line?.other;
    const page = isCurrent ? this.#line?.page : this.#pages.pageOf(String(sid));
    if (page !== undefined) this.#pages.tell(user, String(sid), page);
  }

  /** @param {Message} message */
  #leaveForOthers(message) {
    this.#pages.leave(message, () => message.id === this.#invitation.id);
  }

  /** A call belongs to another page of this person, or to none. @param {Message} message */
  #taken(message) {
    const { user, sid, invitation, had } = message;
    this.#leaveForOthers(message);
    const isOurs =
      user === this.#me
        ? (sid === this.sid || invitation === this.#invitation.id) && this.state === 'ringing'
        : user === this.#line?.other && sid === this.sid;
    if (!isOurs || !this.#line || had === this.#pages.here) return;
    if (this.state === 'ringing' || this.state === 'connecting') this.#over('elsewhere');
  }

  /** @param {Line} line @param {Message} message */
  #accepted(line, message) {
    if (this.state !== 'calling' || !line.peer) return;
    line.page = String(message.page ?? '');
    if (this.#ringingPages.hasOthers(line.page)) this.#pages.tell(line.other, line.sid, line.page);
    this.#ringingPages.clear();
    // An old page makes an id of its own; others may still ring with ours.
    this.#pages.remember(line.sid, line.page);
    line.sid = String(message.sid || line.sid);
    this.#set('connecting');
    this.#until(CONNECT_MS, () => this.#giveUp('failed'));
    line.isOld = !message.sdp;
    if (message.sdp) line.receive({ ...message, type: 'video-answer' });
    else line.peer.repeatOffer(!!this.#media.video);
  }

  /** @param {Line} line @param {Message} message */
  #rejected(line, message) {
    const [reason, page] = [String(message.reason), String(message.page ?? '')];
    // What is said of a ring means nothing to a call that goes on.
    if (this.state !== 'calling' && this.state !== 'connecting') return;
    if (this.state === 'calling' && isOfPageAlone(reason)) {
      return this.#ringingPages.remove(page, reason);
    }
    this.#stopOthers(line, page);
    this.#over(whyRejected(reason));
  }

  /** One page has ended what rings at others, too. @param {Line} line @param {string} page */
  #stopOthers(line, page) {
    if (this.#ringingPages.hasOthers(page)) this.#pages.tell(line.other, line.sid, '');
  }

  /** @param {Message} message */
  #ringsThere(message) {
    // Another page has taken it meanwhile.
    if (this.state !== 'calling') return this.#strange(message);
    this.#ringingPages.add(String(message.page ?? ''));
    this.isRingingThere = true;
    this.onChange();
  }

  /** @param {Line} line @param {Message} message */
  #hungUp(line, { page }) {
    if (this.state === 'ringing') return this.#missed();
    this.#stopOthers(line, String(page ?? ''));
    this.#over('hungUp');
  }

  #missed() {
    this.#over('missed');
    this.onMissed(this.other, 0);
  }

  /** @param {string} other @param {string} sid */
  #begin(other, sid) {
    Object.assign(this, { other, why: '', refusal: '', isRingingThere: false, since: 0 });
    Object.assign(this, { theirs: null, wasSeen: false });
    const from = { me: this.#me, here: this.#pages.here };
    const line = new Line(this.#signalling, from, other, sid);
    line.onMessage = (message) => this.receive(message, 0);
    line.onStream = (stream, picture) => {
      this.wasSeen ||= picture;
      this.onStream(stream, picture);
    };
    line.onStatus = (status) => {
      this.theirs = status;
      this.onChange();
    };
    line.onState = (state) => this.#peerIs(state);
    this.#line = line;
    return line;
  }

  /** @param {Line} line */
  #connect(line) {
    const peer = line.connect(this.#iceServers, this.policy, this.#media.stream);
    this.#tellStatus();
    return peer;
  }

  /** Tells the other what goes out from here. */
  #tellStatus() {
    const { muted, audio, picture } = this.#media;
    this.peer?.tell({ muted: muted || !audio, picture });
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
    this.#forget();
    this.why = why;
    this.#media.close();
    this.onStream(null, false);
    this.#set('ready');
  }

  /** The call that there is, is none of this page's any more. */
  #forget() {
    clearTimeout(this.#timer);
    this.#ringingPages.clear();
    if (!this.#line) return;
    this.#pages.remember(this.#line.sid, this.#line.page);
    this.#line.close();
    this.#line = null;
  }

  /** @param {State} state */
  #set(state) {
    this.state = state;
    if (state !== 'ringing') this.#invitation.release();
    this.#signalling.hurry('call', isHurried(state));
    this.onChange();
  }
}
