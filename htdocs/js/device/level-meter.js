// @ts-check
// How loud the microphone is, some twenty times a second, for as long as the page is seen.

const INTERVAL_MS = 50;
/** What counts as silence and as full, in decibels. */
const FLOOR_DB = -60;
const CEILING_DB = -6;
/** A microphone that was switched on gives nothing at first; one that gives nothing for longer is silent. */
const WARM_UP_MS = 3000;
const LOOK_MS = 10;

export class LevelMeter {
  /** From 0 (silence) to 1. @type {(level: number) => void} */
  onLevel = () => {};

  /** @type {AudioContext | null} */
  #context = null;
  /** @type {MediaStreamAudioSourceNode | null} */
  #source = null;
  /** @type {AnalyserNode | null} */
  #analyser = null;
  #frame = 0;
  #measuredAt = 0;
  #attachedAt = 0;
  #hasSounded = false;

  /** Measures this stream from now on. @param {MediaStream} stream */
  attach(stream) {
    this.detach();
    if (typeof AudioContext === 'undefined' || !stream.getAudioTracks().length) return;
    this.#context ??= new AudioContext();
    this.#analyser = new AnalyserNode(this.#context, { fftSize: 1024 });
    this.#source = new MediaStreamAudioSourceNode(this.#context, { mediaStream: stream });
    this.#source.connect(this.#analyser);
    this.#attachedAt = performance.now();
    this.#hasSounded = false;
    this.wake();
    this.#measure(new Float32Array(this.#analyser.fftSize));
  }

  detach() {
    cancelAnimationFrame(this.#frame);
    this.#source?.disconnect();
    this.#source = null;
    this.onLevel(0);
    // An idle context keeps the audio hardware awake.
    this.#context?.suspend().catch(() => {});
  }

  /** Waits until the stream gives sound. One that is never quite silent does so from when it is warm. */
  async untilSound() {
    const source = this.#source;
    const samples = new Float32Array(this.#analyser?.fftSize ?? 0);
    const isWarm = () => performance.now() - this.#attachedAt > WARM_UP_MS;
    while (source && source === this.#source && !this.#hasSounded && !isWarm()) {
      this.#analyser?.getFloatTimeDomainData(samples);
      this.#hasSounded = samples.some((sample) => sample !== 0);
      if (!this.#hasSounded) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** To be called in a gesture: before one the browser keeps an AudioContext suspended. */
  wake() {
    if (this.#source && this.#context?.state === 'suspended')
      this.#context.resume().catch(() => {});
  }

  /** @param {Float32Array<ArrayBuffer>} samples */
  #measure(samples) {
    this.#frame = requestAnimationFrame((now) => {
      if (now - this.#measuredAt >= INTERVAL_MS && this.#analyser) {
        this.#measuredAt = now;
        this.#analyser.getFloatTimeDomainData(samples);
        this.onLevel(loudness(samples));
      }
      if (this.#source) this.#measure(samples);
    });
  }
}

/** Loudness of samples on a scale that looks even to the eye. @param {Float32Array} samples */
export function loudness(samples) {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  const decibels = 10 * Math.log10(power || 1e-12);
  return Math.min(1, Math.max(0, (decibels - FLOOR_DB) / (CEILING_DB - FLOOR_DB)));
}
