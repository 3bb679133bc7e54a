// @ts-check
// What goes out in a call: microphone, and camera or screen.
import { presets } from '../container/recording-formats.js';
import { closeStream, openTracks } from './microphone.js';

/** @typedef {'none' | 'camera' | 'screen'} Picture */

export class LocalMedia {
  /** A track was added, replaced or taken away. @type {() => void} */
  onChange = () => {};
  /** A device went away. @type {() => void} */
  onLost = () => {};

  muted = false;
  /** What the picture shows. @type {Picture} */
  picture = 'none';
  stream = new MediaStream();

  get audio() {
    return this.stream.getAudioTracks()[0] ?? null;
  }

  get video() {
    return this.stream.getVideoTracks()[0] ?? null;
  }

  /** Whether the browser can share the screen. */
  get canShare() {
    return !!navigator.mediaDevices?.getDisplayMedia;
  }

  /** Opens the microphone, and the camera if wanted. @param {boolean} video */
  async open(video) {
    const wanted = {
      audio: !this.audio,
      video: video && !this.video ? presets['640x480@30'] : null,
    };
    const opened = await openTracks(wanted);
    for (const track of opened.getTracks()) this.#put(track, 'camera');
    this.setMuted(this.muted);
  }

  async openCamera() {
    const opened = await openTracks({ audio: false, video: presets['640x480@30'] });
    for (const track of opened.getTracks()) this.#put(track, 'camera');
  }

  /** Lets the person choose a window or screen to show. */
  async shareScreen() {
    const shared = await navigator.mediaDevices.getDisplayMedia({ video: true });
    const [track] = shared.getVideoTracks();
    if (!track) return;
    track.contentHint = 'detail';
    this.#put(track, 'screen');
  }

  closePicture() {
    if (this.video) this.#take(this.video);
    this.picture = 'none';
    this.onChange();
  }

  /** The person has chosen another device. @param {'audio' | 'video'} kind */
  async reopen(kind) {
    if (kind === 'video' && this.picture !== 'camera') return;
    if (!this[kind]) return;
    const video = kind === 'video' ? presets['640x480@30'] : null;
    const opened = await openTracks({ audio: kind === 'audio', video });
    for (const track of opened.getTracks()) this.#put(track, this.picture);
    this.setMuted(this.muted);
  }

  /** @param {boolean} on */
  setMuted(on) {
    this.muted = on;
    if (this.audio) this.audio.enabled = !on;
    this.onChange();
  }

  close() {
    closeStream(this.stream);
    this.stream = new MediaStream();
    this.muted = false;
    this.picture = 'none';
    this.onChange();
  }

  /** Puts a track in the place of the one of its kind. @param {MediaStreamTrack} track @param {Picture} picture */
  #put(track, picture) {
    const last = track.kind === 'video' ? this.video : this.audio;
    if (last) this.#take(last);
    if (track.kind === 'video') this.picture = picture;
    this.stream.addTrack(track);
    track.onended = () => {
      if (track === this.video) this.closePicture();
      else if (track === this.audio) this.onLost();
    };
    this.onChange();
  }

  /** @param {MediaStreamTrack} track */
  #take(track) {
    track.onended = null;
    track.stop();
    this.stream.removeTrack(track);
  }
}
