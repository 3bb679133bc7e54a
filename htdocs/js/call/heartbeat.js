// @ts-check
// Two pages in a call tell each other, directly, that they are there. The same channel carries short words.

/** What a page sends: whether its microphone is off, and which picture. @typedef {{muted: boolean, picture: 'none' | 'camera' | 'screen'}} Status */

const BEAT_MS = 1000;
const MISSED_MS = 4000;

export class Heartbeat {
  /** @type {(word: Record<string, unknown> & {type: string}) => void} */
  onWord = () => {};
  /** The other is heard again, or not any more. @type {() => void} */
  onChange = () => {};
  /** The other has closed the channel. @type {() => void} */
  onClosed = () => {};
  /** What the other sends has changed. @type {(status: Status) => void} */
  onStatus = () => {};

  /** Whether anything else still comes from the other, whose page may be busy or asleep. @type {() => Promise<boolean>} */
  isFlowing = async () => false;

  #channel;
  #doubting = false;
  #heardAt = 0;
  #wasAlive = false;
  #timer;
  /** @type {Status | null} */
  #status = null;
  #heardStatus = '';

  /** @param {RTCPeerConnection} pc */
  constructor(pc) {
    // Made alike on both sides, so that it needs no negotiation; a page that doesn't know it leaves it silent.
    this.#channel = pc.createDataChannel('mozchat', { negotiated: true, id: 0 });
    this.#channel.onmessage = ({ data }) => this.#hear(String(data));
    this.#channel.onopen = () => this.#beat();
    this.#channel.onclose = () => this.onClosed();
    this.#timer = setInterval(() => this.#beat(), BEAT_MS);
  }

  /** Whether the other page has ever been heard here. */
  get isUsed() {
    return this.#heardAt > 0;
  }

  /** Whether the other was heard just now. */
  get isAlive() {
    return this.isUsed && performance.now() - this.#heardAt < MISSED_MS;
  }

  /** @param {Record<string, unknown> & {type: string}} word @returns {boolean} whether it is on its way */
  say(word) {
    if (this.#channel.readyState !== 'open') return false;
    try {
      this.#channel.send(JSON.stringify(word));
      return true;
    } catch {
      return false;
    }
  }

  /** Tells the other what goes out from here, now and with each beat. @param {Status} status */
  tell(status) {
    const isNew = JSON.stringify(status) !== JSON.stringify(this.#status);
    this.#status = status;
    if (isNew) this.#beat();
  }

  close() {
    clearInterval(this.#timer);
    this.#channel.onclose = null;
  }

  #beat() {
    this.say({ type: 'beat', ...this.#status });
    if (this.#wasAlive && !this.isAlive && !this.#doubting) this.#doubt();
  }

  async #doubt() {
    this.#doubting = true;
    if (await this.isFlowing().catch(() => false)) this.#heardAt = performance.now();
    this.#doubting = false;
    if (this.#wasAlive !== this.isAlive) this.#changed();
  }

  /** @param {string} text */
  #hear(text) {
    this.#heardAt = performance.now();
    if (!this.#wasAlive) this.#changed();
    try {
      const word = JSON.parse(text);
      if (word?.type === 'beat') this.#hearStatus(word);
      else if (word?.type) this.onWord(word);
    } catch {
      // Another page's idea of a channel; that it speaks is enough.
    }
  }

  /** @param {Record<string, unknown>} beat an earlier page's says nothing */
  #hearStatus({ muted, picture }) {
    if (muted === undefined) return;
    const shown = /** @type {Status['picture']} */ (
      ['camera', 'screen'].includes(String(picture)) ? picture : 'none'
    );
    const status = { muted: muted === true, picture: shown };
    const text = JSON.stringify(status);
    if (text === this.#heardStatus) return;
    this.#heardStatus = text;
    this.onStatus(status);
  }

  #changed() {
    this.#wasAlive = this.isAlive;
    this.onChange();
  }
}
