// @ts-check
// Where a recording ends by itself, its person is told: by a sound, in words, and beforehand where nobody seems to be there.
import { signal } from '../device/signal.js';
import { notice } from '../ui/status.js';
import { span } from '../util/format.js';
import { t } from '../util/i18n.js';
import { Unattended } from './unattended.js';

/** @typedef {import('../net/api.js').Settings} Settings */

export class Limits {
  #settings;
  #unattended;

  /** @param {Settings} settings @param {() => void} end ends a stream that nobody attends to */
  constructor(settings, end) {
    this.#settings = settings;
    this.#unattended = new Unattended(settings.streamIdleS);
    this.#unattended.onWarn = (seconds) => {
      signal();
      notice(t('record.unattended', { length: span(Math.round(seconds)) }), 'lasting');
    };
    this.#unattended.onReturn = () => notice('');
    this.#unattended.onEnd = end;
  }

  /** @param {boolean} on whether a stream runs that nobody holds */
  watch(on) {
    this.#unattended.watch(on);
  }

  /** The recording has ended by itself. @param {import('./recorder.js').Cut} why */
  tell(why) {
    const { limits, streamIdleS } = this.#settings;
    const length = span(why === 'unattended' ? streamIdleS : limits.maxClipSizeSec);
    signal();
    notice(t(`cut.${why}`, { length }), why === 'limit' ? 'lasting' : 'error');
  }
}
