// A microphone that gives nothing at first, as those of headsets do and all on a busy machine, and a person who speaks as
// soon as the page says that it records.

/** The microphone is silent for so long after it was opened. */
export const COLD_MS = 1500;
/** The first word is a tone of its own. */
export const FIRST_WORD = { frequency: 1000, seconds: 0.3 };
const REST_HZ = 400;

/** Runs in the page before anything else. */
function install({ coldMs, frequency, seconds, restHz }) {
  globalThis.microphones = 0;
  /** A tone from now on. */
  const tone = (context, hertz, volume) => {
    const gain = new GainNode(context, { gain: volume });
    const source = new OscillatorNode(context, { frequency: hertz });
    source.connect(gain);
    source.start();
    return gain;
  };
  const speak = (context, into) => {
    const now = context.currentTime;
    const first = tone(context, frequency, 0.5);
    const rest = tone(context, restHz, 0);
    first.gain.setValueAtTime(0, now + seconds);
    rest.gain.setValueAtTime(0.5, now + seconds);
    for (const one of [first, rest]) one.connect(into);
  };
  navigator.mediaDevices.getUserMedia = async () => {
    globalThis.microphones += 1;
    const context = new AudioContext();
    await context.resume();
    const switched = new GainNode(context, { gain: 0 });
    switched.gain.setValueAtTime(1, context.currentTime + coldMs / 1000);
    // No room is quite silent.
    tone(context, 50, 0.0005).connect(switched);
    const out = new MediaStreamAudioDestinationNode(context);
    switched.connect(out);
    const recorder = document.getElementById('recorder');
    const seen = new MutationObserver(() => {
      if (recorder.dataset.state !== 'recording') return;
      seen.disconnect();
      speak(context, switched);
    });
    seen.observe(recorder, { attributeFilter: ['data-state'] });
    return out.stream;
  };
}

/**
 * Gives a person this microphone, from the page's next opening on.
 * @param {import('./people.mjs').Person} person
 */
export const giveSlowMicrophone = (person) =>
  person.page.addInitScript(install, { coldMs: COLD_MS, restHz: REST_HZ, ...FIRST_WORD });

/** The microphone is opened when it is needed, and not before. @param {import('./people.mjs').Person} person */
export const openLate = (person) =>
  person.page.addInitScript(() => localStorage.setItem('mozchat.keepReady', 'false'));
