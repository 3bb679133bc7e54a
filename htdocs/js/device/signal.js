// @ts-check
// A short falling tone and a buzz: something has ended that the person did not end, or soon will.

const FREQUENCIES = [660, 440];
const BEAT_SEC = 0.16;
const FADE_SEC = 0.02;
const VOLUME = 0.14;
const BUZZ_MS = 200;

/** @type {AudioContext | null} */
let context = null;

/** How often it has sounded, for tests. */
export const signals = { count: 0 };

export function signal() {
  signals.count += 1;
  // Before the first gesture browsers refuse, with a line in the console.
  if (!navigator.userActivation?.hasBeenActive) return;
  navigator.vibrate?.(BUZZ_MS);
  if (typeof AudioContext === 'undefined') return;
  context ??= new AudioContext();
  if (context.state === 'suspended') context.resume().catch(() => {});
  const now = context.currentTime + 0.02;
  FREQUENCIES.forEach((frequency, n) => beat(frequency, now + n * BEAT_SEC));
}

/** @param {number} frequency @param {number} from */
function beat(frequency, from) {
  const at = /** @type {AudioContext} */ (context);
  const oscillator = new OscillatorNode(at, { frequency, type: 'triangle' });
  const gain = new GainNode(at, { gain: 0 });
  const to = from + BEAT_SEC;
  // Without a fade one hears a click.
  gain.gain.setValueAtTime(0, from);
  gain.gain.linearRampToValueAtTime(VOLUME, from + FADE_SEC);
  gain.gain.setValueAtTime(VOLUME, to - FADE_SEC);
  gain.gain.linearRampToValueAtTime(0, to);
  oscillator.connect(gain).connect(at.destination);
  oscillator.start(from);
  oscillator.stop(to);
}
