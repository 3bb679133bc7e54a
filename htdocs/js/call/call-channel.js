// @ts-check
// The line to one other page during one call: messages in their order, a connection, and what came too early for it.
import { singly } from './candidates.js';
import { Peer } from './peer.js';

/** @typedef {import('../net/api.js').Message} Message */

export class Line {
  /** @type {(state: import('./peer.js').PeerState) => void} */
  onState = () => {};
  /** @type {(stream: MediaStream, picture: boolean) => void} */
  onStream = () => {};
  /** The other's microphone or camera was switched. @type {(status: import('./heartbeat.js').Status) => void} */
  onStatus = () => {};
  /** A message that came directly. @type {(message: Message) => void} */
  onMessage = () => {};

  other;
  sid;
  /** Which of the other's pages has the call, where it says so. */
  page = '';
  /** @type {Peer | null} */
  peer = null;
  /** Of two, one gives way when both want something at once. */
  polite;
  /** The other page is the original's: it sends offers apart from invitations, and takes candidates singly. */
  isOld = false;
  #signalling;
  #here;
  /** @type {Message[]} */
  #early = [];
  /** Messages leave in the order in which they were made. */
  #sending = Promise.resolve();

  /**
   * @param {import('./signalling.js').Signalling} signalling
   * @param {{me: string, here: string}} from whose page, and which
   * @param {string} other
   * @param {string} sid
   */
  constructor(signalling, { me, here }, other, sid) {
    this.#signalling = signalling;
    this.#here = here;
    this.other = other;
    this.sid = sid;
    this.polite = me > other;
  }

  /** Makes the connection that sends these tracks. @param {RTCIceServer[]} iceServers @param {RTCIceTransportPolicy} policy @param {MediaStream} stream */
  connect(iceServers, policy, stream) {
    const peer = new Peer({
      iceServers,
      polite: this.polite,
      policy,
      negotiatesOnce: this.isOld,
    });
    peer.onSend = (word) => {
      for (const { type, ...fields } of this.isOld ? singly(word) : [word]) {
        this.send(type, fields).catch(() => {});
      }
    };
    peer.onWord = (word) => {
      this.onMessage({ id: '', user: this.other, sid: this.sid, ...word });
    };
    peer.onStream = (remote, picture) => this.onStream(remote, picture);
    peer.onState = (state) => this.onState(state);
    peer.onStatus = (status) => this.onStatus(status);
    peer.setTracks(stream);
    this.peer = peer;
    return peer;
  }

  /**
   * Sends by way of the server; resolves when that has it.
   * @param {string} type
   * @param {Record<string, unknown>} [fields]
   * @param {boolean} [log] the call log is told
   * @returns {Promise<void>}
   */
  send(type, fields = {}, log = false) {
    const word = { type, sid: this.sid, page: this.#here, ...fields };
    const sent = this.#sending.then(() => this.#signalling.send(this.other, word, { log }));
    this.#sending = sent.catch(() => {});
    return sent;
  }

  /** Says that this call is over, directly as well, so that it is heard at once. */
  hangUp() {
    this.peer?.say({ type: 'hang-up', sid: this.sid, page: this.#here });
    this.send('hang-up', {}, true).catch(() => {});
  }

  /** The same while the page is being closed. @param {'hang-up' | 'rejectCall'} type */
  sayAtClose(type) {
    const reason = type === 'rejectCall' && { reason: 'closed' };
    const word = { type, sid: this.sid, page: this.#here, ...reason };
    this.peer?.say(word);
    this.#signalling.sendAtClose(this.other, word, { log: true });
  }

  /** Negotiation that came; kept until there is a connection for it. @param {Message} message */
  receive(message) {
    if (this.peer) this.peer.receive(message);
    else this.#early.push(message);
  }

  /** Gives the connection what came before it. */
  receiveEarly() {
    for (const message of this.#early.splice(0)) this.receive(message);
  }

  close() {
    this.onState = this.onStream = this.onMessage = this.onStatus = () => {};
    this.peer?.close();
  }
}
