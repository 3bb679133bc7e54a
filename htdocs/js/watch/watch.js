// @ts-check
// Watching a room: ties the motion detector and commands that come by chat to the recorder.
import { MotionDetector } from './motion-detector.js';
import { MotionPanel } from './motion-panel.js';
import { notice } from '../ui/status.js';
import { t } from '../util/i18n.js';
import { motionSettings, readCommand, readSettings } from './remote-control.js';

/** A recording goes on for so long after the last motion. */
const AFTERGLOW_MS = 3000;
/** So many wrong PINs, and control by messages is switched off. */
const MOST_GUESSES = 5;

/**
 * @typedef {object} Actions
 * @property {() => void} upload sends the recorded clip
 * @property {() => void} lock shows that nobody holds the button
 * @property {(to: string, text: string) => void} reply
 */

export class Watch {
  detector = new MotionDetector();
  #recorder;
  #actions;
  #panel;
  /** The recording that runs was not begun by the person at the page. */
  #isOurs = false;
  #pin = '';
  #guesses = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {import('../record/recorder.js').Recorder} recorder @param {Actions} actions */
  constructor(recorder, actions) {
    this.#recorder = recorder;
    this.#actions = actions;
    this.#panel = new MotionPanel(this.detector.options, {
      setMotion: (on) => this.#setMotion(on).catch((error) => this.#refused(error)),
      setRemote: (on) => this.#setRemote(on),
      change: (options) => Object.assign(this.detector.options, options),
    });
    this.detector.onLook = (picture, verdict) => {
      this.#panel.show(picture, verdict, this.detector.options.pattern);
    };
    this.detector.onMotion = () => this.#moved();
  }

  close() {
    clearTimeout(this.#timer);
    this.detector.stop();
    this.#setRemote(false);
    this.#panel.close();
  }

  /** What was recorded with nobody there is sent without asking. @param {string} state */
  recorderIs(state) {
    if (!this.#isOurs || ['starting', 'recording', 'stopping'].includes(state)) return;
    this.#isOurs = false;
    if (state === 'recorded') this.#actions.upload();
  }

  /** A message came, perhaps a command. @param {string} author @param {string} text */
  async command(author, text) {
    const command = this.#pin ? readCommand(text) : null;
    if (!command) return;
    if (command.pin !== this.#pin) return this.#guessed();
    this.#guesses = 0;
    this.#actions.reply(author, await this.#obey(command));
  }

  #guessed() {
    this.#guesses += 1;
    if (this.#guesses < MOST_GUESSES) return;
    this.#setRemote(false);
    notice(t('remote.guessed'), 'error');
  }

  /** Does what a command says; returns the answer. @param {import('./remote-control.js').Command} command */
  async #obey({ name, word, rest }) {
    if (name === 'echo') return this.#words();
    if (!name) return t('remote.bad', { text: word });
    if (name === 'on') this.#record();
    if (name === 'off') this.#recorder.stop();
    try {
      if (name === 'mdon') await this.#setMotion(true);
      if (name === 'mdoff') await this.#setMotion(false);
    } catch {
      return t('remote.failed');
    }
    return this.#set(name, name === 'mdon' || name === 'mdset' ? rest : '');
  }

  /** Takes what is understood of a command's parameters; returns the answer. @param {string} name @param {string} text */
  #set(name, text) {
    const { options, done, bad } = readSettings(text);
    Object.assign(this.detector.options, options);
    this.#panel.showOptions(this.detector.options);
    const unknown = t('remote.bad', { text: bad.join(' ') });
    if (name === 'mdset' && !done.length && bad.length) return unknown;
    const words = t('remote.done', { command: [name, ...done].join(' ') });
    return bad.length ? `${words}. ${unknown}` : words;
  }

  #words() {
    const onOff = (/** @type {boolean} */ on) => t(on ? 'remote.isOn' : 'remote.isOff');
    const settings = Object.entries(motionSettings).map(([name, { key }]) => {
      return `${name}=${this.detector.options[key]}`;
    });
    return t('remote.state', {
      recorder: onOff(this.#recorder.isBusy),
      motion: onOff(this.detector.isOn),
      settings: settings.join(' '),
    });
  }

  #moved() {
    if (!this.#recorder.isBusy) this.#record();
    if (!this.#isOurs) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#isOurs && this.#recorder.stop(), AFTERGLOW_MS);
  }

  #record() {
    // A clip that waits for the person's decision must not be lost, nor one that is on its way.
    if (this.#recorder.isBusy || ['recorded', 'uploading'].includes(this.#recorder.state)) return;
    this.#isOurs = true;
    this.#actions.lock();
    this.#recorder.start();
  }

  /** @param {boolean} on */
  async #setMotion(on) {
    if (on) await this.detector.start();
    else this.detector.stop();
    this.#panel.showOn(this.detector.isOn);
  }

  /** @param {unknown} error */
  #refused(error) {
    this.#panel.showOn(false);
    const { refusal } = /** @type {{refusal?: string}} */ (error);
    notice(t(`phone.mic.${/** @type {'failed'} */ (refusal ?? 'failed')}`), 'error');
  }

  /** @param {boolean} on */
  #setRemote(on) {
    this.#guesses = 0;
    this.#pin = on ? newPin() : '';
    this.#panel.showPin(this.#pin);
  }
}

/** Six digits. */
const newPin = () => String(100_000 + (crypto.getRandomValues(new Uint32Array(1))[0] % 900_000));
