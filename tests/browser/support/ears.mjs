// What a page gives out to the loudspeaker, as samples: whatever goes to an AudioContext's destination, and what media
// elements play.
import { flaws } from './chirp.mjs';

/** Runs in the page before anything else. */
function install() {
  const tap = `registerProcessor('tap', class extends AudioWorkletProcessor {
    process([[samples]]) {
      if (samples) this.port.postMessage({ at: currentTime, samples: samples.slice() });
      return true;
    }
  });`;
  const connect = AudioNode.prototype.connect;
  const taps = new WeakMap();
  const ears = (globalThis.ears = { contexts: [], inElements: null });

  function tapOf(context) {
    if (taps.has(context)) return taps.get(context);
    const into = new GainNode(context, { channelCount: 1, channelCountMode: 'explicit' });
    taps.set(context, into);
    const url = URL.createObjectURL(new Blob([tap], { type: 'text/javascript' }));
    const heard = { blocks: [], ready: null };
    ears.contexts.push(heard);
    heard.ready = context.audioWorklet.addModule(url).then(() => {
      const node = new AudioWorkletNode(context, 'tap', { numberOfOutputs: 0 });
      node.port.onmessage = ({ data }) => {
        const { contextTime, performanceTime } = context.getOutputTimestamp();
        const wall = performance.timeOrigin + performanceTime + (data.at - contextTime) * 1000;
        heard.blocks.push({ ...data, wall });
      };
      connect.call(into, node);
    });
    return into;
  }

  const Context = globalThis.AudioContext;
  globalThis.AudioContext = class extends Context {
    constructor(...options) {
      super(...options);
      // From its beginning on: what sounds first is heard, too.
      tapOf(this);
    }
  };

  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode && to.context instanceof Context) {
      connect.call(this, tapOf(to.context));
    }
    return connect.call(this, to, ...rest);
  };

  const play = HTMLMediaElement.prototype.play;
  const known = new WeakSet();
  HTMLMediaElement.prototype.play = function () {
    // Not the preview of one's own microphone, and not the phone.
    if (!known.has(this) && !this.srcObject && navigator.userActivation.hasBeenActive) {
      known.add(this);
      ears.inElements ??= new AudioContext({ sampleRate: 48_000 });
      ears.inElements.createMediaElementSource(this).connect(ears.inElements.destination);
    }
    return play.call(this);
  };
}

/** What a page's options must have for its sound to be heard: the tap is no script of the site's own. */
export const HEARD = { bypassCSP: true };

/** Listens to a page, from its next opening on. @param {import('./people.mjs').Person} person */
export const listenTo = (person) => person.page.addInitScript(install);

/** Makes a gesture in a page that is listened to, which opens its sound, and waits until that is heard. @param {import('./people.mjs').Person} person */
export async function openSound(person) {
  await person.page.click('#thread-title');
  await person.page.evaluate(() => Promise.all(globalThis.ears.contexts.map(({ ready }) => ready)));
}

/** The microphone as it is, also where it hears a tone that would be taken for noise. @param {import('./people.mjs').Person} person */
export const hearUnchanged = (person) =>
  person.page.addInitScript(() => {
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    navigator.mediaDevices.getUserMedia = (wanted) =>
      ask({ ...wanted, audio: wanted.audio && { ...wanted.audio, ...plain } });
  });

/**
 * What has been heard: the samples of whatever sounded most, from the first that were not silent, and when these
 * were heard, in milliseconds since 1970.
 * @param {import('./people.mjs').Person} person
 * @returns {Promise<{samples: Float32Array, rate: number, began: number}>}
 */
export async function heard(person) {
  const { base64, began } = await person.page.evaluate(async () => {
    const loud = ({ samples }) => samples.some((sample) => Math.abs(sample) > 0.01);
    const kept = globalThis.ears.contexts
      .map(({ blocks }) =>
        blocks.slice(blocks.findIndex(loud) < 0 ? blocks.length : blocks.findIndex(loud)),
      )
      .sort((a, b) => b.filter(loud).length - a.filter(loud).length)[0];
    if (!kept?.length) return { base64: '', began: 0 };
    const all = new Float32Array(kept.length * 128);
    kept.forEach(({ samples }, n) => all.set(samples, n * 128));
    const reader = new FileReader();
    const read = new Promise((resolve) => (reader.onload = () => resolve(reader.result)));
    reader.readAsDataURL(new Blob([all]));
    return { base64: (await read).split(',')[1] ?? '', began: kept[0].wall };
  });
  const bytes = Buffer.from(base64, 'base64');
  const samples = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  return { samples: samples.slice(), rate: 48_000, began };
}

/** Forgets what was heard. @param {import('./people.mjs').Person} person */
export const hush = (person) =>
  person.page.evaluate(() =>
    globalThis.ears.contexts.forEach((context) => (context.blocks.length = 0)),
  );

/** Lets the microphone's sound, which else goes round and round, begin anew with the next recording. @param {import('./people.mjs').Person} person */
export const fromItsBeginning = (person) =>
  person.page.evaluate(() => globalThis.mozchat.recorder.release());

/** Waits until all clips, of which there must be so many, were heard. @param {import('./people.mjs').Person} person @param {number} least */
export const hasHeardAll = (person, least) =>
  person.page.waitForFunction((count) => {
    const states = [...document.querySelectorAll('#clips li[data-clip]')].map(
      (li) => li.dataset.state,
    );
    return states.length >= count && states.every((state) => state === 'heard');
  }, least);

/** What is wrong with what a person has heard; says it, too. @param {import('./people.mjs').Person} person @param {string} what */
export async function measured(person, what) {
  const { samples, rate } = await heard(person);
  const found = flaws(samples, rate);
  const { seconds, silences, jumps, click } = found;
  console.log(
    `# ${what}: ${seconds.toFixed(2)} s, silences ${JSON.stringify(silences)} ms, ` +
      `jumps ${JSON.stringify(jumps)} ms, largest kink ${click.toFixed(1)}`,
  );
  return found;
}
