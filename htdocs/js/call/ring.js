// @ts-check
// Sounds that the page makes itself: a ring, the tone of a ring far away, a message.

/** @typedef {{frequencies: number[], beats: [number, number][], period: number, volume: number}} Tone beats: from and to, in seconds */

/** @type {Record<'ringing' | 'calling' | 'message', Tone>} */
const tones = {
  ringing: { frequencies: [659.3, 830.6], beats: [[0, 0.35], [0.45, 0.8]], period: 2.4, volume: 0.16 }, // prettier-ignore
  calling: { frequencies: [425], beats: [[0, 0.9]], period: 4, volume: 0.06 },
  message: { frequencies: [880, 1174.7], beats: [[0, 0.14]], period: 0, volume: 0.12 },
};
const FADE_SEC = 0.03;
const BUZZ_MS = [350, 100, 350];

export class Ring {
  /** @type {AudioContext | null} */
  #context = null;
  #playing = '';
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  /** @type {Set<OscillatorNode>} */
  #sounding = new Set();

  /** Sounds one of the tones again and again; empty: none. @param {'' | 'ringing' | 'calling'} name */
  play(name) {
    if (name === this.#playing) return;
    this.stop();
    this.#playing = name;
    if (!name) return;
    const once = () => {
      this.#sound(tones[name]);
      // A phone in a pocket. (Before the first gesture browsers refuse, with a line in the console.)
      if (name === 'ringing' && navigator.userActivation?.hasBeenActive)
        navigator.vibrate?.(BUZZ_MS);
    };
    once();
    this.#timer = setInterval(once, tones[name].period * 1000);
  }

  /** Sounds the tone of a message once. */
  message() {
    this.#sound(tones.message);
  }

  stop() {
    clearInterval(this.#timer);
    if (this.#playing === 'ringing' && navigator.userActivation?.hasBeenActive)
      navigator.vibrate?.(0);
    this.#playing = '';
    for (const oscillator of this.#sounding) oscillator.stop();
    this.#sounding.clear();
  }

  close() {
    this.stop();
    this.#context?.close().catch(() => {});
    this.#context = null;
  }

  /** To be called in a gesture: before one the browser lets a page make no sound. */
  wake() {
    if (this.#context?.state === 'suspended') this.#context.resume().catch(() => {});
  }

  /** @param {Tone} tone */
  #sound({ frequencies, beats, volume }) {
    if (typeof AudioContext === 'undefined') return;
    this.#context ??= new AudioContext();
    this.wake();
    const now = this.#context.currentTime + 0.02;
    for (const frequency of frequencies) {
      for (const [from, to] of beats) this.#beep(frequency, now + from, now + to, volume);
    }
  }

  /** @param {number} frequency @param {number} from @param {number} to @param {number} volume */
  #beep(frequency, from, to, volume) {
    const context = /** @type {AudioContext} */ (this.#context);
    const oscillator = new OscillatorNode(context, { frequency, type: 'triangle' });
    const gain = new GainNode(context, { gain: 0 });
    // Without a fade one hears a click.
    gain.gain.setValueAtTime(0, from);
    gain.gain.linearRampToValueAtTime(volume, from + FADE_SEC);
    gain.gain.setValueAtTime(volume, to - FADE_SEC);
    gain.gain.linearRampToValueAtTime(0, to);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(from);
    oscillator.stop(to);
    this.#sounding.add(oscillator);
    oscillator.onended = () => this.#sounding.delete(oscillator);
  }
}
