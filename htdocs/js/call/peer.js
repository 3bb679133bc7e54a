// @ts-check
// One connection to another page: "perfect negotiation" (the WebRTC specification's example), candidates in
// few messages, and new ways through the network when one is lost.
import { Candidates, candidatesIn } from './candidates.js';
import { comesPicture, connection, gathered, tune } from './peer-connection.js';
import { Heartbeat } from './heartbeat.js';
import { flows } from './call-quality.js';

/** @typedef {Record<string, unknown> & {type: string}} Word */
/** new: not yet connected. interrupted: was, and tries again. gone: the other has closed it. @typedef {'new' | 'connected' | 'interrupted' | 'gone'} PeerState */

/** @typedef {{word: Word & {number: number}, direct: boolean}} Sent */

/** An interruption often heals by itself. The polite side leaves the first try to the other. */
const RESTART_AFTER_MS = { impolite: 1500, polite: 4000 };
const RESTART_EVERY_MS = 6000;

export class Peer {
  /** Something for the other page, by way of the server. @type {(word: Word) => void} */
  onSend = () => {};
  /** Something from the other page that is no negotiation. @type {(word: Word) => void} */
  onWord = () => {};
  /** @type {(state: PeerState) => void} */
  onState = () => {};
  /** The other's tracks have changed, and whether a picture comes. @type {(stream: MediaStream, picture: boolean) => void} */
  onStream = () => {};

  /** @type {PeerState} */
  state = 'new';
  pc;
  /** What went wrong last, for whoever debugs. @type {unknown} */
  trouble = null;
  #polite;
  #candidates;
  #heartbeat;
  #making = false;
  #ignoring = false;
  /** The first offer and answer have been exchanged; from now on negotiation runs by itself. */
  #settled = false;
  #number = 0;
  #seenNumber = 0;
  /** Our last offer, and whether it went directly, where it may get lost. @type {Sent} */
  #offered = { word: { type: '', number: 0 }, direct: false };
  /** Our last answer. @type {Sent | null} */
  #answered = null;
  /** A new way is looked for, since the one there is may be dead: nothing is entrusted to it. */
  #mending = false;
  /** @type {RTCIceCandidateInit[]} */
  #early = [];
  #remote = new MediaStream();
  #line = Promise.resolve();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #restarting;

