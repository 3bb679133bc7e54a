// @ts-check
// The motion detector: looks at a camera from time to time and tells what it sees.
import { closeStream, openTracks } from '../device/microphone.js';
import { presets } from '../container/recording-formats.js';
import { usualOptions } from './motion-maths.js';

const WIDTH = 80;
const HEIGHT = 60;

export class MotionDetector {
  /** A look: the small picture, and what was found in it. @type {(picture: HTMLCanvasElement, verdict: import('./motion-maths.js').Verdict) => void} */
  onLook = () => {};
  /** @type {() => void} */
  onMotion = () => {};

  options = { ...usualOptions };
  isOn = false;
  #video = document.createElement('video');
  #canvas = Object.assign(document.createElement('canvas'), { width: WIDTH, height: HEIGHT });
  #context = this.#canvas.getContext('2d', { willReadFrequently: true });
  /** @type {MediaStream | null} */
  #stream = null;
  /** @type {Worker | null} */
  #worker = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** Opens the camera and begins to look; throws a MicrophoneError when there is none. */
  async start() {
    if (this.isOn) return;
    this.isOn = true;
    try {
      const stream = await openTracks({ audio: false, video: presets['320x240@15'] });
      if (!this.isOn) return closeStream(stream);
      this.#stream = stream;
    } catch (error) {
      this.isOn = false;
      throw error;
    }
    this.#video.srcObject = this.#stream;
    this.#video.muted = this.#video.playsInline = true;
    this.#video.play().catch(() => {});
    this.#worker = new Worker(new URL('./motion-worker.js', import.meta.url), { type: 'module' });
    this.#worker.onmessage = ({ data }) => this.#judged(data);
    this.#look();
  }

  stop() {
    this.isOn = false;
    clearTimeout(this.#timer);
    this.#worker?.terminate();
    this.#worker = null;
    this.#video.srcObject = null;
    closeStream(this.#stream);
    this.#stream = null;
  }

  #look() {
    clearTimeout(this.#timer);
    if (!this.isOn) return;
    this.#timer = setTimeout(() => this.#look(), this.options.intervalMs);
    if (!this.#context || this.#video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    this.#context.drawImage(this.#video, 0, 0, WIDTH, HEIGHT);
    const { data } = this.#context.getImageData(0, 0, WIDTH, HEIGHT);
    const look = { pixels: data.buffer, width: WIDTH, height: HEIGHT, options: this.options };
    this.#worker?.postMessage(look, [data.buffer]);
  }

  /** @param {import('./motion-maths.js').Verdict} verdict */
  #judged(verdict) {
    if (!this.isOn) return;
    this.onLook(this.#canvas, verdict);
    if (verdict.moved) this.onMotion();
  }
}
