// @ts-check
// Ties the phone to its panel, to sounds, and to what else uses the microphone.
import { Ring } from './ring.js';
import { LocalMedia } from '../device/local-media.js';
import { LevelMeter } from '../device/level-meter.js';
import { Phone } from './phone.js';
import { judge } from './call-quality.js';
import { CallStage } from './call-stage.js';
import { bindConnectionTest, bindRelayOnly } from './connection-panel.js';
import { DevicesPanel } from './devices-panel.js';
import { PhonePanel } from './phone-panel.js';
import { t } from '../util/i18n.js';

const LOOK_MS = 2000;

export class Calls {
  /** A call has begun or ended. @type {() => void} */
  onChange = () => {};
  /** The person has chosen another microphone, camera, or way of recording. @type {() => void} */
  onDevice = () => {};
  /** Somebody calls. @type {(name: string) => void} */
  onRinging = () => {};

  ring = new Ring();
  media = new LocalMedia();
  phone;
  #panel;
  #devices;
  #stage = new CallStage();
  #meter = new LevelMeter();
  /** @type {MediaStreamTrack | null} */
  #metered = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #looking;
  /** @type {import('./call-quality.js').Sample | null} */
  #sample = null;
  #last = 'ready';

  /**
   * @param {import('../net/api.js').Settings} settings
   * @param {string} me
   * @param {import('./signalling.js').Signalling} signalling
   * @param {import('../ui/people.js').PeoplePanel} people
   */
  constructor(settings, me, signalling, people) {
    this.phone = new Phone(me, signalling, settings.iceServers ?? [], this.media);
    this.#panel = new PhonePanel(settings, this.phone, this.media, people);
    this.#devices = new DevicesPanel(settings.allowVideo);
    bindConnectionTest(settings.iceServers ?? []);
    bindRelayOnly(settings, (policy) => (this.phone.policy = policy));
    this.#tie();
  }

  /** A gesture: what the browser kept silent may sound now. */
  wake() {
    this.ring.wake();
    this.#meter.wake();
    this.#stage.play();
  }

  showChoice() {
    this.#panel.showChoice();
  }

  /** A permission that was just given has told the devices' names. */
  showDevices() {
    this.#devices.refresh();
  }

  close() {
    this.phone.close();
    this.#panel.close();
    this.#devices.close();
    this.ring.close();
    clearInterval(this.#looking);
  }

  #tie() {
    const { phone, media } = this;
    phone.onChange = () => this.#changed();
    phone.onStream = (stream, picture) => this.#stage.showRemote(stream, picture);
    media.onChange = () => {
      phone.updateTracks();
      this.#stage.showLocal(media.stream, media.picture === 'camera');
      this.#measure();
      this.#panel.show();
    };
    media.onLost = () => this.#panel.showProblem(t('phone.lostMic'));
    this.#stage.onBlocked = (blocked) => {
      if (blocked) this.#panel.showProblem(t('phone.tapToHear'));
    };
    this.#meter.onLevel = (level) => this.#panel.showLevel(level);
    this.#devices.onChoice = (use) => this.#useDevice(use);
  }

  #changed() {
    const { state, inCall, other } = this.phone;
    const ringing = state === 'ringing';
    this.ring.play(ringing && this.phone.rings ? 'ringing' : state === 'calling' ? 'calling' : '');
    if (ringing && this.#last !== 'ringing') this.onRinging(other);
    if (inCall && !this.#looking) this.showDevices();
    this.#last = state;
    this.#look(inCall);
    this.#panel.show();
    this.onChange();
  }

  /** @param {import('../device/devices.js').Use} use */
  async #useDevice(use) {
    if (use === 'speaker') return this.#stage.useSpeaker();
    this.onDevice();
    await this.media.reopen(use).catch(() => this.#panel.showProblem(t('phone.mic.failed')));
  }

  /** Measures the microphone while it is open. */
  #measure() {
    const { audio } = this.media;
    if (audio === this.#metered) return;
    this.#metered = audio;
    if (audio) this.#meter.attach(new MediaStream([audio]));
    else this.#meter.detach();
  }

  /** Looks at the connection's quality from time to time. @param {boolean} on */
  #look(on) {
    if (on === !!this.#looking) return;
    clearInterval(this.#looking);
    this.#looking = on ? setInterval(() => this.#lookOnce(), LOOK_MS) : undefined;
    this.#sample = null;
  }

  async #lookOnce() {
    const sample = await this.phone.stats();
    if (!sample || !this.phone.inCall) return;
    if (this.#sample) this.#panel.showQuality(judge(this.#sample, sample));
    this.#sample = sample;
  }
}
