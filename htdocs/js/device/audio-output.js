// @ts-check
// The sound graph's way out: an AudioContext, which a browser lets run only after a gesture, and may stop at any time.
import { chosenDevice } from './devices.js';
import { RATE } from '../container/opus.js';

/** A browser that allows it begins within this. */
const PATIENCE_MS = 1000;
/** A context that runs keeps the hardware awake. */
const REST_MS = 20_000;

/** Whether somebody has used the page already, or may have: not every browser tells. */
export const mayHaveBeenUsed = () => navigator.userActivation?.hasBeenActive !== false;

export class AudioOutput {
  /** It runs, or runs no more. @type {(running: boolean) => void} */
  onChange = () => {};

  /** @type {AudioContext | null} */
  #context = null;
  #device = '';
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #resting;

  /** The graph to put sound into. */
  get context() {
    return (this.#context ??= this.#open());
  }

  get isRunning() {
    return this.#context?.state === 'running';
  }

  /** Seconds of its clock, which stands while it does not run. */
  get now() {
    return this.#context?.currentTime ?? 0;
  }

  /** Whether there is any use in asking: without a gesture a browser leaves the question open. */
  get mayRun() {
    return typeof AudioContext !== 'undefined' && mayHaveBeenUsed();
  }

  /** Lets it run; resolves with whether it does. */
  async wake() {
    clearTimeout(this.#resting);
    this.#useChosen();
    if (this.isRunning) return true;
    const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
    await Promise.race([this.context.resume().catch(() => {}), late]);
    return this.isRunning;
  }

  pause() {
    clearTimeout(this.#resting);
    this.#context?.suspend().catch(() => {});
  }

  /** Nothing is to be heard for now. */
  rest() {
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => this.pause(), REST_MS);
  }

  #open() {
    const context = newContext();
    context.onstatechange = () => this.onChange(this.isRunning);
    return context;
  }

  /** Sounds from the loudspeaker that the person has chosen meanwhile. */
  #useChosen() {
    const device = chosenDevice('speaker');
    if (device === this.#device) return;
    this.#device = device;
    // Not every browser can; TypeScript knows of none.
    /** @type {any} */ (this.context).setSinkId?.(device).catch(() => {});
  }
}

function newContext() {
  const latencyHint = 'balanced';
  try {
    // What is decoded at Opus' own rate meets without a seam.
    return new AudioContext({ sampleRate: RATE, latencyHint });
  } catch {
    return new AudioContext({ latencyHint });
  }
}
