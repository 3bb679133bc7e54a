// @ts-check
// One connection to another page: "perfect negotiation" (the WebRTC specification's example), candidates in
// few messages, and new ways through the network when one is lost.
import { Candidates, candidatesIn } from './candidates.js';
import { comesPicture, connection, gathered, mustLead, tune } from './peer-connection.js';
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

  /** The other's microphone or camera was switched. @type {(status: import('./heartbeat.js').Status) => void} */
  onStatus = () => {};

  /** @type {PeerState} */
  state = 'new';
  pc;
  /** What went wrong last, for whoever debugs. @type {unknown} */
  trouble = null;
  #polite;
  #candidates;
  /** @type {Heartbeat | null} */
  #heartbeat = null;
  /** The other page takes one offer, or makes one, and no more: the original's. */
  #negotiatesOnce = false;
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
  /** Negotiation runs one step after another: a description is sent before the next one can take its place. */
  #steps = Promise.resolve();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #restarting;

  /**
   * @param {object} options
   * @param {RTCIceServer[]} options.iceServers
   * @param {boolean} options.polite
   * @param {RTCIceTransportPolicy} [options.policy]
   * @param {boolean} [options.negotiatesOnce] the other page is the original's: it knows no heartbeat and no second offer
   */
  constructor({ iceServers, polite, policy = 'all', negotiatesOnce = false }) {
    this.#polite = polite;
    this.pc = connection({ iceServers, iceTransportPolicy: policy, bundlePolicy: 'max-bundle' });
    this.#candidates = new Candidates((candidates) => {
      this.onSend({ type: 'new-ice-candidate', candidates });
    });
    this.#negotiatesOnce = negotiatesOnce;
    if (!negotiatesOnce) this.#beat();
    this.#listen(this.pc);
  }

  #beat() {
    const heartbeat = (this.#heartbeat = new Heartbeat(this.pc));
    heartbeat.onWord = (word) => this.#heard(word);
    heartbeat.isFlowing = () => flows(this.pc);
    heartbeat.onChange = () => this.#judge();
    heartbeat.onClosed = () => this.#set('gone');
    heartbeat.onStatus = (status) => this.onStatus(status);
  }

  /** Whether the other page was heard just now, directly. */
  get isHeard() {
    return !!this.#heartbeat?.isAlive;
  }

  /** Whether a picture can go out: to the original's page only where the first offer had one. */
  get takesPicture() {
    if (!this.#negotiatesOnce || !this.#settled) return true;
    return this.pc.getTransceivers().some(({ sender, receiver, currentDirection }) => {
      return sender && receiver.track.kind === 'video' && /send/.test(currentDirection ?? '');
    });
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
        if (!this.#isFixed) line.direction = track ? 'sendrecv' : 'recvonly';
      } else if (track && !this.#isFixed) this.pc.addTrack(track, stream);
    }
  }

  /** The offer that goes with an invitation; throws if nothing leads to this page. */
  firstOffer() {
    return this.#inOrder(async () => mustLead(this.pc, await this.#describe()));
  }

  /** The answer that goes with an acceptance; throws like that. @param {RTCSessionDescriptionInit} offer */
  firstAnswer(offer) {
    return this.#inOrder(async () => {
      await this.pc.setRemoteDescription(offer);
      this.#settled = true;
      return mustLead(this.pc, await this.#describe());
    });
  }

  /** The offer again, for the original's page, which looks for it apart from the invitation. @param {boolean} video whether a picture is sent */
  repeatOffer(video) {
    this.#negotiatesOnce = true;
    const sdp = this.pc.localDescription;
    // What the original calls it; without it that page shows no picture.
    this.#offered = this.#send(
      { type: 'video-offer', sdp, video: video ? 'video' : 'audio' },
      false,
    );
  }

  /** What the other page has sent. One after another, in order. @param {Record<string, any>} word @param {boolean} [direct] how it came */
  receive(word, direct = false) {
    return this.#try(async () => {
      if (word.type === 'new-ice-candidate') await this.#addCandidates(candidatesIn(word));
      else if (word.sdp) await this.#take(word, direct);
    });
  }

  /** Looks for a new way through the network. */
  restart() {
    if (!this.#settled || this.#negotiatesOnce) return;
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
    return this.#heartbeat?.say(word) ?? false;
  }

  /** Tells the other page what goes out. @param {import('./heartbeat.js').Status} status */
  tell(status) {
    this.#heartbeat?.tell(status);
  }

  close() {
    clearTimeout(this.#restarting);
    this.#heartbeat?.close();
    this.#candidates.clear();
    this.pc.onconnectionstatechange = null;
    this.pc.close();
  }

  /** @param {RTCPeerConnection} pc */
  #listen(pc) {
    pc.onicecandidate = ({ candidate }) => this.#candidates.add(candidate);
    pc.onconnectionstatechange = () => this.#judge();
    pc.onnegotiationneeded = () => this.#settled && this.#try(() => this.#offer());
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

  /** @template T @param {() => Promise<T>} step @returns {Promise<T>} */
  #inOrder(step) {
    const done = this.#steps.then(step);
    this.#steps = done.then(
      () => {},
      () => {},
    );
    return done;
  }

  /** The same for what may come too late for the state we are in; the next negotiation mends that. @param {() => Promise<void>} step */
  #try(step) {
    return this.#inOrder(step).catch((error) => {
      this.trouble = error;
    });
  }

  /** Whether no more can be negotiated. */
  get #isFixed() {
    return this.#negotiatesOnce && this.#settled;
  }

  async #offer() {
    // Once it is stable again, the browser asks again.
    if (this.#isFixed || this.pc.signalingState !== 'stable') return;
    const sdp = await this.#describe();
    this.#offered = this.#send({ type: 'video-offer', sdp }, this.#isDirect);
  }

  /** @param {Record<string, any>} word @param {boolean} direct */
  async #take({ sdp, number, to }, direct) {
    // Two ways lead here, and the slower one may bring what is outdated.
    if (number && number <= this.#seenNumber) return this.#repeated(sdp, number);
    this.#seenNumber = number || this.#seenNumber;
    // An old page doesn't say which offer it answers.
    if (sdp.type === 'answer' && to && to !== this.#offered.word.number) return;
    const collides = sdp.type === 'offer' && this.pc.signalingState !== 'stable';
    if (collides && !this.#polite) return;
    await this.pc.setRemoteDescription(sdp);
    this.#settled = true;
    this.#mending &&= this.state !== 'connected';
    await this.#addCandidates(this.#early.splice(0));
    if (sdp.type !== 'offer') return;
    const answer = { type: 'video-answer', sdp: await this.#describe(), to: number };
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

  /** Makes our offer or answer, with the candidates that are quickly found. Nothing else may be negotiated meanwhile. */
  async #describe() {
    this.#candidates.hold();
    try {
      await this.pc.setLocalDescription();
      await gathered(this.pc);
      return this.pc.localDescription;
    } finally {
      this.#candidates.release();
    }
  }

  /** Whether the other hears us without the server. */
  get #isDirect() {
    return this.state === 'connected' && !!this.#heartbeat?.isAlive && !this.#mending;
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
    const { isUsed, isAlive } = this.#heartbeat ?? { isUsed: false, isAlive: false };
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
