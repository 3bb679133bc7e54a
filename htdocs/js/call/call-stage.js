// @ts-check
// What one sees and hears of the other: pictures, sound, the small window.
import { chosenDevice } from '../device/devices.js';
import { byId } from '../util/dom.js';

export class CallStage {
  /** The browser wants a gesture before it plays. @type {(blocked: boolean) => void} */
  onBlocked = () => {};

  #stage = byId('call-stage', HTMLElement);
  #remote = byId('remote-video', HTMLVideoElement);
  #local = byId('local-video', HTMLVideoElement);
  #sound = byId('remote-audio', HTMLAudioElement);
  #pip = byId('pip', HTMLButtonElement);
  #full = byId('full-screen', HTMLButtonElement);
  #panel = byId('phone', HTMLElement);

  constructor() {
    this.#pip.onclick = () => this.#togglePip();
    this.#full.onclick = () => this.#toggleFull();
  }

  /** @param {MediaStream | null} stream @param {boolean} picture */
  async showRemote(stream, picture) {
    this.#show(this.#remote, picture ? stream : null);
    this.#pip.hidden = !picture || !document.pictureInPictureEnabled;
    this.#full.hidden = !picture || !document.fullscreenEnabled;
    if (!picture && document.fullscreenElement) document.exitFullscreen().catch(() => {});
    if (!stream && document.pictureInPictureElement === this.#remote) {
      document.exitPictureInPicture().catch(() => {});
    }
    if (this.#sound.srcObject !== stream) this.#sound.srcObject = stream;
    if (!stream) return this.onBlocked(false);
    await this.useSpeaker();
    await this.play();
  }

  /** Also to be called in a gesture, when the browser wanted one. */
  async play() {
    if (!this.#sound.srcObject) return;
    try {
      await this.#sound.play();
      this.onBlocked(false);
    } catch (error) {
      const { name } = /** @type {DOMException} */ (error);
      if (name === 'NotAllowedError') this.onBlocked(true);
    }
  }

  /** Plays through the chosen loudspeaker. */
  async useSpeaker() {
    const sound = this.#sound;
    // One that was unplugged is refused; the browser's own choice stays.
    if (sound.setSinkId) await sound.setSinkId(chosenDevice('speaker')).catch(() => {});
  }

  /** @param {MediaStream} stream @param {boolean} mirrored */
  showLocal(stream, mirrored) {
    const picture = stream.getVideoTracks().length ? stream : null;
    this.#local.dataset.mirrored = String(mirrored);
    this.#show(this.#local, picture);
  }

  /** @param {HTMLVideoElement} video @param {MediaStream | null} stream */
  #show(video, stream) {
    video.hidden = !stream;
    if (video.srcObject !== stream) video.srcObject = stream;
    if (stream) video.play().catch(() => {});
    this.#stage.hidden = this.#remote.hidden && this.#local.hidden;
    this.#stage.dataset.alone = String(this.#remote.hidden);
    this.#panel.dataset.picture = String(!this.#stage.hidden);
  }

  #togglePip() {
    const open = document.pictureInPictureElement === this.#remote;
    const change = open ? document.exitPictureInPicture() : this.#remote.requestPictureInPicture();
    change.catch(() => {});
  }

  #toggleFull() {
    const change = document.fullscreenElement
      ? document.exitFullscreen()
      : this.#stage.requestFullscreen();
    change.catch(() => {});
  }
}