  /** @param {{iceServers: RTCIceServer[], polite: boolean, policy?: RTCIceTransportPolicy}} options */
  constructor({ iceServers, polite, policy = 'all' }) {
    this.#polite = polite;
    this.pc = connection({ iceServers, iceTransportPolicy: policy, bundlePolicy: 'max-bundle' });
    this.#candidates = new Candidates((candidates) => {
      this.onSend({ type: 'new-ice-candidate', candidates });
    });
    this.#heartbeat = new Heartbeat(this.pc);
    this.#heartbeat.onWord = (word) => this.#heard(word);
    this.#heartbeat.isFlowing = () => flows(this.pc);
    this.#heartbeat.onChange = () => this.#judge();
    this.#heartbeat.onClosed = () => this.#set('gone');
    this.#listen(this.pc);
  }

  /** Sends these tracks, and no others. @param {MediaStream} stream */
  setTracks(stream) {
    for (const kind of ['audio', 'video']) {
      const track = stream.getTracks().find((one) => one.kind === kind) ?? null;
      const line = this.pc.getTransceivers().find(({ receiver }) => receiver.track.kind === kind);
      // One line of a kind is used again and again: another each time would make the descriptions grow.
      if (line) {
        line.sender.replaceTrack(track).then(
          () => tune(this.pc),
          () => {},
        );
        line.direction = track ? 'sendrecv' : 'recvonly';
      } else if (track) this.pc.addTrack(track, stream);
    }
  }

  /** The offer that goes with an invitation; throws if nothing leads to this page. */
  async firstOffer() {
    this.#candidates.hold();
    await this.pc.setLocalDescription();
    return this.#firstDescription();
  }

  /** The answer that goes with an acceptance; throws like that. @param {RTCSessionDescriptionInit} offer */
  async firstAnswer(offer) {
    this.#candidates.hold();
    await this.pc.setRemoteDescription(offer);
    await this.pc.setLocalDescription();
    this.#settled = true;
    return this.#firstDescription();
  }

  /** The offer again, for a page that looks for it apart from the invitation. */
  repeatOffer() {
    this.#offered = this.#send({ type: 'video-offer', sdp: this.pc.localDescription }, false);
  }

  /** What the other page has sent. One after another, in order. @param {Record<string, any>} word @param {boolean} [direct] how it came */
  receive(word, direct = false) {
    this.#line = this.#line.then(async () => {
      try {
        if (word.type === 'new-ice-candidate') await this.#addCandidates(candidatesIn(word));
        else if (word.sdp) await this.#take(word, direct);
      } catch (error) {
        // It came too late for the state we are in; the next negotiation mends that.
        this.trouble = error;
      }
    });
    return this.#line;
  }

  /** Looks for a new way through the network. */
  restart() {
    if (!this.#settled) return;
    this.#mending = true;
    // An offer that went the way that is dead now is waited for, and may never arrive there. (It may also arrive late,
    // and must then be the same one.)
    if (this.pc.signalingState === 'have-local-offer' && this.#offered.direct) {
      this.#offered.direct = false;
      this.onSend(this.#offered.word);
    }
    this.pc.restartIce();
  }

  /** @param {Word} word @returns {boolean} whether it went directly */
  say(word) {
    return this.#heartbeat.say(word);
  }

  close() {
    clearTimeout(this.#restarting);
    this.#heartbeat.close();
    this.#candidates.clear();
    this.pc.onconnectionstatechange = null;
    this.pc.close();
  }

  /** @param {RTCPeerConnection} pc */
  #listen(pc) {
    pc.onicecandidate = ({ candidate }) => this.#candidates.add(candidate);
    pc.onconnectionstatechange = () => this.#judge();
    pc.onnegotiationneeded = () => this.#settled && this.#offer();
    pc.ontrack = ({ track }) => {
      this.#remote.addTrack(track);
    };
    // What was agreed tells whether a picture comes; a track that was dropped stays behind, and its `muted` can't
    // be relied upon after offers that collided.
    pc.onsignalingstatechange = () => {
      if (pc.signalingState !== 'stable') return;
      tune(pc);
      this.onStream(this.#remote, comesPicture(pc));
    };
  }

  async #offer() {
    this.#making = true;
    this.#candidates.hold();
    try {
      await this.pc.setLocalDescription();
      const sdp = await this.#description();
      // The other's offer may have taken this one's place meanwhile.
      if (this.pc.signalingState !== 'have-local-offer') return;
      this.#offered = this.#send({ type: 'video-offer', sdp }, this.#isDirect);
    } catch (error) {
      this.trouble = error;
    } finally {
      this.#candidates.release();
      this.#making = false;
    }
  }

  /** @param {Record<string, any>} word @param {boolean} direct */
  async #take({ sdp, number, to }, direct) {
    // Two ways lead here, and the slower one may bring what is outdated.
    if (number && number <= this.#seenNumber) return this.#repeated(sdp, number);
    this.#seenNumber = number || this.#seenNumber;
    // An old page doesn't say which offer it answers.
    if (sdp.type === 'answer' && to && to !== this.#offered.word.number) return;
    const collides = this.#making || this.pc.signalingState !== 'stable';
    this.#ignoring = sdp.type === 'offer' && collides && !this.#polite;
    if (this.#ignoring) return;
    await this.pc.setRemoteDescription(sdp);
    this.#settled = true;
    this.#mending &&= this.state !== 'connected';
    await this.#addCandidates(this.#early.splice(0));
    if (sdp.type !== 'offer') return;
    this.#candidates.hold();
    await this.pc.setLocalDescription();
    const answer = { type: 'video-answer', sdp: await this.#description(), to: number };
    // By the way by which the offer came: that one works.
    this.#answered = this.#send(answer, direct && this.#isDirect);
  }

  /** An offer that comes again has had no answer. @param {RTCSessionDescriptionInit} sdp @param {number} number */
  #repeated({ type }, number) {
    if (type === 'offer' && this.#answered?.word.to === number) this.onSend(this.#answered.word);
  }

  /** @param {RTCIceCandidateInit[]} candidates */
  async #addCandidates(candidates) {
    if (!this.pc.remoteDescription) return void this.#early.push(...candidates);
    for (const candidate of candidates) await this.pc.addIceCandidate(candidate);
  }

  /** Our description with the candidates that are quickly found. */
  async #description() {
    await gathered(this.pc);
    this.#candidates.release();
    return this.pc.localDescription;
  }

  /** There is no use in waiting for a call that can't come about. */
  async #firstDescription() {
    const description = await this.#description();
    const isLost =
      this.pc.iceGatheringState === 'complete' && !/^a=candidate:/m.test(description?.sdp ?? '');
    if (isLost) throw new Error('no network candidate was found');
    return description;
  }

  /** Whether the other hears us without the server. */
  get #isDirect() {
    return this.state === 'connected' && this.#heartbeat.isAlive && !this.#mending;
  }

  /** Sends directly, or by way of the server. @param {Word} word @param {boolean} direct @returns {Sent} */
  #send(word, direct) {
    const numbered = { ...word, number: ++this.#number };
    const went = direct && this.say(numbered);
    if (!went) this.onSend(numbered);
    return { word: numbered, direct: went };
  }

  /** @param {Word} word */
  #heard(word) {
    if (['video-offer', 'video-answer', 'new-ice-candidate'].includes(word.type))
      this.receive(word, true);
    else this.onWord(word);
  }

  #judge() {
    const { connectionState } = this.pc;
    const { isUsed, isAlive } = this.#heartbeat;
    if (connectionState === 'connected' && (isAlive || !isUsed)) return this.#set('connected');
    this.#mending ||= this.state === 'connected';
    if (this.state === 'connected') this.#set('interrupted');
    // It came to nothing from the start: another try may find a way.
    else if (connectionState === 'failed' && this.state === 'new') this.restart();
  }

  /** @param {PeerState} state */
  #set(state) {
    if (this.state === state) return;
    this.state = state;
    clearTimeout(this.#restarting);
    if (state === 'interrupted') this.#restartSoon();
    if (state === 'connected') this.#mending = false;
    this.onState(state);
  }

  #restartSoon() {
    const again = () => {
      this.restart();
      this.#restarting = setTimeout(again, RESTART_EVERY_MS);
    };
    const { polite, impolite } = RESTART_AFTER_MS;
    this.#restarting = setTimeout(again, this.#polite ? polite : impolite);
  }
}
